import { exp } from "../../numeric/exponential";
import { expm1 } from "../../numeric/exponentialMinusOne";
import { erf } from "../../numeric/errorFunction";
import { tanh } from "../../numeric/hyperbolicTangent";
import { log } from "../../numeric/logarithm";
import { log1p } from "../../numeric/logarithmOfOnePlus";
import { pow } from "../../numeric/power";
import { cos, sin } from "../../numeric/trigonometric";
import type { InstructionName } from "./instructions";

const truth = (condition: boolean): number => (condition ? 1 : 0);

/** Halves go to the even neighbour, as in IEEE 754. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** The larger of two numbers, the first of equals, and NaN where one of them is. */
function maximumOf(a: number, b: number): number {
  return a >= b || Number.isNaN(a) ? a : b;
}

function minimumOf(a: number, b: number): number {
  return a <= b || Number.isNaN(a) ? a : b;
}

/** What each instruction of formulas makes of its arguments. */
export const values: Readonly<Record<InstructionName, (a: number, b: number, c: number) => number>> = {
  copy: (a) => a,
  stopGradient: (a) => a,
  negative: (a) => -a,
  abs: Math.abs,
  sign: Math.sign,
  square: (a) => a * a,
  sqrt: Math.sqrt,
  rsqrt: (a) => 1 / Math.sqrt(a),
  reciprocal: (a) => 1 / a,
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  sigmoid: (a) => 1 / (1 + exp(-a)),
  erf,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundToEven,
  logicalNot: (a) => truth(a === 0),
  isNan: (a) => truth(Number.isNaN(a)),
  isFinite: (a) => truth(Number.isFinite(a)),
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  power: pow,
  maximum: maximumOf,
  minimum: minimumOf,
  equal: (a, b) => truth(a === b),
  notEqual: (a, b) => truth(a !== b),
  greater: (a, b) => truth(a > b),
  greaterEqual: (a, b) => truth(a >= b),
  logicalAnd: (a, b) => truth(a !== 0 && b !== 0),
  logicalOr: (a, b) => truth(a !== 0 || b !== 0),
  where: (a, b, c) => (a !== 0 ? b : c),
  passOn: (a, b) => (a === 0 ? 0 : a * b),
};
