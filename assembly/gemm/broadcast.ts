// Products with enough columns that it pays to pack both matrices. Blocks of b are packed into panels of eight columns
// and stay in L2; four rows of a at a time are packed into L1, each number broadcast to four lanes, and multiplied by all panels.
//
// What limits a tile is how many instructions a processor starts in a cycle, six on many. For every step of the
// reduction of 4 × 8 sums 16 do the arithmetic, in 4 cycles at best, 2 load b and 4 load a, which leaves room for 2 more.
// V8 folds a constant offset into a plain load, but one that repeats a number in four lanes (load32_splat) takes an
// instruction more for the address. So a is broadcast once, and every panel after that reads it with plain loads. Measured
// on Zen 4 with Node 26: 95 % of the peak in L1, where tiles that read a as it is reach 85 %.

import { addTile, broadcast4, copyRows, packWholePanels, transpose, zeroColumns } from "./pack";
import { multiplyAdd } from "./tiles";

const PANEL_COLUMNS: i32 = 8;
const TILE_ROWS: i32 = 4;
/** Bytes from row to row of a tile in the workspace. */
const TILE_ROW: usize = 64;

/** One block of the reduction of c (=|+=) start + a·b, as in packed.ts. `panels` has room for all of b behind `broadcast`. */
export function broadcastBlock(
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
  scratch: usize,
  broadcast: usize,
): void {
  const panels = broadcast + (<usize>depth << 6);
  const panelBytes = (<usize>depth + 1) << 5;
  packPanels(n, depth, b, bRow, bTransposed, start, panels, panelBytes);
  const rowStep: usize = aTransposed ? 4 : aRow;
  const step: usize = aTransposed ? aRow : 4;
  for (let i = 0; i < m; i += TILE_ROWS) {
    const rows = min(TILE_ROWS, m - i);
    const wholePanels = rows == TILE_ROWS ? n / PANEL_COLUMNS : 0;
    broadcast4(rows, depth, a, rowStep, step, broadcast);
    sweepPanels(wholePanels, depth, broadcast, panels, panelBytes, panels + 32, panelBytes, c, cRow, accumulate);
    // tiles that c has no room for
    let panel = panels + <usize>wholePanels * panelBytes;
    for (let j = wholePanels * PANEL_COLUMNS; j < n; j += PANEL_COLUMNS) {
      sweepPanels(1, depth, broadcast, panel, 0, panel + 32, 0, scratch, TILE_ROW, false);
      addTile(rows, min(PANEL_COLUMNS, n - j), scratch, c + (<usize>j << 2), cRow, accumulate);
      panel += panelBytes;
    }
    a += rowStep << 2;
    c += cRow << 2;
  }
}

/** Packs `depth` rows of b into panels, each headed by its part of `start` (or by zeros) and padded with zeros. */
export function packPanels(
  n: i32,
  depth: i32,
  b: usize,
  bRow: usize,
  bTransposed: bool,
  start: usize,
  panel: usize,
  panelBytes: usize,
): void {
  const whole = n & -PANEL_COLUMNS;
  if (!bTransposed) packWholePanels(whole, depth, b, bRow, panel + 32, panelBytes);
  for (let j = 0; j < n; j += PANEL_COLUMNS) {
    const columns = min(PANEL_COLUMNS, n - j);
    const body = panel + 32;
    if (start) copyRows(1, columns, start + (<usize>j << 2), 0, panel, 0);
    else memory.fill(panel, 0, 32);
    if (bTransposed) transpose(columns, depth, b + <usize>j * bRow, bRow, body, 32);
    else if (j == whole) copyRows(depth, columns, b + (<usize>j << 2), bRow, body, 32);
    zeroColumns(depth + 1, columns, PANEL_COLUMNS, panel);
    panel += panelBytes;
  }
}

/**
 * Four rows, broadcast, by `panelCount` panels: c goes on with the next eight columns behind every tile. The sums of a tile
 * begin with the eight numbers at `start`, those of the next `startStep` bytes further on; its b begins `panelBytes` further on.
 *
 * All of a tile fits V8's 15 vector registers even when the loads of a step come first, as the optimiser of Node 20 has
 * it: 8 sums, 2 values of b, 4 of a, one product. With 9 sums it spills. Of the exits in the middle see tiles.ts.
 */
export function sweepPanels(
  panelCount: i32,
  depth: i32,
  a: usize,
  start: usize,
  startStep: usize,
  panel: usize,
  panelBytes: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  for (; panelCount > 0; panelCount--) {
    let s00 = v128.load(start, 0);
    let s01 = v128.load(start, 16);
    let s10 = s00;
    let s11 = s01;
    let s20 = s00;
    let s21 = s01;
    let s30 = s00;
    let s31 = s01;
    let x4 = a;
    let b = panel;
    let left = depth;
    while (left > 0) {
      let b0 = v128.load(b, 0);
      let b1 = v128.load(b, 16);
      let x = v128.load(x4, 0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load(x4, 16);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load(x4, 32);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load(x4, 48);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      if (left == 1) break;
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      x = v128.load(x4, 64);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load(x4, 80);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load(x4, 96);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load(x4, 112);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      if (left == 2) break;
      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
      x = v128.load(x4, 128);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load(x4, 144);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load(x4, 160);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load(x4, 176);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      if (left == 3) break;
      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
      x = v128.load(x4, 192);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load(x4, 208);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load(x4, 224);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load(x4, 240);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      left -= 4;
      b += 128;
      x4 += 256;
    }
    if (accumulate) {
      s00 = f32x4.add(v128.load(c, 0), s00);
      s01 = f32x4.add(v128.load(c, 16), s01);
      s10 = f32x4.add(v128.load(c + cRow, 0), s10);
      s11 = f32x4.add(v128.load(c + cRow, 16), s11);
      s20 = f32x4.add(v128.load(c + 2 * cRow, 0), s20);
      s21 = f32x4.add(v128.load(c + 2 * cRow, 16), s21);
      s30 = f32x4.add(v128.load(c + 3 * cRow, 0), s30);
      s31 = f32x4.add(v128.load(c + 3 * cRow, 16), s31);
    }
    v128.store(c, s00, 0);
    v128.store(c, s01, 16);
    v128.store(c + cRow, s10, 0);
    v128.store(c + cRow, s11, 16);
    v128.store(c + 2 * cRow, s20, 0);
    v128.store(c + 2 * cRow, s21, 16);
    v128.store(c + 3 * cRow, s30, 0);
    v128.store(c + 3 * cRow, s31, 16);
    start += startStep;
    panel += panelBytes;
    c += 32;
  }
}
