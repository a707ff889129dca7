// The end of a loss of an output with a mask: rows whose mask is 0 count nowhere.
//
//   m_i = [mask_⌊i / rowsPerMask⌋ ≠ 0]        f = rows / Σ m_i with isMean (0 where that is 0), else 1
//   loss += f·scale · Σ_i m_i·x_i·weight_⌊i / rowsPerWeight⌋        dx_i = f·scale·m_i·weight_⌊i / rowsPerWeight⌋
//   own += [f·ownScale · the same sum, rows / rowsPerSample]
//
// The sum is taken in float64 from the first row to the last, so that it is the same for any number of threads. Each thread counts
// the valid rows for itself: whole numbers, the same for all.
import { isFirstThread, shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ReduceMaskedLossRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  mask: usize;
  weight: usize;
  loss: usize;
  own: usize;
  rows: i32;
  rowsPerSample: i32;
  rowsPerWeight: i32;
  rowsPerMask: i32;
  isMean: i32;
  scale: f64;
  ownScale: f64;
}

/** How many rows there are for each valid one, 0 where none is; 1 for a sum. */
function factorOf(r: ReduceMaskedLossRow): f64 {
  if (!r.isMean) return 1;
  const rowsPerMask = r.rowsPerMask;
  const rows = r.rows;
  let mask = r.mask;
  let valid = 0;
  for (let i = 0; i < rows; i += rowsPerMask) {
    if (load<f32>(mask) != 0) valid += rowsPerMask;
    mask += 4;
  }
  return valid ? <f64>rows / <f64>valid : 0;
}

export function reduceMaskedLossForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ReduceMaskedLossRow>(row);
  const rows = r.rows;
  const weight = r.weight;
  let sum: f64 = 0;
  for (let i = 0; i < rows; i++) {
    // A loss at a masked row may be anything, NaN included.
    if (load<f32>(r.mask + ((<usize>(i / r.rowsPerMask)) << 2)) == 0) continue;
    const factor: f64 = weight ? load<f32>(weight + ((<usize>(i / r.rowsPerWeight)) << 2)) : 1;
    sum += <f64>load<f32>(r.x + ((<usize>i) << 2)) * factor;
  }
  const factor = factorOf(r);
  store<f64>(r.loss, load<f64>(r.loss) + factor * r.scale * sum);
  const own = r.own;
  if (!own) return;
  store<f64>(own, load<f64>(own) + factor * r.ownScale * sum);
  store<f64>(own, load<f64>(own, 8) + <f64>(rows / r.rowsPerSample), 8);
}

export function reduceMaskedLossBackward(row: usize, step: usize): void {
  const r = changetype<ReduceMaskedLossRow>(row);
  const scale = factorOf(r) * r.scale;
  const weight = r.weight;
  const add = r.addDx;
  const end = shareEnd(r.rows, 16);
  for (let i = shareStart(r.rows, 16); i < end; i++) {
    let gradient: f32 = 0;
    if (load<f32>(r.mask + ((<usize>(i / r.rowsPerMask)) << 2)) != 0) {
      const factor: f64 = weight ? load<f32>(weight + ((<usize>(i / r.rowsPerWeight)) << 2)) : 1;
      gradient = <f32>(scale * factor);
    }
    const dx = r.dx + ((<usize>i) << 2);
    store<f32>(dx, add ? load<f32>(dx) + gradient : gradient);
  }
}
