// Matrix products in three forms, float32, row-major, any size from 1, any row strides:
//
//   gemmNN   c (=|+=) a·b + bias    a [m, k]   b [k, n]     forward: a = x, b = w
//   gemmTN   c (=|+=) aᵀ·b          a [k, m]   b [k, n]     weight gradient: a = x, b = dy, k = batch
//   gemmNT   c (=|+=) a·bᵀ          a [m, k]   b [n, k]     input gradient: a = dy, b = w
//
// `product` and `multiply` take aᵀ·bᵀ, too: a [k, m], b [n, k].
//
// The reduction is cut into blocks that depend on k alone. Within a block an element is the sum of its products from
// first to last, each rounded, starting from bias in the first block and from 0 in the others; blocks are added to c
// in order. Every path below keeps this order, so the bits of an element do not depend on m, on n, on its place in c
// or on the number of threads. (One exception, chosen by n and k alone: dotRows.)
//
// A reduction of more than SEGMENT numbers is cut into segments of as many, and these into blocks of SHORT_DEPTH. The blocks
// of a segment are added up on their own, and what rounding loses when c takes their sum goes into the next segment. So the
// error does not grow with k: it stays below 10⁻⁶ of the sum of magnitudes.
//
// Products have so many parameters rather than a descriptor in the workspace: that one, measured with its fields in locals, takes
// up to 16 % longer for products of 32 to 256 multiplications, 17 to 49 % for a·bᵀ of 32 to 64 (Zen 4, Node 20). With
// positions up to `addSegments` and a descriptor from there on, all are as fast, but the smallest build grows by 0.2 kB.
//
// packed.ts holds the products that are large enough for packing, skinny.ts the others.

import { copyRows } from "./pack";
import {
  FEW_ROWS_COLUMNS,
  MANY_ROWS,
  MAX_COLUMNS,
  MAX_DEPTH,
  MAX_ROWS,
  PANEL_COLUMNS,
  packedBlock,
  packedNarrowBlock,
  roundUp,
  TILES_BYTES,
} from "./packed";
import { carry } from "../loops/reduce";
import { dotRows, elementByElement, rowByRow, rowsOfLarge } from "./skinny";
import { isFirstThread, shareEnd, shareStart } from "../executor/threads";

/** Products of at most this many multiplications are not worth packing. */
const SMALL: i64 = 512;
/** Fewer rows than this do not repay the packing of b. */
const FEW_ROWS: i32 = 4;
/** A matrix b of at least so many numbers in a segment, at least so many of them in a row, is not expected in a cache: 1 MB. */
const LARGE_ELEMENTS: i64 = 262144;
const LARGE_COLUMNS: i32 = 256;
/** From this many columns on, threads share columns rather than rows, if there are as many of them. */
const MANY_COLUMNS: i32 = 128;
/** Numbers of a reduction whose blocks are added up on their own. */
export const SEGMENT: i32 = 1024;
/**
 * Length of the blocks of a reduction that has several segments. Where all products are the same number, rounding errs to one
 * side: by up to 7.7·10⁻⁷ of the sum of so many, with the sums of blocks 8.9·10⁻⁷ (64 would reach 1.1·10⁻⁶, 128 2·10⁻⁶).
 */
export const SHORT_DEPTH: i32 = 48;
/** The same where four lanes share the numbers of a block (dotRows). */
const SHORT_DOT_DEPTH: i32 = 4 * SHORT_DEPTH;
/** Elements of c at a time where there are several segments: 256 kB of L2. */
const PART_ELEMENTS: i32 = 65536;
/** Shortest reduction for which one column is computed by dotRows. */
const DOT_DEPTH: i32 = 16;

/** c (=|+=) a·b + bias; a [m, k], b [k, n], bias [n] or 0, strides in elements. `workspace`: gemmWorkspaceBytes(m, n, k). */
export function gemmNN(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  c: usize,
  ldc: i32,
  bias: usize,
  add: bool,
  workspace: usize,
): void {
  product(m, n, k, a, lda, false, b, ldb, false, c, ldc, bias, add, workspace);
}

/** c (=|+=) aᵀ·b; a [k, m], b [k, n], strides in elements. `workspace`: gemmWorkspaceBytes(m, n, k). */
export function gemmTN(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  c: usize,
  ldc: i32,
  add: bool,
  workspace: usize,
): void {
  product(m, n, k, a, lda, true, b, ldb, false, c, ldc, 0, add, workspace);
}

/** c (=|+=) a·bᵀ; a [m, k], b [n, k], strides in elements. `workspace`: gemmWorkspaceBytes(m, n, k). */
export function gemmNT(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  c: usize,
  ldc: i32,
  add: bool,
  workspace: usize,
): void {
  product(m, n, k, a, lda, false, b, ldb, true, c, ldc, 0, add, workspace);
}

