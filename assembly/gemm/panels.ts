// Products with a panel, sixteen columns of a matrix of `depth` rows, against rows or columns of another matrix. V8 has 16
// vector registers: 8 sums, 4 numbers of the panel, one of a and one product fit. The exits in the middle of the loops keep
// Binaryen from fusing the steps of a sum, see tiles.ts.
import { multiplyAdd, sum2x16 } from "./tiles";

/** Bytes of a line of the cache. */
const LINE: usize = 64;

/** c[i, 0…15] (=|+=) start[0…15] + Σ_p a[i, p]·panel[p, 0…15] for an even number of rows; `start` is 0 for zeros. */
export function multiplyRows(
  rows: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  start: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  for (let i = 0; i < rows; i += 2) {
    sum2x16(depth, a, a + aRow, start != 0, start, panel, c, cRow, accumulate);
    a += aRow << 1;
    c += cRow << 1;
  }
}

/**
 * c[i, 0…15] (=|+=) start[i, 0…15] + Σ_p a[p, i]·panel[p, 0…15] for an even number of columns of a; rows of `start`, which is 0
 * for zeros, are as far apart as those of c.
 *
 * With every two columns it fetches the next `nextABytes` from nextA on, and `nextPanelBytes` from nextPanel on, where what
 * will be needed after this lies.
 */
export function multiplyColumns(
  columns: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  panelRow: usize,
  start: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
  nextA: usize,
  nextABytes: usize,
  nextPanel: usize,
  nextPanelBytes: usize,
): void {
  let endA = nextA;
  let endPanel = nextPanel;
  for (let i = 0; i < columns; i += 2) {
    endA += nextABytes;
    nextA = fetch(nextA, endA);
    endPanel += nextPanelBytes;
    nextPanel = fetch(nextPanel, endPanel);
    let a0 = a;
    let b = panel;
    let left = depth;
    let s00 = f32x4.splat(0);
    let s01 = s00;
    let s02 = s00;
    let s03 = s00;
    let s10 = s00;
    let s11 = s00;
    let s12 = s00;
    let s13 = s00;
    if (start) {
      s00 = v128.load(start, 0);
      s01 = v128.load(start, 16);
      s02 = v128.load(start, 32);
      s03 = v128.load(start, 48);
      s10 = v128.load(start + cRow, 0);
      s11 = v128.load(start + cRow, 16);
      s12 = v128.load(start + cRow, 32);
      s13 = v128.load(start + cRow, 48);
      start += 2 * cRow;
    }
    while (left > 0) {
      let b0 = v128.load(b, 0);
      let b1 = v128.load(b, 16);
      let b2 = v128.load(b, 32);
      let b3 = v128.load(b, 48);
      let x = v128.load32_splat(a0, 0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      s02 = multiplyAdd(x, b2, s02);
      s03 = multiplyAdd(x, b3, s03);
      x = v128.load32_splat(a0, 4);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      s12 = multiplyAdd(x, b2, s12);
      s13 = multiplyAdd(x, b3, s13);
      a0 += aRow;
      b += panelRow;
      if (left == 1) break;
      b0 = v128.load(b, 0);
      b1 = v128.load(b, 16);
      b2 = v128.load(b, 32);
      b3 = v128.load(b, 48);
      x = v128.load32_splat(a0, 0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      s02 = multiplyAdd(x, b2, s02);
      s03 = multiplyAdd(x, b3, s03);
      x = v128.load32_splat(a0, 4);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      s12 = multiplyAdd(x, b2, s12);
      s13 = multiplyAdd(x, b3, s13);
      a0 += aRow;
      b += panelRow;
      if (left == 2) break;
      b0 = v128.load(b, 0);
      b1 = v128.load(b, 16);
      b2 = v128.load(b, 32);
      b3 = v128.load(b, 48);
      x = v128.load32_splat(a0, 0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      s02 = multiplyAdd(x, b2, s02);
      s03 = multiplyAdd(x, b3, s03);
      x = v128.load32_splat(a0, 4);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      s12 = multiplyAdd(x, b2, s12);
      s13 = multiplyAdd(x, b3, s13);
      a0 += aRow;
      b += panelRow;
      left -= 3;
    }
    if (accumulate) {
      s00 = f32x4.add(v128.load(c, 0), s00);
      s01 = f32x4.add(v128.load(c, 16), s01);
      s02 = f32x4.add(v128.load(c, 32), s02);
      s03 = f32x4.add(v128.load(c, 48), s03);
      s10 = f32x4.add(v128.load(c + cRow, 0), s10);
      s11 = f32x4.add(v128.load(c + cRow, 16), s11);
      s12 = f32x4.add(v128.load(c + cRow, 32), s12);
      s13 = f32x4.add(v128.load(c + cRow, 48), s13);
    }
    v128.store(c, s00, 0);
    v128.store(c, s01, 16);
    v128.store(c, s02, 32);
    v128.store(c, s03, 48);
    v128.store(c + cRow, s10, 0);
    v128.store(c + cRow, s11, 16);
    v128.store(c + cRow, s12, 32);
    v128.store(c + cRow, s13, 48);
    a += 8;
    c += 2 * cRow;
  }
}

/**
 * Loads a number of each line of the cache from `at` to `end` and returns where the next line begins. WebAssembly cannot say
 * that memory will be needed, and a load that has to wait holds up what is computed behind it. But a few lines now and then,
 * always the next ones, are what processors take for a stream, and they soon find them there already.
 */
// @ts-ignore: decorator
@inline
function fetch(at: usize, end: usize): usize {
  for (; at < end; at += LINE) load<u8>(at);
  return at;
}
