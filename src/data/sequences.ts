import { ArgumentError, DataError, ShapeError } from "../errors";
import { boolean, finiteNumber, integer } from "../options";
import { showShape, sizeOf } from "../tensor/shape";
import { Tensor, zeros } from "../tensor/tensor";
import { checkAlike, columnsOf, type Item, itemOf, stack } from "./item";

/** What sequences are filled up with, and which of an item's tensors are sequences: their first axis counts places. */
export interface PaddingOptions {
  /** What stands behind the end of shorter sequences of x. Default 0. */
  paddingValue?: number | undefined;
  /** Which of several inputs are sequences, by their numbers. Default all. */
  sequenceInputs?: readonly number[] | undefined;
  /**
   * Whether targets are sequences, too: one for every place of x. They are filled up, and padded places count nothing in the loss: they
   * get a `sampleWeight` of 0 and all others 1, or what the item's weight says. Default false.
   */
  padTargets?: boolean | undefined;
  /** What stands behind the end of shorter targets. Default 0. */
  targetPaddingValue?: number | undefined;
  /** Leaves out batches that are not full. Default false. */
  dropRemainder?: boolean | undefined;
}

export const PADDING_OPTIONS = [
  "paddingValue",
  "sequenceInputs",
  "padTargets",
  "targetPaddingValue",
  "dropRemainder",
] as const;

/** Checked options. */
export interface Padding {
  readonly who: string;
  readonly value: number;
  readonly inputs?: readonly number[] | undefined;
  readonly padsTargets: boolean;
  readonly targetValue: number;
  readonly dropRemainder: boolean;
}

export function readPadding(who: string, options: PaddingOptions): Padding {
  const {
    paddingValue = 0,
    sequenceInputs,
    padTargets = false,
    targetPaddingValue = 0,
    dropRemainder = false,
  } = options;
  if (sequenceInputs !== undefined && !Array.isArray(sequenceInputs)) {
    throw new ArgumentError(`${who}: sequenceInputs must be an array of numbers of inputs.`);
  }
  return {
    who,
    value: finiteNumber(who, "paddingValue", paddingValue),
    inputs: sequenceInputs?.map((input: number) => integer(who, "each of sequenceInputs", input, { min: 0 })),
    padsTargets: boolean(who, "padTargets", padTargets),
    targetValue: finiteNumber(who, "targetPaddingValue", targetPaddingValue),
    dropRemainder: boolean(who, "dropRemainder", dropRemainder),
  };
}

/** How many places the sequences of a sample have. */
function lengthOf(sample: Item, { who, inputs, padsTargets }: Padding, index: number): number {
  const { x, y } = columnsOf(sample);
  const missing = inputs?.find((input) => input >= x.length);
  if (missing !== undefined)
    throw new ArgumentError(`${who}: sequenceInputs names input ${missing}, items have ${x.length}.`);
  const sequences = [...x.filter((_, i) => inputs?.includes(i) ?? true), ...(padsTargets ? y : [])];
  const [length] = sequences[0]?.shape ?? [];
  const unfit = sequences.find(({ shape }) => shape.length === 0 || shape[0] !== length);
  if (unfit || !sequences[0]) {
    const hint = padsTargets ? "" : " Say which inputs are sequences: sequenceInputs.";
    const shapes = sequences.map(({ shape }) => showShape(shape)).join(" and ");
    throw new ShapeError(`${who}: the sequences of item ${index} must have one length, got ${shapes}.${hint}`);
  }
  if (length === 0) throw new DataError(`${who}: item ${index} is a sequence of length 0.`);
  return length;
}

/** A tensor with a value behind its end, up to a length. */
function padded(tensor: Tensor, length: number, value: number, who: string): Tensor {
  const { data, exact, shape, dtype } = tensor;
  if (shape[0] === length) return tensor;
  const size = sizeOf(shape);
  const longer = [length, ...shape.slice(1)];
  if (exact) {
    const numbers = new Float64Array(sizeOf(longer)).fill(value, size);
    numbers.set(exact);
    return Tensor.rounded(numbers, longer, who);
  }
  const result = zeros(longer, dtype);
  result.data.fill(value, size);
  if (dtype !== "float32" && result.data[size] !== value) {
    throw new ArgumentError(`${who}: ${dtype} sequences cannot be padded by ${value}.`);
  }
  result.data.set(data);
  return result;
}

