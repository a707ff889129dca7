import { FormatError } from "../errors";
import { quoted } from "../formats/json";
import type { StoredTensor } from "../formats/safetensors";
import { showShape, type Shape } from "../tensor/shape";
import type { Slot } from "../optimizers/optimizers";
import type { WeightTable } from "../compiler/weightTable";

/** Begins messages about a file. */
export const WHO = "model file";

/** A tensor of the file and where its numbers are kept. */
export interface StoredRange {
  readonly name: string;
  readonly shape: Shape;
  /** Elements from the beginning of what lasts: weights, state, then every slot. */
  readonly start: number;
  readonly size: number;
  readonly isSlot: boolean;
}

/** All tensors of a model with such an optimizer. */
export function storedRanges(table: WeightTable, slots: readonly Slot[]): StoredRange[] {
  const parameters = table.entries.map((weight): StoredRange => {
    const { name, spec, size } = weight;
    return { name, shape: spec.shape, start: table.indexOf(weight), size, isSlot: false };
  });
  const firstSlot = (table.bytes.weights + table.bytes.state) / 4;
  const trained = table.entries.filter(({ region }) => region === "weights");
  const kept = slots.flatMap((slot, i) =>
    trained.map(({ name, spec, size, offset }): StoredRange => {
      const start = firstSlot + (i * table.bytes.weights + offset) / 4;
      return { name: `optimizer/${slot.name}/${name}`, shape: spec.shape, start, size, isSlot: true };
    }),
  );
  return [...parameters, ...kept];
}

/** The first number that may not be in a file. A slot may overflow to infinity, after which training still goes on. */
export function findUnfit(values: Float32Array, isSlot: boolean): number | undefined {
  return values.find((value) => Number.isNaN(value) || (!isSlot && !Number.isFinite(value)));
}

/**
 * Every tensor that is needed, of the right shape, with values to compute with; and no other, unless it may be passed over.
 */
export function checkTensors(
  found: ReadonlyMap<string, StoredTensor>,
  ranges: readonly StoredRange[],
  isPassedOver: (name: string) => boolean = () => false,
): void {
  for (const { name, shape, isSlot } of ranges) {
    const tensor = found.get(name);
    if (!tensor) throw new FormatError(`${WHO}: tensor ${quoted(name)} is missing.`);
    const who = `${WHO}: tensor ${quoted(name)}`;
    if (showShape(tensor.shape) !== showShape(shape)) {
      throw new FormatError(`${who} must have shape ${showShape(shape)}, got ${showShape(tensor.shape)}.`);
    }
    if (!(tensor.data instanceof Float32Array)) throw new FormatError(`${who} must be F32, got ${tensor.dtype}.`);
    const unfit = findUnfit(tensor.data, isSlot);
    if (unfit !== undefined) throw new FormatError(`${who} holds ${unfit}.`);
  }
  const known = new Set(ranges.map(({ name }) => name));
  for (const name of found.keys()) {
    if (known.has(name) || isPassedOver(name)) continue;
    throw new FormatError(`${WHO}: tensor ${quoted(name)} belongs to no part of the model.`);
  }
}
