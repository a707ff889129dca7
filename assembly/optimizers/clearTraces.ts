import { Step } from "../executor/program";

/**
 * Every 64th step sets a thread's share of a moment to 0 where it is below 2⁻¹¹² in magnitude.
 *
 * Moments fade by a factor a step where gradients have ceased, as in a unit that relu keeps silent, and would end among
 * float32's subnormal numbers, on which processors take three to a hundred times as long (Adam on Zen 4: 3 times). What is
 * cleared could not change a weight by 10⁻²⁶, and with the usual factors nothing becomes subnormal within 64 steps.
 */
// @ts-ignore: decorator
@inline
export function clearTraces(step: usize, moment: usize, start: usize, end: usize): void {
  if ((changetype<Step>(step).index & 63) == 63) clearSmall(moment, start, end);
}

function clearSmall(moment: usize, start: usize, end: usize): void {
  for (let i = start; i < end; i += 16) {
    const x = v128.load(moment + i);
    v128.store(moment + i, v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(1.925929944387236e-34))));
  }
}
