// Gated recurrent units over whole sequences. x·W has been computed for all steps; from step to step:
//
//   z, r = σ of x_t + b₀ + (d⊙h)·U + b₁       x [batch, time, 3·units]   u [units, 3·units]   b [2, 3·units]
//   g = φ(x_t + b₀ + r⊙((d⊙h)·U + b₁))        with resetAfter
//   g = φ(x_t + (r⊙d⊙h)·U)                    without, where x has its bias already and there is no b
//   h = z⊙h + (1 − z)⊙g                       y [batch, time, units], or the last h [batch, units]
//
//   dz = dh⊙(h_before − g)    dg = dh⊙(1 − z)    dr = what comes to r⊙…    dh_before = dh⊙z + d⊙(the products with Uᵀ)
//   dx_t = these times the slopes     du, db = sums over all steps, for g of r⊙dg with resetAfter
//
// `gates` holds four vectors a step: z r g and, with resetAfter, what r is multiplied with, else r⊙d⊙h. On the way back their
// gradients, and r⊙dg in place of what r was multiplied with. Threads share the samples, as those of lstm.ts.
import { Step } from "../executor/program";
import { shareEnd, shareStart, synchronize, workspaceOf } from "../executor/threads";
import { gemmTN } from "../gemm/gemm";
import { sumColumnsOf } from "../loops/reduce";
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
import { loadSome, storeSome } from "../simd/lanes";
import { deriveKey } from "../simd/random";

// @ts-ignore: decorator
@unmanaged
class GruRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  u: usize;
  du: usize;
  addDu: i32;
  b: usize;
  db: usize;
  addDb: i32;
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
  resetAfter: i32;
  activation: i32;
  recurrentActivation: i32;
  seed: i32;
  stream: i32;
  rate: f64;
  option: f64;
  recurrentOption: f64;
}

/** Bytes of the weights of z and r, packed: those of g stand behind. */
function packedGates(units: i32): usize {
  return packedBytes(units, 2 * units);
}

export function gruForward(row: usize, step: usize): void {
  const r = changetype<GruRow>(row);
  const first = shareStart(r.batch, 2);
  const end = shareEnd(r.batch, 2);
  if (first >= end) return;
  const units = r.units;
  const uRow = <usize>(3 * units) << 2;
  const panels = workspaceOf(r.workspace);
  const ofCandidate = panels + packedGates(units);
  packColumns(units, 2 * units, r.u, uRow, panels);
  packColumns(units, units, r.u + (<usize>(2 * units) << 2), uRow, ofCandidate);
  const scratch = ofCandidate + packedBytes(units, units);
  const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
  for (let i = first; i < end; i += ROWS) forwardSamples(r, key, i, min(ROWS, end - i), panels, scratch);
}

/** Some samples through all of time. */
function forwardSamples(r: GruRow, key: u32, first: i32, rows: i32, panels: usize, scratch: usize): void {
  const units = r.units;
  const time = r.time;
  const width = <usize>units << 2;
  const gateKinds = r.recurrentActivation;
  const gateOption = <f32>r.recurrentOption;
  const stride = <usize>roundUp16(units) << 2;
  const productStride = <usize>roundUp16(2 * units) << 2;
  const states = <usize>ROWS * stride;
  const h = scratch;
  const scales = h + states;
  const dropped = scales + states;
  const reset = dropped + states;
  const ofCandidate = reset + states;
  const products = ofCandidate + states;
  // Of all samples, because without resetAfter the gates of a step are there before its candidates.
  const gateStride = 4 * stride;
  const ownGates = products + <usize>ROWS * productStride;
  const begins = ownGates + <usize>ROWS * gateStride;

  loadStates(r.h0, first, rows, units, h, stride);
  const drops = r.rate > 0;
  if (drops) dropoutScales(key, r.rate, first, rows, units, scales, stride);
  const state = drops ? dropped : h;
  if (rows & 1) {
    zeroFloats(state + <usize>rows * stride, units);
    zeroFloats(reset + <usize>rows * stride, units);
  }
  firstSteps(r.mask, first, rows, time, r.backwards != 0, begins);

  for (let s = 0; s < time; s++) {
    const t = r.backwards ? time - 1 - s : s;
    if (drops) for (let i: usize = 0; i < <usize>rows; i++) {
      multiplyFloats(h + i * stride, scales + i * stride, dropped + i * stride, units);
    }
    multiplyPacked(rows, units, 2 * units, state, stride, panels, products, productStride, false);
    if (r.resetAfter) {
      multiplyPacked(rows, units, units, state, stride, panels + packedGates(units), ofCandidate, stride, false);
    }
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const gates = r.gates ? r.gates + 4 * place * width : ownGates + <usize>i * gateStride;
      const sums = products + <usize>i * productStride;
      const resetAt = reset + <usize>i * stride;
      const counts = !r.mask || load<f32>(r.mask + (place << 2)) != 0;
      if (r.hidden) copyFloats(h + <usize>i * stride, r.hidden + place * width, units);
      if (!counts) {
        zeroFloats(resetAt, units);
        continue;
      }
      if (r.b) {
        addFloats(r.b + 3 * width, sums, 2 * units);
        addFloats(r.b, sums, 2 * units);
      }
      activateSums(gateKinds, gateOption, r.x + 3 * place * width, sums, gates, 2 * units);
      if (r.resetAfter) {
        const candidate = ofCandidate + <usize>i * stride;
        if (r.b) addFloats(r.b + 5 * width, candidate, units);
        if (r.gates) copyFloats(candidate, gates + 3 * width, units);
        multiplyFloats(gates + width, candidate, candidate, units);
        if (r.b) addFloats(r.b + 2 * width, candidate, units);
      } else {
        multiplyFloats(gates + width, state + <usize>i * stride, resetAt, units);
        if (r.gates) copyFloats(resetAt, gates + 3 * width, units);
      }
    }
    if (!r.resetAfter) {
      multiplyPacked(rows, units, units, reset, stride, panels + packedGates(units), ofCandidate, stride, false);
    }
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const hAt = h + <usize>i * stride;
      const counts = !r.mask || load<f32>(r.mask + (place << 2)) != 0;
      if (counts) {
        const gates = r.gates ? r.gates + 4 * place * width : ownGates + <usize>i * gateStride;
        const candidate = ofCandidate + <usize>i * stride;
        const x = r.x + (3 * place + 2) * width;
        activateSums(r.activation, <f32>r.option, x, candidate, gates + 2 * width, units);
        mix(gates, gates + 2 * width, hAt, units);
      }
      const y = outputAt(r.y, r.sequences, first + i, time, s, units);
      if (!y) continue;
      if (r.zeros ? counts : s >= load<i32>(begins + (<usize>i << 2))) copyFloats(hAt, y, units);
      else zeroFloats(y, units);
    }
  }
  storeStates(h, stride, first, rows, units, r.h, false);
}

