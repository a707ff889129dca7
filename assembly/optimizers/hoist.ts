/**
 * Four lanes of a value that a loop needs and that took divisions or roots to compute.
 *
 * V8's optimiser before Turboshaft (Node 20) moves pure arithmetic to where its result is used, even into a loop: Adam
 * computed its bias correction anew for every four weights and took twice as long. It leaves loads where they stand, so
 * the value goes through memory, in the free bytes behind the step; `place` counts from 0 to 11.
 */
// @ts-ignore: decorator
@inline
export function hoist(step: usize, place: usize, value: f64): v128 {
  const address = step + 16 + (place << 2);
  store<f32>(address, <f32>value);
  return v128.load32_splat(address);
}
