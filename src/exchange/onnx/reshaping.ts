import {
  BATCH,
  type Dimension,
  isSame,
  partsOf,
  productOf,
  showDimensions,
  sizeAt,
  times,
} from "../../graph/dimension";
import { dividedBy } from "../../graph/sizeArithmetic";
import { refusal } from "./refusal";

const isBatchSize = (size: Dimension) => typeof size !== "number" && size.power > 0;

/** Sizes with the number that the file has for the batch. */
function atBatch(sizes: readonly Dimension[], batchSize: number): number[] | undefined {
  if (sizes.some((size) => typeof size !== "number" && size.lengths.length > 0)) return undefined;
  return sizes.map((size) => sizeAt(size, { batchSize }));
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** Of sizes that the batch and others were joined to: how many places of the others are behind the batch. */
const joined = new WeakMap<object, number>();

/** Remembers in a size of a node how the batch was joined to others. */
export function rememberJoin(size: Dimension, like: Dimension): void {
  const inner = typeof like === "number" ? undefined : joined.get(like);
  if (inner !== undefined && typeof size !== "number") joined.set(size, inner);
}

/** Sizes with the batch apart, and which of them it is. */
function apart(from: readonly Dimension[], batch: number): { sizes: number[]; at: number } | undefined {
  const sizes = atBatch(from, batch);
  const axis = from.findIndex(isBatchSize);
  if (!sizes || axis < 0) return undefined;
  const size = partsOf(from[axis]);
  // Without other knowledge the batch is before the others.
  const inner = joined.get(from[axis] as object) ?? size.factor;
  const outer = size.factor / inner;
  const own = [...(outer > 1 ? [outer] : []), batch, ...(inner > 1 ? [inner] : [])];
  return { sizes: [...sizes.slice(0, axis), ...own, ...sizes.slice(axis + 1)], at: axis + (outer > 1 ? 1 : 0) };
}

const stridesIn = (sizes: readonly number[]) => sizes.map((_, i) => product(sizes.slice(i + 1)));

const longer = (sizes: readonly number[]) => String(sizes.filter((size) => size > 1));

/** Which axis of new sizes has the batch, by how far apart two samples stand row by row; −1 for none. */
function batchAxisOf({ sizes, at }: { sizes: readonly number[]; at: number }, to: readonly number[]): number {
  const batch = sizes[at];
  const stride = product(sizes.slice(at + 1));
  const strides = stridesIn(to);
  const exact = to.findIndex((size, i) => strides[i] === stride && size === batch);
  if (exact >= 0) return exact;
  if (batch > 1) {
    return to.findIndex(
      (size, i) =>
        size % batch === 0 && strides[i] <= stride && stride * batch <= strides[i] * size && stride % strides[i] === 0,
    );
  }
  // A batch of 1 is between two axes: it went to the one that has changed, and never to the last, which has features.
  const left = to.findIndex((size, i) => strides[i] === stride && size > 1);
  const right = to.findIndex((size, i) => strides[i] * size === stride && size > 1);
  if (left < 0 && right < 0) return to.findIndex((size, i) => strides[i] < stride && stride < strides[i] * size);
  if (left < 0 || right < 0) return Math.max(left, right);
  const isLeftSame = longer(to.slice(0, left + 1)) === longer(sizes.slice(0, at));
  const isRightSame = longer(to.slice(right)) === longer(sizes.slice(at + 1));
  return isLeftSame && !isRightSame && right < to.length - 1 ? right : left;
}

/** A size of an axis that has the batch, which remembers where in it. */
function joinedSize(factor: number, inner: number): Dimension {
  const size = times(factor, BATCH);
  if (factor > 1 && typeof size !== "number" && Number.isInteger(inner) && factor % inner === 0)
    joined.set(size, inner);
  return size;
}

/** A number of samples that is no other size. */
const PROBE = 1_000_003;

/** Sizes that were found without numbers, which remember where the batch is in them. */
function remembering(from: readonly Dimension[], sizes: readonly Dimension[]): Dimension[] {
  const axis = sizes.findIndex(isBatchSize);
  const [before, after] = [apart(from, PROBE), atBatch(sizes, PROBE)];
  if (!before || !after || axis < 0 || partsOf(sizes[axis]).power !== 1) return [...sizes];
  const inner = product(before.sizes.slice(before.at + 1)) / stridesIn(after)[axis];
  return sizes.map((size, i) => (i === axis ? joinedSize(partsOf(size).factor, inner) : size));
}

/**
 * The sizes that a reshape asks for. A number that stands for the batch of the export becomes the batch.
 *
 * @param batch the number that the file has in place of the batch
 * @throws ArgumentError when the numbers do not fit
 */
export function newSizesOf(
  from: readonly Dimension[],
  target: readonly Dimension[],
  { batch, keepsZeros = false }: { batch: number | undefined; keepsZeros?: boolean },
): Dimension[] {
  const total = productOf(from);
  const sizes = target.map((size, axis) => (size === 0 && !keepsZeros ? (from[axis] ?? 0) : size));
  const rest = sizes.indexOf(-1);
  const known = sizes.filter((_, axis) => axis !== rest);
  const direct = rest < 0 ? sizes : withRest(sizes, rest, dividedBy(total, productOf(known)));
  const fits = direct && isSame(productOf(direct), total);
  if (fits && !standsForBatch(known, direct, batch)) return remembering(from, direct);
  const numbers = batch === undefined ? undefined : atBatch(sizes, batch);
  const all = batch === undefined ? undefined : atBatch(from, batch);
  if (!numbers || !all) {
    if (fits) return remembering(from, direct);
    throw refusal(`reshapes ${showDimensions(from)} to ${showDimensions(target)}, which does not fit every batch`);
  }
  if (rest >= 0) numbers[rest] = product(all) / product(numbers.filter((_, axis) => axis !== rest));
  const before = apart(from, batch!);
  const axis = before ? batchAxisOf(before, numbers) : -1;
  if (product(all) !== product(numbers) || axis < 0 || numbers[axis] % batch! !== 0) {
    throw refusal(`reshapes ${showDimensions(from)} to ${showDimensions(target)}, in which no size is the batch`);
  }
  const inner = product(before!.sizes.slice(before!.at + 1)) / stridesIn(numbers)[axis];
  return numbers.map((size, i) => (i === axis ? joinedSize(size / batch!, inner) : size));
}

function withRest(sizes: readonly Dimension[], rest: number, size: Dimension | undefined): Dimension[] | undefined {
  return size === undefined ? undefined : sizes.map((own, axis) => (axis === rest ? size : own));
}

/** Whether a known size may be the batch of the export, while what is left took the batch itself. */
function standsForBatch(known: readonly Dimension[], found: readonly Dimension[], batch: number | undefined): boolean {
  if (batch === undefined || known.some(isBatchSize) || !found.some(isBatchSize)) return false;
  return known.includes(batch);
}