/** h = z⊙h + (1 − z)⊙g */
// @ts-ignore: decorator
@inline
function mix(z: usize, g: usize, h: usize, units: i32): void {
  for (let j = 0; j < units; j += 4) {
    const left = j + 4 <= units ? 0 : units - j;
    const at = <usize>j << 2;
    const share = loadSome(z + at, left);
    const kept = f32x4.mul(share, loadSome(h + at, left));
    const rest = f32x4.mul(f32x4.sub(f32x4.splat(1), share), loadSome(g + at, left));
    storeSome(h + at, f32x4.add(kept, rest), left);
  }
}

export function gruBackward(row: usize, step: usize): void {
  const r = changetype<GruRow>(row);
  const units = r.units;
  const first = shareStart(r.batch, 2);
  const end = shareEnd(r.batch, 2);
  const uRow = <usize>(3 * units) << 2;
  const workspace = workspaceOf(r.workspace);
  if (first < end) {
    const ofCandidate = workspace + packedBytes(2 * units, units);
    packRows(2 * units, units, r.u, uRow, workspace);
    packRows(units, units, r.u + (<usize>(2 * units) << 2), uRow, ofCandidate);
    const scratch = ofCandidate + packedBytes(units, units);
    const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
    for (let i = first; i < end; i += ROWS) backwardSamples(r, key, i, min(ROWS, end - i), workspace, scratch);
  }
  if (!synchronize()) return;
  const places = r.batch * r.time;
  const width = <usize>units << 2;
  // Behind z and r stands what g was computed of: as much as its own gradient with resetAfter, else its own state.
  const candidate = r.gates + (r.resetAfter ? 3 : 2) * width;
  if (r.du) {
    const add = r.addDu != 0;
    const state = r.resetAfter ? r.hidden : r.gates + 3 * width;
    const stateRow = r.resetAfter ? units : 4 * units;
    gemmTN(units, 2 * units, places, r.hidden, units, r.gates, 4 * units, r.du, 3 * units, add, workspace);
    gemmTN(units, units, places, state, stateRow, candidate, 4 * units, r.du + 2 * width, 3 * units, add, workspace);
  }
  if (r.db) {
    sumColumnsOf(places, 3 * units, r.gates, 4 * width, r.db, r.addDb);
    sumColumnsOf(places, 2 * units, r.gates, 4 * width, r.db + 3 * width, r.addDb);
    sumColumnsOf(places, units, candidate, 4 * width, r.db + 5 * width, r.addDb);
  }
}

