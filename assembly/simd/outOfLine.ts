// Functions of vector.ts for code whose length matters more than its time: builds that are made to be small (shrinkLevel in
// asconfig.json) call them out of line, the other builds inline them. The bits are the same.
import { exp4, log4, logOnePlus4, sigmoid4 } from "./vector";

function outOfLineExp4(x: v128): v128 {
  return exp4(x);
}

function outOfLineLog4(x: v128): v128 {
  return log4(x);
}

function outOfLineLogOnePlus4(x: v128): v128 {
  return logOnePlus4(x);
}

function outOfLineSigmoid4(x: v128): v128 {
  return sigmoid4(x);
}

/** e^x, see vector.ts. */
// @ts-ignore: decorator
@inline
export function compactExp4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? outOfLineExp4(x) : exp4(x);
}

/** Natural logarithm, see vector.ts. */
// @ts-ignore: decorator
@inline
export function compactLog4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? outOfLineLog4(x) : log4(x);
}

/** log(1 + x), see vector.ts. */
// @ts-ignore: decorator
@inline
export function compactLogOnePlus4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? outOfLineLogOnePlus4(x) : logOnePlus4(x);
}

/** 1/(1 + e^−x), see vector.ts. */
// @ts-ignore: decorator
@inline
export function compactSigmoid4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? outOfLineSigmoid4(x) : sigmoid4(x);
}
