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
 * Gated recurrent units (Cho et al. 2014) over whole sequences. x·W has been computed for all steps; from step to step, with σ the
 * recurrent activation, φ the activation and the columns of u [units, 3·units] in three parts:
 *
 *     z, r = σ of x_t + b₀ + (d⊙h)·U + b₁       x [batch, time, 3·units]    b [2, 3·units]
 *     g = φ(x_t + b₀ + r⊙((d⊙h)·U + b₁))        with `resetAfter`
 *     g = φ(x_t + (r⊙d⊙h)·U)                    without, where x has its bias already and there is no b
 *     h = z⊙h + (1 − z)⊙g                 y [batch, time, units], or the last h [batch, units]
 *
 *     dz = dh⊙(h_before − g)    dg = dh⊙(1 − z)    dr = what comes to r⊙…    dh_before = dh⊙z + d⊙(the products with Uᵀ)
 *     dx_t = these times the slopes     du, db = sums over all steps, for g of r⊙dg with `resetAfter`
 *
 * Dropout d, `mask`, `backwards` and y are as those of `lstm`.
 *
 * For the way back, where `gates` [batch, time, 4·units] and `hidden` are there, forward keeps z r g, behind them what r is
 * multiplied with (`resetAfter`) or r⊙d⊙h, and h_before. Backward leaves dz dr dg in `gates`, behind them r⊙dg or r⊙d⊙h, and
 * d⊙h_before in `hidden`.
 */
