// Products of up to four rows with packed panels: the step in which attention goes through its queries. All share the tiles of
// gemm/broadcast.ts.
import { sweepPanels } from "../gemm/broadcast";
import { addTile } from "../gemm/pack";

/** Bytes from row to row of a tile in the scratch memory. */
const TILE_ROW: usize = 64;
/** Scratch memory of `multiplyFourRows`. */
export const SCRATCH_BYTES: usize = 4 * TILE_ROW;

/**
 * c (=|+=) a·b, a [rows, depth] as `broadcast4` lays it out, b [depth, n] in panels of eight columns, `panelBytes` apart, where
 * the rows to begin with are. `zeros`: 32 bytes of zeros.
 */
export function multiplyFourRows(
  rows: i32,
  n: i32,
  depth: i32,
  a: usize,
  zeros: usize,
  panel: usize,
  panelBytes: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
  scratch: usize,
): void {
  const whole = rows == 4 ? n >> 3 : 0;
  sweepPanels(whole, depth, a, zeros, 0, panel, panelBytes, c, cRow, accumulate);
  panel += <usize>whole * panelBytes;
  for (let j = whole << 3; j < n; j += 8) {
    sweepPanels(1, depth, a, zeros, 0, panel, 0, scratch, TILE_ROW, false);
    addTile(rows, min(8, n - j), scratch, c + (<usize>j << 2), cRow, accumulate);
    panel += panelBytes;
  }
}
