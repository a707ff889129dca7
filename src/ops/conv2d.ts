import {
  biasGradient,
  convolutionCounts,
  convolutionExample,
  convolutionFlops,
  convolutionWorkspace,
  correlate,
  kernelGradient,
  listConvolutions,
  scatter,
} from "./convolution";
import { defineOp, type Examples } from "./op";
import { ANY } from "./range";

/**
 * A convolution over images, channels last: every output pixel is a weighted sum of the patch of x under the kernel.
 *
 *     y[i] = patch(x, i)·w + b                  i: pixels of y; padding counts as 0
 *     dx = Σ_i dy[i]·wᵀ at the place of patch i      dw = Σ_i patch(x, i)ᵀ·dy[i]      db = Σ_i dy[i]
 *
 *     x [batch, height, width, channels]        w [kernelHeight, kernelWidth, channels / groups, filters]
 *     y [batch, outHeight, outWidth, filters]   b [filters]
 *
 * With groups, each group of filters sees its own group of channels. `b` is absent without a bias.
 */
export const conv2d = defineOp({
  name: "conv2d",
  inputs: ["x", "w", "b"],
  outputs: ["y"],
  range: ANY,
  tensors: ["workspace"],
  counts: convolutionCounts,
  saves: ["x", "w"],
  workspace: convolutionWorkspace,
  flops: convolutionFlops,

  forward({ heap }, row) {
    correlate(heap, row, { image: row.x, w: row.w, bias: row.b, pixels: row.y }, 0);
  },

  backward({ heap }, row) {
    const { x, dx, addDx, w, dw, addDw, dy } = row;
    biasGradient(heap, row, [row.batch * row.outHeight * row.outWidth, row.filters]);
    if (dw) kernelGradient(heap, row, { image: x, pixels: dy, dw }, addDw);
    if (dx) scatter(heap, row, { pixels: dy, w, bias: 0, image: dx }, addDx);
  },
});

export const examples: Examples = {
  op: conv2d,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  sizes: (n) => listConvolutions(n).map((example) => convolutionExample(example, "x")),
  bench: convolutionExample(
    { batch: 32, image: [28, 28, 32], kernel: [3, 3], filters: 64, padding: [1, 1, 1, 1] },
    "x",
  ),
};
