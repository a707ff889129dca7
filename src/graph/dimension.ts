/**
 * Sizes of nodes. Those of the batch are not known before there is data: they are a number times a power of the number of
 * samples. The same batch size is the same everywhere in a model, so that two such sizes can be compared.
 */

/** factor · samples^power */
export class OpenSize {
  constructor(
    readonly factor: number,
    readonly power: number,
  ) {
    Object.freeze(this);
  }
}

/** A number, or a size that depends on the batch. */
export type Dimension = number | OpenSize;

/** How many samples a batch has. */
export const BATCH: Dimension = /* @__PURE__ */ new OpenSize(1, 1);

const partsOf = (size: Dimension): { factor: number; power: number } =>
  typeof size === "number" ? { factor: size, power: 0 } : size;

function sizeFrom(factor: number, power: number): Dimension {
  return power === 0 || factor === 0 ? factor : new OpenSize(factor, power);
}

export function times(a: Dimension, b: Dimension): Dimension {
  const [x, y] = [partsOf(a), partsOf(b)];
  return sizeFrom(x.factor * y.factor, x.power + y.power);
}

export function productOf(sizes: readonly Dimension[]): Dimension {
  return sizes.reduce(times, 1);
}

/** a ÷ b, undefined where that is no size for every batch. */
export function dividedBy(a: Dimension, b: Dimension): Dimension | undefined {
  const [x, y] = [partsOf(a), partsOf(b)];
  if (y.factor === 0 || x.factor % y.factor !== 0 || x.power < y.power) return undefined;
  return sizeFrom(x.factor / y.factor, x.power - y.power);
}

/** a + b, undefined where that is no multiple of a power of the batch. */
export function plus(a: Dimension, b: Dimension): Dimension | undefined {
  const [x, y] = [partsOf(a), partsOf(b)];
  return x.power === y.power ? sizeFrom(x.factor + y.factor, x.power) : undefined;
}

/** Whether two sizes are equal for every batch. */
export function isSame(a: Dimension, b: Dimension): boolean {
  const [x, y] = [partsOf(a), partsOf(b)];
  return x.factor === y.factor && x.power === y.power;
}

/** The size with so many samples. */
export function sizeAt(size: Dimension, samples: number): number {
  const { factor, power } = partsOf(size);
  return factor * samples ** power;
}

export function shapeAt(sizes: readonly Dimension[], samples: number): number[] {
  return sizes.map((size) => sizeAt(size, samples));
}

/** As messages show it: `[batch, 3, 2·batch]`. */
export function showDimensions(sizes: readonly Dimension[]): string {
  const show = (size: Dimension): string => {
    if (typeof size === "number") return String(size);
    const batch = new Array(size.power).fill("batch").join("·");
    return size.factor === 1 ? batch : `${size.factor}·${batch}`;
  };
  return `[${sizes.map(show).join(", ")}]`;
}
