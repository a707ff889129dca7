import { resolveInitializer } from "../initializers/initializers";
import { deriveKey } from "../numeric/random";
import type { WeightTable } from "../compiler/weightTable";

/** Streams of the model's seed: initial values and the orders of epochs draw from different ones. */
export const SEED_STREAM = { initial: 0x696e6974, order: 0x6f726465 } as const;

/**
 * Values of weights and state to begin with, one vector after the other, padding included: those that the layer has in
 * another model, else initial ones, for which every weight draws from a key of its own.
 */
export function initialValues(table: WeightTable, seed: number): Float32Array {
  const values = new Float32Array((table.bytes.weights + table.bytes.state) / 4);
  table.entries.forEach((weight, i) => {
    const index = table.indexOf(weight);
    const target = values.subarray(index, index + weight.size);
    const { layer, name } = weight.innermost;
    const known = layer.keeper?.weightOf(layer, name);
    if (known) {
      target.set(known);
      return;
    }
    const { initializer, shape } = weight.spec;
    const key = deriveKey(seed, SEED_STREAM.initial, i);
    resolveInitializer(initializer, layer.name).fill(target, shape, key);
  });
  return values;
}
