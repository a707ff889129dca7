/**
 * Elementary functions of float64 from + − × ÷ √ and bit patterns only. The language leaves the accuracy of `Math.exp`
 * and its like to the engine, and engines differ in the last bits; these give the same bits on every one, which rule 9
 * of the design asks of every number that reaches a weight.
 */
export { erf } from "./errorFunction";
export { exp } from "./exponential";
export { expm1 } from "./exponentialMinusOne";
export { tanh } from "./hyperbolicTangent";
export { log } from "./logarithm";
export { log1p } from "./logarithmOfOnePlus";
export { pow } from "./power";
export { cos, sin } from "./trigonometric";
