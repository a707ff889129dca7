import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";
import {
  type RecurrentOptions,
  recurrentExample,
  recurrentSizes,
  recurrentWorkspaceElements,
} from "./recurrent/examples";
import { cellsOf } from "./recurrent/cells";
import {
  addOutputGradient,
  addProduct,
  addTransposedProduct,
  dropHidden,
  dropoutScales,
  keepState,
  putOut,
  roundStates,
  stateOf,
  stepsOf,
} from "./recurrent/steps";
import { storeSums } from "./sums";

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997) over whole sequences. z = x·W + b has been computed for all steps; from
 * step to step, with σ the recurrent activation and φ the activation:
 *
 *     i, f, g, o = σ, σ, φ, σ of z_t + (d⊙h)·U         z [batch, time, 4·units]    u [units, 4·units]
 *     c = f⊙c + i⊙g        h = o⊙φ(c)                  y [batch, time, units], or the last h [batch, units]
 *
 *     do = dh⊙φ(c)   dc += dh⊙o⊙φ'(c)   di = dc⊙g   dg = dc⊙i   df = dc⊙c_before   dc_before = dc⊙f
 *     dz_t = these times the slopes     dh_before = d⊙(dz_t·Uᵀ)     du = Σ_t (d⊙h_before)ᵀ·dz_t
 *
 * d is the dropout of the state, one for all steps. Where `mask` [batch, time] is 0, h and c stay as they are and y repeats;
 * before the first place that counts y is 0, with `zeros` wherever a place does not count. `backwards` goes from the last place to
 * the first. With `sequences` 1 y is in the order of the steps, with 2 the other way round, with 0 it is that of the last step.
 *
 * For the way back, where `gates`, `hidden`, `cells` and `squashed` are there, forward keeps i f g o, h_before, c_before and φ(c).
 * Backward leaves d⊙h_before in `hidden`, and dz in `gates` where it cannot have a place of its own.
 */
export const lstm = defineOp({
  name: "lstm",
  inputs: ["z", "u", "h0", "c0"],
  outputs: ["y", "h", "c"],
  range: ANY,
  tensors: ["mask", "gates", "hidden", "cells", "squashed", "workspace"],
  counts: [
    "batch",
    "time",
    "units",
    "backwards",
    "sequences",
    "zeros",
    "activation",
    "recurrentActivation",
    "seed",
    "stream",
  ],
  numbers: ["rate", "option", "recurrentOption"],
  saves: ["u"],
  workspace: ({ batch, time, units }) => recurrentWorkspaceElements(batch * time, units, 4),
  flops: ({ batch, time, units }) => 8 * batch * time * units * units,

  forward({ heap }, row, step) {
    const { z, u, h0, c0, gates, hidden, cells, squashed, batch, units } = row;
    const { inner, recurrent } = cellsOf(row);
    const gate = [recurrent, recurrent, inner, recurrent];
    for (let sample = 0; sample < batch; sample++) {
      const h = stateOf(heap, h0, sample, units);
      const c = stateOf(heap, c0, sample, units);
      const scales = dropoutScales(row, step, sample);
      for (const each of stepsOf(heap, row, sample)) {
        const { place, isValid } = each;
        if (hidden) heap.set(h, hidden + place * units);
        if (isValid) {
          const start = place * 4 * units;
          const sums = new Float64Array(4 * units);
          addProduct(
            heap,
            sums,
            h.map((value, j) => value * scales[j]),
            u,
            4 * units,
          );
          const [i, f, g, o] = gate.map(({ value }, k) =>
            sums.subarray(k * units, (k + 1) * units).map((sum, j) => value(heap[z + start + k * units + j] + sum)),
          );
          if (cells) heap.set(c, cells + place * units);
          for (let j = 0; j < units; j++) c[j] = f[j] * c[j] + i[j] * g[j];
          const flat = c.map(inner.value);
          for (let j = 0; j < units; j++) h[j] = o[j] * flat[j];
          if (squashed) heap.set(flat, squashed + place * units);
          if (gates) for (const [k, values] of [i, f, g, o].entries()) heap.set(values, gates + start + k * units);
        }
        roundStates(heap, h, c);
        putOut(heap, row, sample, each, h);
      }
      keepState(heap, row.h, sample, h);
      keepState(heap, row.c, sample, c);
    }
  },

  backward({ heap }, row, step) {
    const { dz, addDz, u, du, addDu, dh0, addDh0, dc0, addDc0, gates, hidden, cells, squashed, batch, time, units } =
      row;
    const { inner, recurrent } = cellsOf(row);
    const gate = [recurrent, recurrent, inner, recurrent];
    const own = dz && !addDz ? dz : gates;
    for (let sample = 0; sample < batch; sample++) {
      const dh = stateOf(heap, row.dh, sample, units);
      const dc = stateOf(heap, row.dc, sample, units);
      const scales = dropoutScales(row, step, sample);
      for (const each of stepsOf(heap, row, sample).reverse()) {
        addOutputGradient(heap, row, sample, each, dh);
        const start = each.place * 4 * units;
        const d = new Float64Array(4 * units);
        if (each.isValid) {
          const [i, f, g, o] = gate.map((_, k) =>
            heap.slice(gates + start + k * units, gates + start + (k + 1) * units),
          );
          for (let j = 0; j < units; j++) {
            const flat = heap[squashed + each.place * units + j];
            dc[j] += dh[j] * o[j] * inner.slope(flat);
            const raw = [dc[j] * g[j], dc[j] * heap[cells + each.place * units + j], dc[j] * i[j], dh[j] * flat];
            for (const [k, values] of [i, f, g, o].entries()) d[k * units + j] = raw[k] * gate[k].slope(values[j]);
            dc[j] *= f[j];
          }
          dh.fill(0);
          addTransposedProduct(heap, dh, d, u, 4 * units);
          for (let j = 0; j < units; j++) dh[j] *= scales[j];
        }
        if (dz && addDz) for (const [j, value] of d.entries()) heap[dz + start + j] += value;
        heap.set(d, own + start);
      }
      keepState(heap, dh0, sample, dh, addDh0);
      keepState(heap, dc0, sample, dc, addDc0);
    }
    dropHidden(heap, row, step);
    storeSums(heap, du, addDu, 4 * units * units, (sums) => {
      for (let place = 0; place < batch * time; place++) {
        for (let k = 0; k < units; k++) {
          const state = heap[hidden + place * units + k];
          for (let j = 0; j < 4 * units; j++) sums[k * 4 * units + j] += state * heap[own + place * 4 * units + j];
        }
      }
    });
  },
});

function example(batch: number, time: number, units: number, options: RecurrentOptions = {}): Example {
  return recurrentExample({ batch, time, units, gates: 4, kept: ["cells", "squashed"], states: ["h", "c"] }, options);
}

export const examples: Examples = {
  op: lstm,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  hidesNaN: true,
  sizes: (n) => recurrentSizes(n, example),
  bench: example(32, 32, 128, { sequences: 1 }),
};
