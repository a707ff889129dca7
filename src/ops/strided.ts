/** The most axes of numbers that stand in order in one tensor and with strides in another. */
export const STRIDED_RANK = 6;

/** The counts that say where numbers stand: lengths of the axes in order, how far apart neighbours along each are, and where the first is. */
export const stridedCounts = [
  "size0",
  "size1",
  "size2",
  "size3",
  "size4",
  "size5",
  "stride0",
  "stride1",
  "stride2",
  "stride3",
  "stride4",
  "stride5",
  "offset",
] as const;

type Places = Readonly<Record<(typeof stridedCounts)[number], number>>;

/** Every index into the tensor in order, with the one into the other that belongs to it. */
export function forEachPlace(places: Places, visit: (strewn: number, ordered: number) => void): void {
  const { size0, size1, size2, size3, size4, size5 } = places;
  const { stride0, stride1, stride2, stride3, stride4, stride5, offset } = places;
  let ordered = 0;
  for (let i0 = 0; i0 < size0; i0++) {
    for (let i1 = 0; i1 < size1; i1++) {
      for (let i2 = 0; i2 < size2; i2++) {
        const start = offset + i0 * stride0 + i1 * stride1 + i2 * stride2;
        for (let i3 = 0; i3 < size3; i3++) {
          for (let i4 = 0; i4 < size4; i4++) {
            for (let i5 = 0; i5 < size5; i5++) {
              visit(start + i3 * stride3 + i4 * stride4 + i5 * stride5, ordered++);
            }
          }
        }
      }
    }
  }
}

/** Sizes and strides as counts. The first axis is axis 0, the others end at the last; those between have the length 1. */
export function placesOf(sizes: readonly number[], strides: readonly number[], offset: number): Record<string, number> {
  const missing = STRIDED_RANK - sizes.length;
  const counts: Record<string, number> = { offset };
  for (let i = 0; i < STRIDED_RANK; i++) {
    const axis = i === 0 ? 0 : i <= missing ? undefined : i - missing;
    counts[`size${i}`] = axis === undefined ? 1 : (sizes[axis] ?? 1);
    counts[`stride${i}`] = axis === undefined ? 0 : (strides[axis] ?? 0);
  }
  return counts;
}

/** How far apart neighbours along each axis are in a tensor of this shape. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
}
