import { uniform } from "../../numeric/random";
import type { Interval } from "./options";

/**
 * Where the random numbers of an image stand under its key. Each change has its own, so that adding one leaves the
 * others as they were. Those of noise begin at the last.
 */
export const draws = {
  shiftHeight: 0,
  shiftWidth: 1,
  flipHorizontal: 2,
  flipVertical: 3,
  rotation: 4,
  zoomHeight: 5,
  zoomWidth: 6,
  contrast: 7,
  cutoutHeight: 8,
  cutoutWidth: 9,
  cutoutRow: 10,
  cutoutColumn: 11,
  noise: 16,
} as const;

/** A number of the interval, every one equally likely. */
export function drawWithin([lower, upper]: Interval, key: number, index: number): number {
  return lower + (upper - lower) * uniform(key, index);
}
