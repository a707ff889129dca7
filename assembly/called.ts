// Functions of vector.ts for code that is dear by its length rather than by its time: in builds that are made to be small
// (shrinkLevel in asconfig.json) they are called, in others they stand in line. The bits are the same.
import { exp4, log4, logOnePlus4, sigmoid4 } from "./vector";

function calledExp4(x: v128): v128 {
  return exp4(x);
}

function calledLog4(x: v128): v128 {
  return log4(x);
}

function calledLogOnePlus4(x: v128): v128 {
  return logOnePlus4(x);
}

function calledSigmoid4(x: v128): v128 {
  return sigmoid4(x);
}

/** e^x, see vector.ts. */
// @ts-ignore: decorator
@inline
export function shortExp4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? calledExp4(x) : exp4(x);
}

/** Natural logarithm, see vector.ts. */
// @ts-ignore: decorator
@inline
export function shortLog4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? calledLog4(x) : log4(x);
}

/** log(1 + x), see vector.ts. */
// @ts-ignore: decorator
@inline
export function shortLogOnePlus4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? calledLogOnePlus4(x) : logOnePlus4(x);
}

/** 1/(1 + e^−x), see vector.ts. */
// @ts-ignore: decorator
@inline
export function shortSigmoid4(x: v128): v128 {
  return ASC_SHRINK_LEVEL > 0 ? calledSigmoid4(x) : sigmoid4(x);
}