/**
 * Bytes of workspace a thread needs for a product of any form, at most 950,000: with d = min(k, 264),
 * 2048 + 4·(d + 1)·roundUp(min(n, 512), 16) + 4·d·max(16, min(m, 128)), and with k above 1024 as many as
 * min(m·min(n, 512), 65536) elements of c take. With m below 9, gemmNT takes no more for any n than for 128.
 */
export function gemmWorkspaceBytes(m: i32, n: i32, k: i32): i32 {
  const part = k > SEGMENT ? min(<i64>m * min(n, MAX_COLUMNS), PART_ELEMENTS) : 0;
  return blockWorkspaceBytes(m, n, k) + 4 * <i32>part;
}

/** The same without what several segments take. */
function blockWorkspaceBytes(m: i32, n: i32, k: i32): i32 {
  const depth = min(k, MAX_DEPTH);
  const columns = roundUp(min(n, MAX_COLUMNS), PANEL_COLUMNS);
  return <i32>TILES_BYTES + 4 * (depth + 1) * columns + 4 * depth * max(PANEL_COLUMNS, min(m, MAX_ROWS));
}

/** Length of the blocks into which a reduction of one segment is cut, nearly equal ones. */
export function blockDepth(k: i32): i32 {
  if (k <= MAX_DEPTH) return k;
  const blocks = (k + MAX_DEPTH - 1) / MAX_DEPTH;
  return roundUp((k + blocks - 1) / blocks, 4);
}

// @ts-ignore: decorator
@inline
function isSmall(m: i32, n: i32, k: i32): bool {
  return <i64>m * n * k <= SMALL;
}

/** Whether b is a vector that is worth a path of its own. */
// @ts-ignore: decorator
@inline
function isOneColumn(n: i32, k: i32, aTransposed: bool, ldc: i32, bias: usize): bool {
  return n == 1 && (aTransposed ? ldc == 1 && !bias : k >= DOT_DEPTH);
}

/** Any of the forms on the calling thread alone, for kernels that share their work in another way. The same bits. */
export function multiply(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  aTransposed: bool,
  b: usize,
  ldb: i32,
  bTransposed: bool,
  c: usize,
  ldc: i32,
  bias: usize,
  add: bool,
  workspace: usize,
): void {
  const small = isSmall(m, n, k);
  const oneColumn = isOneColumn(n, k, aTransposed, ldc, bias);
  addSegments(m, n, k, a, lda, aTransposed, b, ldb, bTransposed, c, ldc, bias, add, small, oneColumn, workspace);
}

/** Any of the forms: finds this thread's share of c and computes that. */
export function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  aTransposed: bool,
  b: usize,
  ldb: i32,
  bTransposed: bool,
  c: usize,
  ldc: i32,
  bias: usize,
  add: bool,
  workspace: usize,
): void {
  const small = isSmall(m, n, k);
  const oneColumn = isOneColumn(n, k, aTransposed, ldc, bias);
  let rows = m;
  let columns = n;
  if (small) {
    if (!isFirstThread()) return;
    // In one block: what looks for segments and blocks would take as long as the product.
    if (!oneColumn && k <= MAX_DEPTH) {
      const aRow = (<usize>lda) << 2;
      const bRow = (<usize>ldb) << 2;
      const cRow = (<usize>ldc) << 2;
      const aDown = aTransposed ? <usize>4 : aRow;
      const aStep = aTransposed ? aRow : <usize>4;
      // With a reduction of one a column is as good as a row.
      if (!bTransposed || (k == 1 && ldb == 1)) {
        rowByRow(m, n, k, a, aDown, aStep, b, bRow, c, cRow, bias, add, workspace);
      } else elementByElement(m, n, k, a, aDown, aStep, b, bRow, c, cRow, bias, add);
      return;
    }
  } else if (n >= MANY_COLUMNS && m <= n) {
    // Each packs its own part of b, the larger matrix, and what it needs of a is read by all.
    const j = shareStart(n, PANEL_COLUMNS);
    columns = shareEnd(n, PANEL_COLUMNS) - j;
    b += <usize>(bTransposed ? j * ldb : j) << 2;
    c += (<usize>j) << 2;
    if (bias) bias += (<usize>j) << 2;
  } else {
    const i = shareStart(m, 4);
    rows = shareEnd(m, 4) - i;
    a += <usize>(aTransposed ? i : i * lda) << 2;
    c += <usize>(i * ldc) << 2;
  }
  if (rows <= 0 || columns <= 0) return;
  addSegments(rows, columns, k, a, lda, aTransposed, b, ldb, bTransposed, c, ldc, bias, add, small, oneColumn, workspace);
}

