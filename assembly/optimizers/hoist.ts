/**
 * Four lanes of a number that a loop needs, computed before the loop.
 *
 * V8's optimiser before Turboshaft (Node 20) moves pure arithmetic to where its result is used, even into a loop: Adam
 * computed its bias correction anew for every four weights and took 1.7 ns a weight rather than 0.65. It leaves loads where
 * they stand, so the number goes through memory, in the free bytes behind the step. `place` counts from 0 to 11.
 */
// @ts-ignore: decorator
@inline
export function hoist(step: usize, place: usize, value: f64): v128 {
  const address = step + 16 + (place << 2);
  store<f32>(address, <f32>value);
  return v128.load32_splat(address);
}
