import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";
import { cellsOf } from "./recurrent/cells";
import {
  type RecurrentOptions,
  recurrentExample,
  recurrentSizes,
  recurrentWorkspaceElements,
} from "./recurrent/examples";
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
 * The simplest recurrent layer (Elman 1990) over whole sequences. z = x·W + b has been computed for all steps; from step to step:
 *
 *     h = φ(z_t + (d⊙h)·U)          z [batch, time, units]   u [units, units]   y [batch, time, units], or the last h
 *     dz_t = dh⊙φ'                  dh_before = d⊙(dz_t·Uᵀ)                     du = Σ_t (d⊙h_before)ᵀ·dz_t
 *
 * Dropout d, `mask`, `backwards` and y are as those of `lstm`.
 *
 * For the way back, where `gates` and `hidden` are there, forward keeps h and h_before of every step. Backward leaves dz and
 * d⊙h_before there.
 */
export const simpleRnn = defineOp({
  name: "simpleRnn",
  inputs: ["z", "u", "h0"],
  outputs: ["y", "h"],
  range: ANY,
  tensors: ["mask", "gates", "hidden", "workspace"],
  counts: ["batch", "time", "units", "backwards", "sequences", "zeros", "activation", "seed", "stream"],
  numbers: ["rate", "option"],
  saves: ["u"],
  workspace: ({ batch, time, units }) => recurrentWorkspaceElements(batch * time, units, 1),
  flops: ({ batch, time, units }) => 2 * batch * time * units * units,

  forward({ heap }, row, step) {
    const { z, u, h0, gates, hidden, batch, units } = row;
    const { inner } = cellsOf(row);
    for (let sample = 0; sample < batch; sample++) {
      const h = stateOf(heap, h0, sample, units);
      const scales = dropoutScales(row, step, sample);
      for (const each of stepsOf(heap, row, sample)) {
        const at = each.place * units;
        if (hidden) heap.set(h, hidden + at);
        if (each.isValid) {
          const sums = new Float64Array(units);
          addProduct(
            heap,
            sums,
            h.map((value, j) => value * scales[j]),
            u,
            units,
          );
          h.set(sums.map((sum, j) => inner.value(heap[z + at + j] + sum)));
          if (gates) heap.set(h, gates + at);
        }
        roundStates(heap, h);
        putOut(heap, row, sample, each, h);
      }
      keepState(heap, row.h, sample, h);
    }
  },

  backward({ heap }, row, step) {
    const { dz, addDz, u, du, addDu, dh0, addDh0, gates, hidden, batch, time, units } = row;
    const { inner } = cellsOf(row);
    for (let sample = 0; sample < batch; sample++) {
      const dh = stateOf(heap, row.dh, sample, units);
      const scales = dropoutScales(row, step, sample);
      for (const each of stepsOf(heap, row, sample).reverse()) {
        addOutputGradient(heap, row, sample, each, dh);
        const at = each.place * units;
        const d = new Float64Array(units);
        if (each.isValid) {
          for (let j = 0; j < units; j++) d[j] = dh[j] * inner.slope(heap[gates + at + j]);
          dh.fill(0);
          addTransposedProduct(heap, dh, d, u, units);
          for (let j = 0; j < units; j++) dh[j] *= scales[j];
        }
        heap.set(d, gates + at);
        if (dz) for (const [j, value] of d.entries()) heap[dz + at + j] = (addDz ? heap[dz + at + j] : 0) + value;
      }
      keepState(heap, dh0, sample, dh, addDh0);
    }
    dropHidden(heap, row, step);
    storeSums(heap, du, addDu, units * units, (sums) => {
      for (let at = 0; at < batch * time * units; at += units) {
        for (let k = 0; k < units; k++) {
          for (let j = 0; j < units; j++) sums[k * units + j] += heap[hidden + at + k] * heap[gates + at + j];
        }
      }
    });
  },
});

function example(batch: number, time: number, units: number, options: RecurrentOptions = {}): Example {
  return recurrentExample({ batch, time, units, gates: 1, kept: [], states: ["h"] }, options);
}

export const examples: Examples = {
  op: simpleRnn,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  hidesNaN: true,
  sizes: (n) => recurrentSizes(n, example),
  bench: example(32, 32, 128, { sequences: 1 }),
};
