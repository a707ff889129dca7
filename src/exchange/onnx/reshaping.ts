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
import { Refusal } from "./refusal";

const isBatchSize = (size: Dimension) => typeof size !== "number" && size.power > 0;

/** Sizes with the number that the file has for the batch. */
function atBatch(sizes: readonly Dimension[], batchSize: number): number[] | undefined {
  if (sizes.some((size) => typeof size !== "number" && size.lengths.length > 0)) return undefined;
  return sizes.map((size) => sizeAt(size, { batchSize }));
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** Which axis of new sizes has the batch, by how far apart two samples stand row by row; −1 for none. */
function batchAxisOf(from: readonly Dimension[], to: readonly number[], batch: number): number {
  const sizes = atBatch(from, batch);
  const axis = from.findIndex(isBatchSize);
  if (!sizes || axis < 0) return -1;
  const inner = product(sizes.slice(axis + 1));
  const { factor } = partsOf(from[axis]);
  // Of sizes that were joined the batch is before the others, or behind them.
  for (const stride of [inner * factor, inner]) {
    const strides = to.map((_, i) => product(to.slice(i + 1)));
    const exact = to.findIndex((size, i) => strides[i] === stride && size === batch);
    if (exact >= 0) return exact;
    const around = to.findIndex(
      (size, i) =>
        size % batch === 0 && strides[i] <= stride && stride * batch <= strides[i] * size && stride % strides[i] === 0,
    );
    if (around >= 0) return around;
  }
  return -1;
}

/**
 * The sizes that a reshape asks for. A number that stands for the batch of the export becomes the batch.
 *
 * @param batch the number that the file has in place of the batch
 * @throws Refusal when the numbers do not fit
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
  if (fits && !standsForBatch(known, direct, batch)) return direct;
  const numbers = batch === undefined ? undefined : atBatch(sizes, batch);
  const all = batch === undefined ? undefined : atBatch(from, batch);
  if (!numbers || !all) {
    if (fits) return direct;
    throw new Refusal(`reshapes ${showDimensions(from)} to ${showDimensions(target)}, which does not fit every batch`);
  }
  if (rest >= 0) numbers[rest] = product(all) / product(numbers.filter((_, axis) => axis !== rest));
  const axis = batchAxisOf(from, numbers, batch!);
  if (product(all) !== product(numbers) || axis < 0 || numbers[axis] % batch! !== 0) {
    throw new Refusal(`reshapes ${showDimensions(from)} to ${showDimensions(target)}, in which no size is the batch`);
  }
  return numbers.map((size, i) => (i === axis ? times(size / batch!, BATCH) : size));
}

function withRest(sizes: readonly Dimension[], rest: number, size: Dimension | undefined): Dimension[] | undefined {
  return size === undefined ? undefined : sizes.map((own, axis) => (axis === rest ? size : own));
}

/** Whether a known size may be the batch of the export, while what is left took the batch itself. */
function standsForBatch(known: readonly Dimension[], found: readonly Dimension[], batch: number | undefined): boolean {
  if (batch === undefined || known.some(isBatchSize) || !found.some(isBatchSize)) return false;
  return known.includes(batch);
}
