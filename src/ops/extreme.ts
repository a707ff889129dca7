import { axisExamples, forEachLine } from "./axis";
import type { Examples, Memory, Op } from "./op";

/** The fields of operations that take the largest or the smallest number along an axis. */
type Fields = Readonly<Record<"x" | "dx" | "addDx" | "y" | "dy" | "outer" | "length" | "inner", number>>;

/** y = the number along the axis that `choose` keeps of any two. */
export function extremeForward(
  { heap }: Memory,
  { x, y, outer, length, inner }: Fields,
  choose: (a: number, b: number) => number,
): void {
  forEachLine(outer, length, inner, (first, result) => {
    let extreme = heap[x + first];
    for (let l = 1; l < length; l++) extreme = choose(extreme, heap[x + first + l * inner]);
    heap[y + result] = extreme;
  });
}

/** dx = dy in equal parts where x is y, or where it is NaN. */
export function extremeBackward({ heap }: Memory, { x, dx, addDx, y, dy, outer, length, inner }: Fields): void {
  forEachLine(outer, length, inner, (first, result) => {
    const isExtreme = (l: number) => {
      const value = heap[x + first + l * inner];
      return value === heap[y + result] || Number.isNaN(value);
    };
    let count = 0;
    for (let l = 0; l < length; l++) if (isExtreme(l)) count++;
    for (let l = 0, at = dx + first; l < length; l++, at += inner) {
      heap[at] = (addDx ? heap[at] : 0) + (isExtreme(l) ? heap[dy + result] / count : 0);
    }
  });
}

/** places = where along the axis the number stands that `beats` all others: the first of equals, and the first NaN. */
export function placeExtremes(
  { heap, integers }: Memory,
  { x, places, outer, length, inner }: Readonly<Record<"x" | "places" | "outer" | "length" | "inner", number>>,
  beats: (a: number, b: number) => boolean,
): void {
  forEachLine(outer, length, inner, (first, result) => {
    let place = 0;
    for (let l = 1; l < length; l++) {
      const best = heap[x + first + place * inner];
      const value = heap[x + first + l * inner];
      if (beats(value, best) || (Number.isNaN(value) && !Number.isNaN(best))) place = l;
    }
    integers[places + result] = place;
  });
}

/** Examples of different numbers: where two change places, a difference quotient is no derivative. */
export function extremeExamples(op: Op): Examples {
  // Odd multiples of a golden ratio, cut down to [-1, 1): no two of the first thousands are closer than 10⁻⁴.
  return axisExamples(op, { tolerance: 0, fill: (_, index) => 2 * ((index * 0.6180339887498949) % 1) - 1 });
}
