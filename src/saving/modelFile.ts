import { FormatError } from "../errors";
import { quoted } from "../formats/json";
import type { StoredTensor } from "../formats/safetensors/decode";
import { showShape, type Shape } from "../tensor/shape";
import type { Slot } from "../optimizers/optimizers";
import type { WeightTable } from "../compiler/weightTable";
import type { LoadWarning } from "./loadOptions";

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

/** Whether a number may not be in a file. A slot may overflow to infinity, after which training still goes on. */
function isUnfit(value: number, isSlot: boolean): boolean {
  return Number.isNaN(value) || (!isSlot && !Number.isFinite(value));
}

/** The first number that may not be in a file. */
export function findUnfit(values: Float32Array, isSlot: boolean): number | undefined {
  return values.find((value) => isUnfit(value, isSlot));
}

/** What the tensors of a file are to a model. */
export interface MatchedTensors {
  /** Values for each range that the file has: of weights and state always, of the optimizer all or none. */
  readonly values: ReadonlyMap<StoredRange, Float32Array>;
  readonly warnings: readonly LoadWarning[];
}

/**
 * Finds every tensor that is needed, of the right shape, with values to compute with.
 *
 * @param isPassedOver whether a tensor of another name is nothing to warn of
 * @throws FormatError when a weight is missing, or a tensor is not what it must be
 */
export function matchTensors(
  found: ReadonlyMap<string, StoredTensor>,
  ranges: readonly StoredRange[],
  isPassedOver: (name: string) => boolean = () => false,
): MatchedTensors {
  const missing = ranges.filter(({ name, isSlot }) => isSlot && !found.has(name)).map(({ name }) => name);
  const rounded: string[] = [];
  const values = new Map<StoredRange, Float32Array>();
  for (const range of ranges) {
    if (range.isSlot && missing.length > 0) continue;
    const tensor = found.get(range.name);
    if (!tensor) throw new FormatError(`${WHO}: tensor ${quoted(range.name)} is missing.`);
    const data = readValues(tensor, range);
    if (data !== tensor.data && data.some((value, i) => value !== tensor.data[i])) rounded.push(range.name);
    values.set(range, data);
  }
  const known = new Set(ranges.map(({ name }) => name));
  const unknown = [...found.keys()].filter((name) => !known.has(name) && !isPassedOver(name));
  const warnings = [
    warn("missing", missing, "not in the file: the optimizer begins anew, at step 0"),
    warn("unknown", unknown, "not of this model: passed over"),
    warn("rounded", rounded, "in float64: rounded to float32"),
  ];
  return { values, warnings: warnings.filter(({ tensors }) => tensors.length > 0) };
}

/** The numbers of a tensor as the model keeps them. */
function readValues({ shape, dtype, data }: StoredTensor, range: StoredRange): Float32Array {
  const who = `${WHO}: tensor ${quoted(range.name)}`;
  if (showShape(shape) !== showShape(range.shape)) {
    throw new FormatError(`${who} must have shape ${showShape(range.shape)}, got ${showShape(shape)}.`);
  }
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new FormatError(`${who} must be F32, F64, F16 or BF16, got ${dtype}.`);
  }
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  const unfit = values.findIndex((value) => isUnfit(value, range.isSlot));
  if (unfit < 0) return values;
  const isTooLarge = Number.isFinite(data[unfit]);
  throw new FormatError(`${who} holds ${data[unfit]}${isTooLarge ? ", which float32 has not" : ""}.`);
}

function warn(kind: LoadWarning["kind"], tensors: readonly string[], what: string): LoadWarning {
  const more = tensors.length > 1 ? ` and ${tensors.length - 1} more are` : " is";
  return { kind, tensors, message: `${WHO}: tensor ${quoted(tensors[0] ?? "")}${more} ${what}.` };
}

/** Tells of what was found: to who asks for it, else once on the console. */
export function reportWarnings(
  warnings: readonly LoadWarning[],
  onWarning?: (warnings: readonly LoadWarning[]) => void,
) {
  if (warnings.length === 0) return;
  if (onWarning) onWarning(warnings);
  else console.warn(["loadModel:", ...warnings.map(({ message }) => message)].join("\n  "));
}
