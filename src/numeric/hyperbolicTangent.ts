import { expm1 } from "./exponentialMinusOne";

/** Hyperbolic tangent, from e^{2|x|} − 1 without cancellation. Error below 2 ulp. */
export function tanh(x: number): number {
  const magnitude = Math.abs(x);
  // Also NaN and −0.
  if (!(magnitude > 1e-8)) return x;
  // From 22 on the result rounds to 1.
  const e = expm1(2 * Math.min(magnitude, 22));
  const t = magnitude < 0.55 ? e / (e + 2) : 1 - 2 / (e + 2);
  return x < 0 ? -t : t;
}