export const gru = defineOp({
  name: "gru",
  inputs: ["x", "u", "b", "h0"],
  outputs: ["y", "h"],
  range: ANY,
  tensors: ["mask", "gates", "hidden", "workspace"],
  counts: [
    "batch",
    "time",
    "units",
    "backwards",
    "sequences",
    "zeros",
    "resetAfter",
    "activation",
    "recurrentActivation",
    "seed",
    "stream",
  ],
  numbers: ["rate", "option", "recurrentOption"],
  saves: ["u"],
  workspace: ({ batch, time, units }) => recurrentWorkspaceElements(batch * time, units, 3),
  flops: ({ batch, time, units }) => 6 * batch * time * units * units,

  forward({ heap }, row, step) {
    const { x, u, b, h0, gates, hidden, batch, units, resetAfter } = row;
    const { inner, recurrent } = cellsOf(row);
    for (let sample = 0; sample < batch; sample++) {
      const h = stateOf(heap, h0, sample, units);
      const scales = dropoutScales(row, step, sample);
      for (const each of stepsOf(heap, row, sample)) {
        const { place, isValid } = each;
        if (hidden) heap.set(h, hidden + place * units);
        if (isValid) {
          const at = x + place * 3 * units;
          const dropped = h.map((value, j) => value * scales[j]);
          const sums = new Float64Array((resetAfter ? 3 : 2) * units);
          if (b) sums.set(heap.subarray(b + 3 * units, b + 3 * units + sums.length));
          const ofInput = new Float64Array(3 * units);
          if (b) ofInput.set(heap.subarray(b, b + 3 * units));
          for (let j = 0; j < 3 * units; j++) ofInput[j] += heap[at + j];
          addProduct(heap, sums, dropped, u, 3 * units);
          const [z, r] = [0, units].map((from) =>
            sums.slice(from, from + units).map((sum, j) => recurrent.value(ofInput[from + j] + sum)),
          );
          const candidate = new Float64Array(units);
          const behind = resetAfter ? sums.slice(2 * units) : dropped.map((value, j) => r[j] * value);
          if (resetAfter) for (let j = 0; j < units; j++) candidate[j] = r[j] * behind[j];
          else addProduct(heap, candidate, behind, u, 3 * units, 2 * units);
          const g = candidate.map((sum, j) => inner.value(ofInput[2 * units + j] + sum));
          for (let j = 0; j < units; j++) h[j] = z[j] * h[j] + (1 - z[j]) * g[j];
          if (gates)
            for (const [k, values] of [z, r, g, behind].entries()) heap.set(values, gates + (4 * place + k) * units);
        }
        roundStates(heap, h);
        putOut(heap, row, sample, each, h);
      }
      keepState(heap, row.h, sample, h);
    }
  },

  backward({ heap }, row, step) {
    const { dx, addDx, u, du, addDu, db, addDb, dh0, addDh0, gates, hidden, batch, time, units, resetAfter } = row;
    const { inner, recurrent } = cellsOf(row);
    for (let sample = 0; sample < batch; sample++) {
      const dh = stateOf(heap, row.dh, sample, units);
      const scales = dropoutScales(row, step, sample);
      for (const each of stepsOf(heap, row, sample).reverse()) {
        addOutputGradient(heap, row, sample, each, dh);
        const d = new Float64Array(4 * units);
        const at = gates + each.place * 4 * units;
        if (each.isValid) {
          const [z, r, g, behind] = [0, 1, 2, 3].map((k) => heap.slice(at + k * units, at + (k + 1) * units));
          const before = heap.slice(hidden + each.place * units, hidden + (each.place + 1) * units);
          const dg = d.subarray(2 * units, 3 * units);
          const last = d.subarray(3 * units);
          const product = new Float64Array(units);
          for (let j = 0; j < units; j++) {
            d[j] = dh[j] * (before[j] - g[j]) * recurrent.slope(z[j]);
            dg[j] = dh[j] * (1 - z[j]) * inner.slope(g[j]);
          }
          if (resetAfter) {
            for (let j = 0; j < units; j++) last[j] = r[j] * dg[j];
            addTransposedProduct(heap, product, last, u, 3 * units, 2 * units);
          } else {
            last.set(behind);
            addTransposedProduct(heap, product, dg, u, 3 * units, 2 * units);
          }
          for (let j = 0; j < units; j++) {
            const reached = resetAfter ? dg[j] * behind[j] : product[j] * before[j] * scales[j];
            d[units + j] = reached * recurrent.slope(r[j]);
            if (!resetAfter) product[j] *= r[j];
          }
          addTransposedProduct(heap, product, d.subarray(0, 2 * units), u, 3 * units);
          for (let j = 0; j < units; j++) dh[j] = dh[j] * z[j] + product[j] * scales[j];
        }
        heap.set(d, at);
        if (!dx) continue;
        for (let j = 0; j < 3 * units; j++) {
          const target = dx + each.place * 3 * units + j;
          heap[target] = (addDx ? heap[target] : 0) + d[j];
        }
      }
      keepState(heap, dh0, sample, dh, addDh0);
    }
    dropHidden(heap, row, step);
    // The gradients of what is added to the three products, and what these are products of.
    const gradientOf = (place: number, part: number) =>
      gates + (4 * place + (part === 2 && resetAfter ? 3 : part)) * units;
    const factorOf = (place: number, part: number) =>
      part === 2 && !resetAfter ? gates + (4 * place + 3) * units : hidden + place * units;
    storeSums(heap, du, addDu, 3 * units * units, (sums) => {
      for (let place = 0; place < batch * time; place++) {
        for (let part = 0; part < 3; part++) {
          const [gradient, factor] = [gradientOf(place, part), factorOf(place, part)];
          for (let k = 0; k < units; k++) {
            for (let j = 0; j < units; j++) sums[(3 * k + part) * units + j] += heap[factor + k] * heap[gradient + j];
          }
        }
      }
    });
    storeSums(heap, db, addDb, 6 * units, (sums) => {
      for (let place = 0; place < batch * time; place++) {
        for (let j = 0; j < 3 * units; j++) {
          sums[j] += heap[gates + 4 * place * units + j];
          sums[3 * units + j] += heap[gradientOf(place, Math.floor(j / units)) + (j % units)];
        }
      }
    });
  },
});

function example(batch: number, time: number, units: number, options: RecurrentOptions = {}, resetAfter = 1): Example {
  const sizes = { batch, time, units, z: "x", gates: 3, keptGates: 4, kept: [], states: ["h"] };
  return recurrentExample(sizes, {
    ...options,
    counts: { resetAfter },
    ...(resetAfter && { shapes: { b: [2, 3 * units] } }),
  });
}

export const examples: Examples = {
  op: gru,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  hidesNaN: true,
  sizes: (n) => [
    ...recurrentSizes(n, example),
    ...recurrentSizes(n, (batch, time, units, options) => example(batch, time, units, options, 0)),
  ],
  bench: example(32, 32, 128, { sequences: 1 }),
};
