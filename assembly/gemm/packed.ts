// Products of packed blocks, after Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a
// block of b is packed into panels of sixteen columns that fit L1, rows of a pass by from L2, tiles of c are summed in
// registers.

import { addTile, copyRows, copyRows16, transpose, zeroColumns } from "./pack";
import { broadcastBlock } from "./broadcast";
import { tile2x12, tile2x16, tile4x16, tile4x4, tile4x8 } from "./tiles";
import { hasWideVectors } from "../simd/wideVectors";

/** Longest block of the reduction: a panel of 16 columns takes 17 kB of L1, and so do four rows of a, broadcast. */
export const MAX_DEPTH: i32 = 264;
/** Columns of b packed at a time: 540 kB of L2. */
export const MAX_COLUMNS: i32 = 512;
/** The same of bᵀ for fewer than so many rows of a, which are quickly through with a panel: less memory in the same time. */
export const FEW_ROWS_COLUMNS: i32 = 128;
export const MANY_ROWS: i32 = 9;
/** Rows of a that pass every panel before the next rows do: 135 kB of L2. */
export const MAX_ROWS: i32 = 128;
export const PANEL_COLUMNS: i32 = 16;
/** From this many columns on, broadcasting a costs less than it saves; where a would be transposed instead, from fewer on. */
const BROADCAST_COLUMNS: i32 = 96;
const BROADCAST_TRANSPOSED_COLUMNS: i32 = 64;
/** Bytes from row to row of a tile in the workspace. */
const TILE_ROW: usize = 64;
const TILE_BYTES: usize = 16 * TILE_ROW;
/** The workspace begins with room for two tiles. */
export const TILES_BYTES: usize = 2 * TILE_BYTES;

// @ts-ignore: decorator
@inline
export function roundUp(count: i32, multiple: i32): i32 {
  return (count + multiple - 1) & -multiple;
}

/** One block of the reduction of c (=|+=) start + a·b, either of them transposed, `start` a row of n floats or 0. */
export function packedBlock(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aTransposed: bool,
  b: usize,
  bRow: usize,
  bTransposed: bool,
  c: usize,
  cRow: usize,
  start: usize,
  accumulate: bool,
  workspace: usize,
): void {
  const most = bTransposed && m < MANY_ROWS ? FEW_ROWS_COLUMNS : MAX_COLUMNS;
  const panels = workspace + TILES_BYTES;
  const aCopy = panels + (<usize>((depth + 1) * roundUp(min(n, most), PANEL_COLUMNS)) << 2);
  for (let j = 0; j < n; j += most) {
    const columns = min(most, n - j);
    const bAt = b + <usize>j * (bTransposed ? bRow : 4);
    const startAt = start ? start + (<usize>j << 2) : 0;
    if (n >= (aTransposed ? BROADCAST_TRANSPOSED_COLUMNS : BROADCAST_COLUMNS) && !hasWideVectors()) {
      const cAt = c + (<usize>j << 2);
      broadcastBlock(
        m, columns, depth, a, aRow, aTransposed, bAt, bRow, bTransposed, cAt, cRow, startAt, accumulate, workspace, panels,
      );
      continue;
    }
    packPanels(columns, depth, bAt, bRow, bTransposed, startAt, panels);
    for (let i = 0; i < m; i += MAX_ROWS) {
      const rows = min(MAX_ROWS, m - i);
      const cAt = c + <usize>i * cRow + (<usize>j << 2);
      if (aTransposed) {
        const copyRow = <usize>depth << 2;
        transpose(depth, rows, a + (<usize>i << 2), aRow, aCopy, copyRow);
        sweepPanels(rows, columns, depth, aCopy, copyRow, panels, cAt, cRow, accumulate, workspace);
      } else {
        sweepPanels(rows, columns, depth, a + <usize>i * aRow, aRow, panels, cAt, cRow, accumulate, workspace);
      }
    }
  }
}

