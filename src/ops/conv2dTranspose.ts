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
 * The transpose of conv2d: every pixel of x adds its patch to y. It undoes the shapes of a convolution, not its numbers.
 *
 *     y = b + Σ_i x[i]·wᵀ at the place of patch i     i: pixels of x; what falls outside of y is lost
 *     dx[i] = patch(dy, i)·w      dw = Σ_i patch(dy, i)ᵀ·x[i]      db = Σ_pixels dy
 *
 *     x [batch, outHeight, outWidth, filters]   w [kernelHeight, kernelWidth, channels / groups, filters]
 *     y [batch, height, width, channels]        b [channels]
 *
 * Names are those of the convolution that would turn y into x. `b` is absent without a bias.
 */
export const conv2dTranspose = defineOp({
  name: "conv2dTranspose",
  inputs: ["x", "w", "b"],
  outputs: ["y"],
  range: ANY,
  tensors: ["workspace"],
  counts: convolutionCounts,
  saves: ["x", "w"],
  workspace: convolutionWorkspace,
  flops: convolutionFlops,

  forward({ heap }, row) {
    scatter(heap, row, { pixels: row.x, w: row.w, bias: row.b, image: row.y }, 0);
  },

  backward({ heap }, row) {
    const { x, dx, addDx, w, dw, addDw, dy } = row;
    biasGradient(heap, row, [row.batch * row.height * row.width, row.channels]);
    if (dw) kernelGradient(heap, row, { image: dy, pixels: x, dw }, addDw);
    if (dx) correlate(heap, row, { image: dy, w, bias: 0, pixels: dx }, addDx);
  },
});

export const examples: Examples = {
  op: conv2dTranspose,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  sizes: (n) => listConvolutions(n).map((example) => convolutionExample(example, "y")),
  bench: convolutionExample(
    { batch: 32, image: [28, 28, 32], kernel: [3, 3], filters: 64, padding: [1, 1, 1, 1] },
    "y",
  ),
};
