// Long short-term memory over whole sequences. z = x·W + b has been computed for all steps; from step to step:
//
//   i, f, g, o = σ, σ, φ, σ of z_t + (d⊙h)·U      z [batch, time, 4·units]   u [units, 4·units]
//   c = f⊙c + i⊙g     h = o⊙φ(c)                  y [batch, time, units], or the last h [batch, units]
//
//   do = dh⊙φ(c)   dc += dh⊙o⊙φ'(c)   di = dc⊙g   dg = dc⊙i   df = dc⊙c_before   dc_before = dc⊙f
//   dz_t = these times the slopes     dh_before = d⊙(dz_t·Uᵀ)     du = Σ_t (d⊙h_before)ᵀ·dz_t
//
// Threads share the samples: each takes its own through all of time, some at once, and nobody waits between steps. Only the
// gradient of U is one product over all steps of all samples.
import { Step } from "../executor/program";
import { shareEnd, shareStart, synchronize, workspaceOf } from "../executor/threads";
import { gemmTN } from "../gemm/gemm";
import { activate, activateSums, multiplySlopes } from "../recurrent/activate";
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
import { loadSome, storeSome } from "../simd/lanes";
import { deriveKey } from "../simd/random";

// @ts-ignore: decorator
@unmanaged
class LstmRow {
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
  c0: usize;
  dc0: usize;
  addDc0: i32;
  y: usize;
  dy: usize;
  h: usize;
  dh: usize;
  c: usize;
  dc: usize;
  mask: usize;
  gates: usize;
  hidden: usize;
  cells: usize;
  squashed: usize;
  workspace: usize;
  batch: i32;
  time: i32;
  units: i32;
  backwards: i32;
  sequences: i32;
  zeros: i32;
  activation: i32;
  recurrentActivation: i32;
  seed: i32;
  stream: i32;
  rate: f64;
  option: f64;
  recurrentOption: f64;
}

/** c = f⊙c + i⊙g of one sample; `gates` holds i f g. */
// @ts-ignore: decorator
@inline
function nextCells(gates: usize, c: usize, units: i32): void {
  const part = <usize>units << 2;
  for (let j = 0; j < units; j += 4) {
    const left = j + 4 <= units ? 0 : units - j;
    const at = gates + (<usize>j << 2);
    const cAt = c + (<usize>j << 2);
    const kept = f32x4.mul(loadSome(at + part, left), loadSome(cAt, left));
    storeSome(cAt, f32x4.add(kept, f32x4.mul(loadSome(at, left), loadSome(at + 2 * part, left))), left);
  }
}

export function lstmForward(row: usize, step: usize): void {
  const r = changetype<LstmRow>(row);
  const first = shareStart(r.batch, 2);
  const end = shareEnd(r.batch, 2);
  if (first >= end) return;
  const panels = workspaceOf(r.workspace);
  const columns = 4 * r.units;
  packColumns(r.units, columns, r.u, <usize>columns << 2, panels);
  const scratch = panels + packedBytes(r.units, columns);
  const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
  for (let i = first; i < end; i += ROWS) forwardSamples(r, key, i, min(ROWS, end - i), panels, scratch);
}

/** Some samples through all of time. */
function forwardSamples(r: LstmRow, key: u32, first: i32, rows: i32, panels: usize, scratch: usize): void {
  const units = r.units;
  const time = r.time;
  const width = <usize>units << 2;
  const kinds = r.activation;
  const gateKinds = r.recurrentActivation;
  const option = <f32>r.option;
  const gateOption = <f32>r.recurrentOption;
  const stride = <usize>roundUp16(units) << 2;
  const productStride = <usize>roundUp16(4 * units) << 2;
  const states = <usize>ROWS * stride;
  const h = scratch;
  const c = h + states;
  const scales = c + states;
  const dropped = scales + states;
  const products = dropped + states;
  const ownGates = products + <usize>ROWS * productStride;
  const flat = ownGates + productStride;
  const begins = flat + stride;

  loadStates(r.h0, first, rows, units, h, stride);
  loadStates(r.c0, first, rows, units, c, stride);
  const drops = r.rate > 0;
  if (drops) dropoutScales(key, r.rate, first, rows, units, scales, stride);
  if (rows & 1) zeroFloats((drops ? dropped : h) + <usize>rows * stride, units);
  firstSteps(r.mask, first, rows, time, r.backwards != 0, begins);

  for (let s = 0; s < time; s++) {
    const t = r.backwards ? time - 1 - s : s;
    if (drops) for (let i: usize = 0; i < <usize>rows; i++) {
      multiplyFloats(h + i * stride, scales + i * stride, dropped + i * stride, units);
    }
    multiplyPacked(rows, units, 4 * units, drops ? dropped : h, stride, panels, products, productStride, false);
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const hAt = h + <usize>i * stride;
      if (r.hidden) copyFloats(hAt, r.hidden + place * width, units);
      const counts = !r.mask || load<f32>(r.mask + (place << 2)) != 0;
      if (counts) {
        const cAt = c + <usize>i * stride;
        const x = r.z + 4 * place * width;
        const sums = products + <usize>i * productStride;
        const gates = r.gates ? r.gates + 4 * place * width : ownGates;
        activateSums(gateKinds, gateOption, x, sums, gates, 2 * units);
        activateSums(kinds, option, x + 2 * width, sums + 2 * width, gates + 2 * width, units);
        activateSums(gateKinds, gateOption, x + 3 * width, sums + 3 * width, gates + 3 * width, units);
        if (r.cells) copyFloats(cAt, r.cells + place * width, units);
        nextCells(gates, cAt, units);
        const flatAt = r.squashed ? r.squashed + place * width : flat;
        activate(kinds, option, cAt, flatAt, units);
        multiplyFloats(gates + 3 * width, flatAt, hAt, units);
      }
      const y = outputAt(r.y, r.sequences, first + i, time, s, units);
      if (!y) continue;
      if (r.zeros ? counts : s >= load<i32>(begins + (<usize>i << 2))) copyFloats(hAt, y, units);
      else zeroFloats(y, units);
    }
  }
  storeStates(h, stride, first, rows, units, r.h, false);
  storeStates(c, stride, first, rows, units, r.c, false);
}