/** How much each place counts: what the item's weight says, and nothing behind the end. */
function placeWeights(weights: readonly Tensor[], targets: number, own: number, length: number, who: string): Tensor[] {
  const given = weights.length ? weights : new Array<Tensor>(targets).fill(new Tensor(Float32Array.of(1), []));
  return given.map(({ data, shape }) => {
    if (shape.length > 1 || (shape.length === 1 && shape[0] !== own)) {
      throw new ShapeError(
        `${who}: a sampleWeight must be a number or one for each of ${own} places, got ${showShape(shape)}.`,
      );
    }
    const result = new Float32Array(length);
    if (shape.length === 1) result.set(data);
    else result.fill(data[0], 0, own);
    return new Tensor(result, [length]);
  });
}

/** A batch of samples that are filled up to one length. */
function stackPadded(samples: readonly Sequence[], length: number, padding: Padding): Item {
  const { who, inputs, value, padsTargets, targetValue } = padding;
  const items = samples.map(({ sample, length: own }) => {
    const { x, y, sampleWeight } = columnsOf(sample);
    const longer = x.map((one, i) => ((inputs?.includes(i) ?? true) ? padded(one, length, value, who) : one));
    if (!padsTargets) return itemOf(longer, y, sampleWeight);
    const targets = y.map((one) => padded(one, length, targetValue, who));
    return itemOf(longer, targets, placeWeights(sampleWeight, y.length, own, length, who));
  });
  items.forEach((item, i) => {
    try {
      checkAlike(items[0], item, `${who}: item ${samples[i].index}`);
    } catch (cause) {
      if (!(cause instanceof ShapeError) || padsTargets) throw cause;
      throw new ShapeError(`${cause.message} If targets are sequences, too: padTargets: true.`, { cause });
    }
  });
  return stack(items);
}

interface Sequence {
  readonly sample: Item;
  readonly length: number;
  readonly index: number;
}

/** Samples in batches of so many, filled up to the longest of each batch or to a length. */
export async function* paddedBatches(
  items: AsyncIterable<Item>,
  size: number,
  paddedLength: number | undefined,
  padding: Padding,
): AsyncGenerator<Item> {
  yield* buckets(items, [], [size], paddedLength === undefined ? [] : [paddedLength], padding);
}

/**
 * Samples in batches of about one length: a sample goes to the bucket of its length, a bucket that is full becomes a batch. What is left
 * in the end becomes batches that are not full, those of short sequences first.
 *
 * @param boundaries lengths that are the first too long for their bucket, ascending
 * @param lengths what the sequences of each bucket are filled up to; by default the longest of the batch
 */
export async function* buckets(
  items: AsyncIterable<Item>,
  boundaries: readonly number[],
  sizes: readonly number[],
  lengths: readonly number[],
  padding: Padding,
): AsyncGenerator<Item> {
  const held: Sequence[][] = sizes.map(() => []);
  const empty = (bucket: number) => {
    const samples = held[bucket];
    held[bucket] = [];
    return stackPadded(samples, lengths[bucket] ?? Math.max(...samples.map(({ length }) => length)), padding);
  };
  let index = 0;
  for await (const sample of items) {
    const length = lengthOf(sample, padding, index);
    const place = boundaries.findIndex((boundary) => length < boundary);
    const bucket = place < 0 ? boundaries.length : place;
    if (length > (lengths[bucket] ?? length)) {
      throw new ShapeError(`${padding.who}: item ${index} is ${length} long, more than ${lengths[bucket]}.`);
    }
    held[bucket].push({ sample, length, index: index++ });
    if (held[bucket].length === sizes[bucket]) yield empty(bucket);
  }
  if (padding.dropRemainder) return;
  for (let bucket = 0; bucket < held.length; bucket++) if (held[bucket].length) yield empty(bucket);
}
