import type { Memory, Step } from "../op";

/** 2⁻¹¹²: far below what changes a weight, far enough above float32's subnormal numbers, which are slow. */
const TRACE = 1.925929944387236e-34;

/** Every 64th step clears what is left of moments whose gradients have ceased: assembly/optimizers/clearTraces.ts says why. */
export function clearTraces({ index }: Step, heap: Memory["heap"], moment: number, count: number): void {
  if ((index & 63) !== 63) return;
  for (let i = moment; i < moment + count; i++) if (Math.abs(heap[i]) < TRACE) heap[i] = 0;
}
