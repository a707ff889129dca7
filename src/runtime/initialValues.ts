import type { Weight } from "../compiler/weightTable";
import { resolveInitializer } from "../initializers/initializers";
import { deriveKey } from "../numeric/random";

/** Streams of the model's seed: initial values and the orders of epochs draw from different ones. */
export const SEED_STREAM = { initial: 0x696e6974, order: 0x6f726465 } as const;

/** Draws the initial values of a weight: each draws from a key of its own, by its number in the model. */
export function drawInitialValues(
  { spec, innermost }: Weight,
  target: Float32Array,
  { seed, index }: { seed: number; index: number },
): void {
  const key = deriveKey(seed, SEED_STREAM.initial, index);
  resolveInitializer(spec.initializer, innermost.layer.name).fill(target, spec.shape, key);
  if (spec.ones) target.fill(1, ...spec.ones);
}