export function lstmBackward(row: usize, step: usize): void {
  const r = changetype<LstmRow>(row);
  const units = r.units;
  const columns = 4 * units;
  const first = shareStart(r.batch, 2);
  const end = shareEnd(r.batch, 2);
  const workspace = workspaceOf(r.workspace);
  // The gradients of all steps must stand somewhere for themselves.
  const own = r.dz && !r.addDz ? r.dz : r.gates;
  if (first < end) {
    packRows(columns, units, r.u, <usize>columns << 2, workspace);
    const scratch = workspace + packedBytes(columns, units);
    const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
    for (let i = first; i < end; i += ROWS) backwardSamples(r, key, i, min(ROWS, end - i), own, workspace, scratch);
  }
  if (!synchronize() || !r.du) return;
  gemmTN(units, columns, r.batch * r.time, r.hidden, units, own, columns, r.du, columns, r.addDu != 0, workspace);
}

/** d = what comes to i f g o of one sample, before their slopes, and dc of the step before; `through` comes to c through h. */
// @ts-ignore: decorator
@inline
function gateGradients(
  gates: usize,
  cells: usize,
  flat: usize,
  dh: usize,
  dc: usize,
  through: usize,
  d: usize,
  units: i32,
): void {
  const part = <usize>units << 2;
  for (let j = 0; j < units; j += 4) {
    const left = j + 4 <= units ? 0 : units - j;
    const at = <usize>j << 2;
    const dCell = f32x4.add(loadSome(dc + at, left), loadSome(through + at, left));
    storeSome(d + at, f32x4.mul(dCell, loadSome(gates + at + 2 * part, left)), left);
    storeSome(d + at + part, f32x4.mul(dCell, loadSome(cells + at, left)), left);
    storeSome(d + at + 2 * part, f32x4.mul(dCell, loadSome(gates + at, left)), left);
    storeSome(d + at + 3 * part, f32x4.mul(loadSome(dh + at, left), loadSome(flat + at, left)), left);
    storeSome(dc + at, f32x4.mul(dCell, loadSome(gates + at + part, left)), left);
  }
}

/** Some samples back through all of time. */
function backwardSamples(
  r: LstmRow,
  key: u32,
  first: i32,
  rows: i32,
  own: usize,
  panels: usize,
  scratch: usize,
): void {
  const units = r.units;
  const time = r.time;
  const width = <usize>units << 2;
  const kinds = r.activation;
  const gateKinds = r.recurrentActivation;
  const option = <f32>r.option;
  const gateOption = <f32>r.recurrentOption;
  const stride = <usize>roundUp16(units) << 2;
  const gradientStride = <usize>roundUp16(4 * units) << 2;
  const states = <usize>ROWS * stride;
  const dh = scratch;
  const dc = dh + states;
  const scales = dc + states;
  const products = scales + states;
  const gradients = products + states;
  const through = gradients + <usize>ROWS * gradientStride;
  const begins = through + stride;

  loadStates(r.dh, first, rows, units, dh, stride);
  loadStates(r.dc, first, rows, units, dc, stride);
  const drops = r.rate > 0;
  if (drops) dropoutScales(key, r.rate, first, rows, units, scales, stride);
  if (rows & 1) zeroFloats(gradients + <usize>rows * gradientStride, 4 * units);
  firstSteps(r.mask, first, rows, time, r.backwards != 0, begins);

  for (let s = time - 1; s >= 0; s--) {
    const t = r.backwards ? time - 1 - s : s;
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const dhAt = dh + <usize>i * stride;
      const d = gradients + <usize>i * gradientStride;
      const counts = !r.mask || load<f32>(r.mask + (place << 2)) != 0;
      const dy = r.dy ? outputAt(r.dy, r.sequences, first + i, time, s, units) : 0;
      if (dy && (r.zeros ? counts : s >= load<i32>(begins + (<usize>i << 2)))) addFloats(dy, dhAt, units);
      const gates = r.gates + 4 * place * width;
      if (counts) {
        const flat = r.squashed + place * width;
        multiplyFloats(dhAt, gates + 3 * width, through, units);
        multiplySlopes(kinds, option, flat, through, units);
        gateGradients(gates, r.cells + place * width, flat, dhAt, dc + <usize>i * stride, through, d, units);
        multiplySlopes(gateKinds, gateOption, gates, d, 2 * units);
        multiplySlopes(kinds, option, gates + 2 * width, d + 2 * width, units);
        multiplySlopes(gateKinds, gateOption, gates + 3 * width, d + 3 * width, units);
        // What comes from the step before is the product below.
        zeroFloats(dhAt, units);
      } else zeroFloats(d, 4 * units);
      copyFloats(d, own + 4 * place * width, 4 * units);
      if (r.dz && r.addDz) addFloats(d, r.dz + 4 * place * width, 4 * units);
    }
    addPacked(rows, 4 * units, units, gradients, gradientStride, panels, dh, stride, drops ? scales : 0, products);
  }
  storeStates(dh, stride, first, rows, units, r.dh0, r.addDh0 != 0);
  storeStates(dc, stride, first, rows, units, r.dc0, r.addDc0 != 0);
  if (drops) dropStates(r.hidden, first, rows, time, units, scales, stride);
}
