// A convolution over images, channels last. Padding counts as 0.
//
//   y[i] = patch(x, i)·w + b      dx = Σ patches of dy·wᵀ      dw = patches(x)ᵀ·dy      db = Σ_i dy[i]
//
//   x [batch, height, width, channels]               w [kernelHeight, kernelWidth, channels / groups, filters]
//   y [batch, outHeight, outWidth, filters]          b [filters]
import { biasGradient, ConvolutionRow, correlate, kernelGradient, scatter } from "../convolution/convolution";
import { kernelGradientDirect } from "../convolution/direct";
import { workspaceOf } from "../executor/threads";

export function conv2dForward(row: usize, step: usize): void {
  const r = changetype<ConvolutionRow>(row);
  correlate(r, r.x, r.b, r.y, false, workspaceOf(r.workspace));
}

export function conv2dBackward(row: usize, step: usize): void {
  const r = changetype<ConvolutionRow>(row);
  const workspace = workspaceOf(r.workspace);
  if (r.blockRows) {
    kernelGradientDirect(r, r.x, r.dy, r.db, workspace);
  } else {
    biasGradient(r, r.batch * r.outHeight * r.outWidth, r.filters);
    if (r.dw) kernelGradient(r, r.x, r.dy, workspace);
  }
  if (r.dx) scatter(r, r.dy, 0, r.dx, r.addDx != 0, workspace);
}
