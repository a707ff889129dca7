import type { Memory } from "../op";

/** The fields that relevances are read from: `target` [rows] numbers of items when `sparse`, otherwise [rows, columns]. */
interface TargetFields {
  readonly target: number;
  readonly columns: number;
  readonly sparse: number;
}

/** How relevant item j is to row i: of targets that name one item 1 for that, 0 for the others. */
export function relevanceAt(
  heap: Memory["heap"],
  { target, columns, sparse }: TargetFields,
  i: number,
  j: number,
): number {
  return sparse ? Number(heap[target + i] === j) : heap[target + i * columns + j];
}

/** Whether a number is that of one of so many items. */
export function isItem(number: number, columns: number): boolean {
  return number >= 0 && number < columns && Number.isInteger(number);
}

/** Items at the ranks of each row, as a sort would give them: all different. */
export const rankedItems = (columns: number, kept: number) => (_: number, index: number) =>
  (Math.floor(index / kept) + (index % kept)) % columns;