/**
 * One block of the reduction of c (=|+=) aᵀ·b for 1 ≤ n ≤ 16 ≤ m, computed as cᵀ = bᵀ·a: so a, by far the larger
 * one, is read along its rows and no lane of a panel is left empty.
 */
export function packedNarrowBlock(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
  workspace: usize,
): void {
  const transposedTile = workspace + TILE_BYTES;
  const panel = workspace + TILES_BYTES;
  const bCopy = panel + (<usize>((depth + 1) * PANEL_COLUMNS) << 2);
  const copyRow = <usize>depth << 2;
  transpose(depth, n, b, bRow, bCopy, copyRow);
  for (let i = 0; i < m; i += PANEL_COLUMNS) {
    const rows = min(PANEL_COLUMNS, m - i);
    packPanels(rows, depth, a + (<usize>i << 2), aRow, false, 0, panel);
    sweepPanels(n, rows, depth, bCopy, copyRow, panel, transposedTile, TILE_ROW, false, workspace);
    transpose(roundUp(n, 4), PANEL_COLUMNS, transposedTile, TILE_ROW, workspace, TILE_ROW);
    addTile(rows, n, workspace, c + <usize>i * cRow, cRow, accumulate);
  }
}

/** Packs `depth` rows of b into panels, each headed by its part of `start` (or by zeros) and padded with zeros. */
function packPanels(
  n: i32,
  depth: i32,
  b: usize,
  bRow: usize,
  bTransposed: bool,
  start: usize,
  panel: usize,
): void {
  for (let j = 0; j < n; j += PANEL_COLUMNS) {
    const columns = min(PANEL_COLUMNS, n - j);
    const width = roundUp(columns, 4);
    const panelRow = <usize>width << 2;
    const body = panel + panelRow;
    if (start) copyRows(1, columns, start + (<usize>j << 2), 0, panel, 0);
    else for (let at: usize = 0; at < panelRow; at += 16) v128.store(panel + at, f32x4.splat(0));
    if (bTransposed) transpose(columns, depth, b + <usize>j * bRow, bRow, body, panelRow);
    else if (columns == PANEL_COLUMNS) copyRows16(depth, b + (<usize>j << 2), bRow, body);
    else copyRows(depth, columns, b + (<usize>j << 2), bRow, body, panelRow);
    zeroColumns(depth + 1, columns, width, panel);
    panel = body + <usize>depth * panelRow;
  }
}

/** Every panel against every row of a. Tiles that c has no room for are computed in `scratch`. */
function sweepPanels(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
  scratch: usize,
): void {
  const isWide = hasWideVectors();
  for (let j = 0; j < n; j += PANEL_COLUMNS) {
    const columns = min(PANEL_COLUMNS, n - j);
    const width = roundUp(columns, 4);
    const height = width <= 8 || (isWide && width == 16) ? 4 : 2;
    for (let i = 0; i < m; i += height) {
      const rows = min(height, m - i);
      const aAt = a + <usize>i * aRow;
      const cAt = c + <usize>i * cRow + (<usize>j << 2);
      const whole = rows == height && columns == width;
      const target = whole ? cAt : scratch;
      const targetRow = whole ? cRow : TILE_ROW;
      const adds = whole && accumulate;
      if (width == 16 && isWide) tile4x16(rows, depth, aAt, aRow, panel, target, targetRow, adds);
      else if (width == 16) tile2x16(rows, depth, aAt, aRow, panel, target, targetRow, adds);
      else if (width == 12) tile2x12(rows, depth, aAt, aRow, panel, target, targetRow, adds);
      else if (width == 8) tile4x8(rows, depth, aAt, aRow, panel, target, targetRow, adds);
      else tile4x4(rows, depth, aAt, aRow, panel, target, targetRow, adds);
      if (!whole) addTile(rows, columns, scratch, cAt, cRow, accumulate);
    }
    panel += <usize>((depth + 1) * width) << 2;
  }
}
