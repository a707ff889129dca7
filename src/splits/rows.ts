import { assignParts } from "./draw";
import type { SplitSettings } from "./options";

/** Rows of two parts by their places, in the order in which they were. */
export interface RowParts {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** @throws DataError when a part would be empty */
export function trainTestRows(rowCount: number, share: number, settings: SplitSettings): RowParts {
  const parts = assignParts(rowCount, [1 - share, share], settings);
  return { train: rowsWhere(parts, (part) => part === 0), test: rowsWhere(parts, (part) => part === 1) };
}

/**
 * Folds, each of which is once for testing and else for learning. With times each fold is tested with what was learnt from all rows
 * before it.
 *
 * @throws DataError when a fold would be empty
 */
export function foldRows(rowCount: number, folds: number, settings: SplitSettings): RowParts[] {
  const count = settings.times ? folds + 1 : folds;
  const parts = assignParts(rowCount, new Array(count).fill(1 / count), settings);
  return Array.from({ length: folds }, (_, fold) => {
    const tested = settings.times ? fold + 1 : fold;
    const isLearnt = (part: number) => (settings.times ? part < tested : part !== tested);
    return { train: rowsWhere(parts, isLearnt), test: rowsWhere(parts, (part) => part === tested) };
  });
}

/** The same rules for some of the rows. */
export function settingsOf(settings: SplitSettings, rows: readonly number[]): SplitSettings {
  const { classes, groups, times } = settings;
  return {
    ...settings,
    classes: classes && codesFrom0(rows.map((row) => classes[row])),
    groups: groups && codesFrom0(rows.map((row) => groups[row])),
    times: times && Float64Array.from(rows, (row) => times[row]),
  };
}

/** Codes without gaps: what is not there counts as no class and no group. */
export function codesFrom0(values: readonly unknown[]): Int32Array {
  const codes = new Map<unknown, number>();
  return Int32Array.from(values, (value) => {
    if (!codes.has(value)) codes.set(value, codes.size);
    return codes.get(value)!;
  });
}

function rowsWhere(parts: Int32Array, holds: (part: number) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < parts.length; row++) if (holds(parts[row])) rows.push(row);
  return rows;
}
