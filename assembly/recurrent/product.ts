// The product of the states of some samples with the weights, done in every step: the weights are packed once, into panels of
// sixteen columns, the states stand close together.
//
// An element is the sum of its products from first to last, in blocks that depend on the length of the sum alone, see
// gemm/gemm.ts: its bits do not depend on how many samples there are, or which.
import { blockDepth } from "../gemm/gemm";
import { copyRows, copyRows16, transpose, zeroColumns } from "../gemm/pack";
import { multiplyRows } from "../gemm/panels";
import { addFloats, multiplyFloats } from "./steps";

/** Samples that go through time together: their products fit L2 beside the weights. */
export const ROWS: i32 = 32;
const PANEL_COLUMNS: i32 = 16;

// @ts-ignore: decorator
@inline
export function roundUp16(count: i32): i32 {
  return (count + 15) & -16;
}

/** Bytes of `columns` of a matrix of so many rows, packed. */
export function packedBytes(depth: i32, columns: i32): usize {
  return (<usize>depth * roundUp16(columns)) << 2;
}

/** Packs columns of b [depth, …], whose rows are `bRow` bytes apart, with zeros behind the last. */
export function packColumns(depth: i32, columns: i32, b: usize, bRow: usize, to: usize): void {
  for (let j = 0; j < columns; j += PANEL_COLUMNS) {
    const width = min(PANEL_COLUMNS, columns - j);
    if (width == PANEL_COLUMNS) copyRows16(depth, b + (<usize>j << 2), bRow, to);
    else {
      copyRows(depth, width, b + (<usize>j << 2), bRow, to, 64);
      zeroColumns(depth, width, PANEL_COLUMNS, to);
    }
    to += <usize>depth << 6;
  }
}

/** The same of bᵀ: b is [columns, …], of whose rows `depth` numbers count. */
export function packRows(depth: i32, columns: i32, b: usize, bRow: usize, to: usize): void {
  for (let j = 0; j < columns; j += PANEL_COLUMNS) {
    const width = min(PANEL_COLUMNS, columns - j);
    transpose(width, depth, b + <usize>j * bRow, bRow, to, 64);
    zeroColumns(depth, width, PANEL_COLUMNS, to);
    to += <usize>depth << 6;
  }
}

/**
 * c [rows, columns] (=|+=) a [rows, depth] · packed columns. Rows are aRow and cRow bytes apart. Where `rows` is odd there is one
 * more of a and of c; c has room for whole panels.
 */
export function multiplyPacked(
  rows: i32,
  depth: i32,
  columns: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  const length = blockDepth(depth);
  const even = (rows + 1) & ~1;
  for (let j = 0; j < columns; j += PANEL_COLUMNS) {
    for (let p = 0; p < depth; p += length) {
      const at = a + (<usize>p << 2);
      multiplyRows(even, min(length, depth - p), at, aRow, panel + (<usize>p << 6), 0, c, cRow, accumulate || p > 0);
    }
    panel += <usize>depth << 6;
    c += PANEL_COLUMNS << 2;
  }
}

/** c += a · packed columns, row by row times `scales` where these are not 0; `products` has room for them, as c has. */
export function addPacked(
  rows: i32,
  depth: i32,
  columns: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  scales: usize,
  products: usize,
): void {
  if (!scales) {
    multiplyPacked(rows, depth, columns, a, aRow, panel, c, cRow, true);
    return;
  }
  multiplyPacked(rows, depth, columns, a, aRow, panel, products, cRow, false);
  for (let at: usize = 0, end = <usize>rows * cRow; at < end; at += cRow) {
    multiplyFloats(products + at, scales + at, products + at, columns);
    addFloats(products + at, c + at, columns);
  }
}