/** Adds one segment of the reduction after the other. */
function addSegments(
  rows: i32,
  columns: i32,
  k: i32,
  a: usize,
  lda: i32,
  aTransposed: bool,
  b: usize,
  ldb: i32,
  bTransposed: bool,
  c: usize,
  ldc: i32,
  bias: usize,
  add: bool,
  small: bool,
  oneColumn: bool,
  workspace: usize,
): void {
  if (k <= SEGMENT) {
    addBlocks(
      rows, columns, k, a, lda, aTransposed, b, ldb, bTransposed, c, ldc, bias, add, small, oneColumn, blockDepth(k),
      workspace,
    );
    return;
  }
  const width = min(columns, bTransposed && rows < MANY_ROWS ? FEW_ROWS_COLUMNS : MAX_COLUMNS);
  const height = min(rows, PART_ELEMENTS / width);
  const part = workspace + blockWorkspaceBytes(height, width, k);
  const partRow = <usize>width << 2;
  const cRow = <usize>ldc << 2;
  for (let j = 0; j < columns; j += width) {
    const across = min(width, columns - j);
    const bAt = b + (<usize>(bTransposed ? j * ldb : j) << 2);
    const start = bias ? bias + (<usize>j << 2) : 0;
    for (let i = 0; i < rows; i += height) {
      const down = min(height, rows - i);
      const aAt = a + (<usize>(aTransposed ? i : i * lda) << 2);
      const cAt = c + <usize>i * cRow + (<usize>j << 2);
      for (let p = 0; p < k; p += SEGMENT) {
        addBlocks(
          down, across, min(SEGMENT, k - p), aAt + (<usize>(aTransposed ? p * lda : p) << 2), lda, aTransposed,
          bAt + (<usize>(bTransposed ? p : p * ldb) << 2), ldb, bTransposed, part, width, p ? 0 : start, p > 0, small,
          oneColumn, oneColumn && !aTransposed ? SHORT_DOT_DEPTH : SHORT_DEPTH, workspace,
        );
        carry(down, across, part, partRow, cAt, cRow, add || p > 0);
      }
    }
  }
}

/** Adds one block of a segment after the other. */
function addBlocks(
  rows: i32,
  columns: i32,
  k: i32,
  a: usize,
  lda: i32,
  aTransposed: bool,
  b: usize,
  ldb: i32,
  bTransposed: bool,
  c: usize,
  ldc: i32,
  bias: usize,
  add: bool,
  small: bool,
  oneColumn: bool,
  length: i32,
  workspace: usize,
): void {
  const aRow = (<usize>lda) << 2;
  const bRow = (<usize>ldb) << 2;
  const cRow = (<usize>ldc) << 2;
  const aStep = aTransposed ? aRow : <usize>4;
  const bStep = bTransposed ? <usize>4 : bRow;
  // Small builds do without: what they run is small.
  const isLarge =
    ASC_SHRINK_LEVEL == 0 &&
    !bTransposed &&
    rows < FEW_ROWS &&
    columns >= LARGE_COLUMNS &&
    <i64>columns * k >= LARGE_ELEMENTS;
  for (let p = 0; p < k; p += length) {
    const depth = min(length, k - p);
    const start = p ? <usize>0 : bias;
    const accumulate = add || p > 0;
    if (oneColumn) {
      columnBlock(rows, depth, a, aRow, aTransposed, b, bStep, c, cRow, start, accumulate, workspace);
    } else if (isLarge) {
      const aDown = aTransposed ? <usize>4 : aRow;
      rowsOfLarge(rows, columns, depth, a, aDown, aStep, b, bRow, c, cRow, start, accumulate, workspace);
    } else if (!bTransposed && (small || rows < FEW_ROWS)) {
      rowByRow(rows, columns, depth, a, aTransposed ? 4 : aRow, aStep, b, bRow, c, cRow, start, accumulate, workspace);
    } else if (small) {
      elementByElement(rows, columns, depth, a, aTransposed ? 4 : aRow, aStep, b, bRow, c, cRow, start, accumulate);
    } else if (aTransposed && !bTransposed && !start && columns <= PANEL_COLUMNS && rows >= PANEL_COLUMNS) {
      packedNarrowBlock(rows, columns, depth, a, aRow, b, bRow, c, cRow, accumulate, workspace);
    } else {
      packedBlock(
        rows,
        columns,
        depth,
        a,
        aRow,
        aTransposed,
        b,
        bRow,
        bTransposed,
        c,
        cRow,
        start,
        accumulate,
        workspace,
      );
    }
    a += <usize>depth * aStep;
    b += <usize>depth * bStep;
  }
}

/** One block of a product with one column: b is a vector. */
function columnBlock(
  m: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aTransposed: bool,
  b: usize,
  bStep: usize,
  c: usize,
  cRow: usize,
  start: usize,
  accumulate: bool,
  workspace: usize,
): void {
  if (aTransposed) {
    // cᵀ = bᵀ·a, a product with one row
    rowByRow(1, m, depth, b, 0, bStep, a, aRow, c, 0, 0, accumulate, workspace);
    return;
  }
  if (bStep != 4) {
    copyRows(depth, 1, b, bStep, workspace, 4);
    b = workspace;
  }
  dotRows(m, depth, a, aRow, b, c, cRow, start ? load<f32>(start) : 0, accumulate);
}