/** Some samples back through all of time. */
function backwardSamples(r: GruRow, key: u32, first: i32, rows: i32, panels: usize, scratch: usize): void {
  const units = r.units;
  const time = r.time;
  const width = <usize>units << 2;
  const kinds = r.activation;
  const gateKinds = r.recurrentActivation;
  const option = <f32>r.option;
  const gateOption = <f32>r.recurrentOption;
  const stride = <usize>roundUp16(units) << 2;
  const gateStride = <usize>roundUp16(2 * units) << 2;
  const states = <usize>ROWS * stride;
  const dh = scratch;
  const scales = dh + states;
  const products = scales + states;
  const ofCandidate = products + states;
  const toReset = ofCandidate + states;
  // Gradients of z and r, and of g or what is added to it: the factors of the two products.
  const gradients = toReset + states;
  const begins = gradients + <usize>ROWS * gateStride;

  loadStates(r.dh, first, rows, units, dh, stride);
  const drops = r.rate > 0;
  if (drops) dropoutScales(key, r.rate, first, rows, units, scales, stride);
  if (rows & 1) {
    zeroFloats(gradients + <usize>rows * gateStride, 2 * units);
    zeroFloats(ofCandidate + <usize>rows * stride, units);
  }
  firstSteps(r.mask, first, rows, time, r.backwards != 0, begins);
  const panelsOfCandidate = panels + packedBytes(2 * units, units);

  for (let s = time - 1; s >= 0; s--) {
    const t = r.backwards ? time - 1 - s : s;
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const dhAt = dh + <usize>i * stride;
      const d = gradients + <usize>i * gateStride;
      const toCandidate = ofCandidate + <usize>i * stride;
      const counts = !r.mask || load<f32>(r.mask + (place << 2)) != 0;
      const dy = r.dy ? outputAt(r.dy, r.sequences, first + i, time, s, units) : 0;
      if (dy && (r.zeros ? counts : s >= load<i32>(begins + (<usize>i << 2)))) addFloats(dy, dhAt, units);
      const gates = r.gates + 4 * place * width;
      if (!counts) {
        zeroFloats(d, 2 * units);
        zeroFloats(toCandidate, units);
        zeroFloats(gates, 4 * units);
        continue;
      }
      // d of z and toCandidate, dg, and what is left of dh
      unmix(gates, r.hidden + place * width, dhAt, d, toCandidate, units);
      multiplySlopes(gateKinds, gateOption, gates, d, units);
      multiplySlopes(kinds, option, gates + 2 * width, toCandidate, units);
      copyFloats(toCandidate, gates + 2 * width, units);
      if (!r.resetAfter) continue;
      multiplyFloats(toCandidate, gates + 3 * width, d + width, units);
      multiplySlopes(gateKinds, gateOption, gates + width, d + width, units);
      multiplyFloats(toCandidate, gates + width, toCandidate, units);
      copyFloats(toCandidate, gates + 3 * width, units);
      copyFloats(d, gates, 2 * units);
    }
    if (r.resetAfter) {
      addPacked(rows, units, units, ofCandidate, stride, panelsOfCandidate, dh, stride, drops ? scales : 0, products);
    } else {
      multiplyPacked(rows, units, units, ofCandidate, stride, panelsOfCandidate, toReset, stride, false);
      for (let i = 0; i < rows; i++) {
        const place = <usize>((first + i) * time + t);
        if (r.mask && load<f32>(r.mask + (place << 2)) == 0) continue;
        const d = gradients + <usize>i * gateStride;
        const gates = r.gates + 4 * place * width;
        const toResetAt = toReset + <usize>i * stride;
        if (drops) multiplyFloats(toResetAt, scales + <usize>i * stride, toResetAt, units);
        multiplyFloats(toResetAt, r.hidden + place * width, d + width, units);
        multiplySlopes(gateKinds, gateOption, gates + width, d + width, units);
        multiplyFloats(toResetAt, gates + width, toResetAt, units);
        addFloats(toResetAt, dh + <usize>i * stride, units);
        copyFloats(d, gates, 2 * units);
      }
    }
    addPacked(rows, 2 * units, units, gradients, gateStride, panels, dh, stride, drops ? scales : 0, products);
    if (!r.dx) continue;
    for (let i = 0; i < rows; i++) {
      const place = <usize>((first + i) * time + t);
      const gates = r.gates + 4 * place * width;
      if (r.addDx) addFloats(gates, r.dx + 3 * place * width, 3 * units);
      else copyFloats(gates, r.dx + 3 * place * width, 3 * units);
    }
  }
  storeStates(dh, stride, first, rows, units, r.dh0, r.addDh0 != 0);
  if (drops) dropStates(r.hidden, first, rows, time, units, scales, stride);
}

/** dz = dh⊙(h_before − g), dg = dh⊙(1 − z), both before their slopes, and dh = dh⊙z; `gates` holds z r g. */
// @ts-ignore: decorator
@inline
function unmix(gates: usize, before: usize, dh: usize, dz: usize, dg: usize, units: i32): void {
  const part = <usize>units << 2;
  for (let j = 0; j < units; j += 4) {
    const left = j + 4 <= units ? 0 : units - j;
    const at = <usize>j << 2;
    const share = loadSome(gates + at, left);
    const gradient = loadSome(dh + at, left);
    const distance = f32x4.sub(loadSome(before + at, left), loadSome(gates + at + 2 * part, left));
    storeSome(dz + at, f32x4.mul(gradient, distance), left);
    storeSome(dg + at, f32x4.mul(gradient, f32x4.sub(f32x4.splat(1), share)), left);
    storeSome(dh + at, f32x4.mul(gradient, share), left);
  }
}
