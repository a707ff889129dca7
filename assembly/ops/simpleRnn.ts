// The simplest recurrent layer over whole sequences. z = x·W + b has been computed for all steps; from step to step:
//
//   h = φ(z_t + (d⊙h)·U)        z [batch, time, units]   u [units, units]   y [batch, time, units], or the last h
//   dz_t = dh⊙φ'                dh_before = d⊙(dz_t·Uᵀ)                     du = Σ_t (d⊙h_before)ᵀ·dz_t
//
// Threads share the samples, as those of lstm.ts.
import { Step } from "../executor/program";
import { shareEnd, shareStart, synchronize, workspaceOf } from "../executor/threads";
import { gemmTN } from "../gemm/gemm";
import { activateSums, multiplySlopes } from "../recurrent/activate";
import { addPacked, multiplyPacked, packColumns, packedBytes, packRows, roundUp16, ROWS } from "../recurrent/product";
import {
  addFloats,
  copyFloats,
  dropoutScales,
  dropStates,
  firstSteps,
  loadStates,
  multiplyFloats,
  outputAt,
  storeStates,
  zeroFloats,
} from "../recurrent/steps";
import { deriveKey } from "../simd/random";

// @ts-ignore: decorator
@unmanaged
class SimpleRnnRow {
  forward: u32;
  backward: u32;
  z: usize;
  dz: usize;
  addDz: i32;
  u: usize;
  du: usize;
  addDu: i32;
  h0: usize;
  dh0: usize;
  addDh0: i32;
  y: usize;
  dy: usize;
  h: usize;
  dh: usize;
  mask: usize;
  gates: usize;
  hidden: usize;
  workspace: usize;
  batch: i32;
  time: i32;
  units: i32;
  backwards: i32;
  sequences: i32;
  zeros: i32;
  activation: i32;
  seed: i32;
  stream: i32;
  rate: f64;
  option: f64;
}

export function simpleRnnForward(row: usize, step: usize): void {
  const r = changetype<SimpleRnnRow>(row);
  const first = shareStart(r.batch, 2);
  const end = shareEnd(r.batch, 2);
  if (first >= end) return;
  const panels = workspaceOf(r.workspace);
  packColumns(r.units, r.units, r.u, <usize>r.units << 2, panels);
  const scratch = panels + packedBytes(r.units, r.units);
  const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
  for (let i = first; i < end; i += ROWS) forwardSamples(r, key, i, min(ROWS, end - i), panels, scratch);
}

/** Some samples through all of time. */
function forwardSamples(r: SimpleRnnRow, key: u32, first: i32, rows: i32, panels: usize, scratch: usize): void {
  const units = r.units;
  const time = r.time;
  const width = <usize>units << 2;
  const option = <f32>r.option;
  const stride = <usize>roundUp16(units) << 2;
  const states = <usize>ROWS * stride;
  const h = scratch;
  const scales = h + states;
  const dropped = scales + states;
  const products = dropped + states;
  const begins = products + states;

  loadStates(r.h0, first, rows, units, h, stride);
  const drops = r.rate > 0;
  if (drops) dropoutScales(key, r.rate, first, rows, units, scales, stride);
  if (rows & 1) zeroFloats((drops ? dropped : h) + <usize>rows * stride, units);
  firstSteps(r.mask, first, rows, time, r.backwards != 0, begins);

  for (let s = 0; s < time; s++) {
    const t = r.backwards ? time - 1 - s : s;
    if (drops) for (let i: usize = 0; i < <usize>rows; i++) {
      multiplyFloats(h + i * stride, scales + i * stride, dropped + i * stride, units);
    }
    multiplyPacked(rows, units, units, drops ? dropped : h, stride, panels, products, stride, false);
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const hAt = h + <usize>i * stride;
      if (r.hidden) copyFloats(hAt, r.hidden + place * width, units);
      const counts = !r.mask || load<f32>(r.mask + (place << 2)) != 0;
      if (counts) {
        activateSums(r.activation, option, r.z + place * width, products + <usize>i * stride, hAt, units);
        if (r.gates) copyFloats(hAt, r.gates + place * width, units);
      }
      const y = outputAt(r.y, r.sequences, first + i, time, s, units);
      if (!y) continue;
      if (r.zeros ? counts : s >= load<i32>(begins + (<usize>i << 2))) copyFloats(hAt, y, units);
      else zeroFloats(y, units);
    }
  }
  storeStates(h, stride, first, rows, units, r.h, false);
}

export function simpleRnnBackward(row: usize, step: usize): void {
  const r = changetype<SimpleRnnRow>(row);
  const units = r.units;
  const first = shareStart(r.batch, 2);
  const end = shareEnd(r.batch, 2);
  const workspace = workspaceOf(r.workspace);
  if (first < end) {
    packRows(units, units, r.u, <usize>units << 2, workspace);
    const scratch = workspace + packedBytes(units, units);
    const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
    for (let i = first; i < end; i += ROWS) backwardSamples(r, key, i, min(ROWS, end - i), workspace, scratch);
  }
  if (!synchronize() || !r.du) return;
  gemmTN(units, units, r.batch * r.time, r.hidden, units, r.gates, units, r.du, units, r.addDu != 0, workspace);
}

/** Some samples back through all of time. */
function backwardSamples(r: SimpleRnnRow, key: u32, first: i32, rows: i32, panels: usize, scratch: usize): void {
  const units = r.units;
  const time = r.time;
  const width = <usize>units << 2;
  const stride = <usize>roundUp16(units) << 2;
  const states = <usize>ROWS * stride;
  const dh = scratch;
  const scales = dh + states;
  const products = scales + states;
  const gradients = products + states;
  const begins = gradients + states;

  loadStates(r.dh, first, rows, units, dh, stride);
  const drops = r.rate > 0;
  if (drops) dropoutScales(key, r.rate, first, rows, units, scales, stride);
  if (rows & 1) zeroFloats(gradients + <usize>rows * stride, units);
  firstSteps(r.mask, first, rows, time, r.backwards != 0, begins);

  for (let s = time - 1; s >= 0; s--) {
    const t = r.backwards ? time - 1 - s : s;
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const dhAt = dh + <usize>i * stride;
      const d = gradients + <usize>i * stride;
      const counts = !r.mask || load<f32>(r.mask + (place << 2)) != 0;
      const dy = r.dy ? outputAt(r.dy, r.sequences, first + i, time, s, units) : 0;
      if (dy && (r.zeros ? counts : s >= load<i32>(begins + (<usize>i << 2)))) addFloats(dy, dhAt, units);
      const gates = r.gates + place * width;
      if (counts) {
        copyFloats(dhAt, d, units);
        multiplySlopes(r.activation, <f32>r.option, gates, d, units);
        // What comes from the step before is the product below.
        zeroFloats(dhAt, units);
      } else zeroFloats(d, units);
      copyFloats(d, gates, units);
      if (!r.dz) continue;
      if (r.addDz) addFloats(d, r.dz + place * width, units);
      else copyFloats(d, r.dz + place * width, units);
    }
    addPacked(rows, units, units, gradients, stride, panels, dh, stride, drops ? scales : 0, products);
  }
  storeStates(dh, stride, first, rows, units, r.dh0, r.addDh0 != 0);
  if (drops) dropStates(r.hidden, first, rows, time, units, scales, stride);
}
