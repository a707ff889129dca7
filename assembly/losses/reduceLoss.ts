// The end of every loss: one number a row becomes the loss of the step.
//
//   loss += scale · Σ_i x_i·weight_⌊i / rowsPerWeight⌋      dx_i = scale · weight_⌊i / rowsPerWeight⌋
//   own += [ownScale · the same sum, rows / rowsPerSample]
//
// The sum is taken in float64 from the first row to the last, so that it is the same for any number of threads.
import { isFirstThread, shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ReduceLossRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  weight: usize;
  loss: usize;
  own: usize;
  rows: i32;
  rowsPerSample: i32;
  rowsPerWeight: i32;
  scale: f64;
  ownScale: f64;
}

export function reduceLossForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ReduceLossRow>(row);
  const weightBytes = (<usize>r.rowsPerWeight) << 2;
  let x = r.x;
  let weight = r.weight;
  const end = x + ((<usize>r.rows) << 2);
  let sum: f64 = 0;
  while (x < end) {
    const factor: f64 = weight ? load<f32>(weight) : 1;
    for (const next = x + weightBytes; x < next; x += 4) sum += <f64>load<f32>(x) * factor;
    if (weight) weight += 4;
  }
  store<f64>(r.loss, load<f64>(r.loss) + r.scale * sum);
  const own = r.own;
  if (!own) return;
  store<f64>(own, load<f64>(own) + r.ownScale * sum);
  store<f64>(own, load<f64>(own, 8) + <f64>(r.rows / r.rowsPerSample), 8);
}

export function reduceLossBackward(row: usize, step: usize): void {
  const r = changetype<ReduceLossRow>(row);
  const rowsPerWeight = r.rowsPerWeight;
  const weightBytes = (<usize>rowsPerWeight) << 2;
  const weights = r.rows / rowsPerWeight;
  const scale = r.scale;
  const add = r.addDx;
  const weight = r.weight;
  const end = shareEnd(weights, 16);
  let i = shareStart(weights, 16);
  let dx = r.dx + <usize>i * weightBytes;
  for (; i < end; i++) {
    const factor: f64 = weight ? load<f32>(weight + ((<usize>i) << 2)) : 1;
    const gradient = <f32>(scale * factor);
    for (const next = dx + weightBytes; dx < next; dx += 4) {
      store<f32>(dx, add ? load<f32>(dx) + gradient : gradient);
    }
  }
}
