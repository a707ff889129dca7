// The transpose of conv2d: every pixel of x puts its patch into y. A row says `image` of y and `pixel` of x.
//
//   y = b + Σ_i patch of x[i]·wᵀ      dx[i] = patch(dy, i)·w      dw = patches(dy)ᵀ·x      db = Σ_pixels dy
//
//   x [batch, outHeight, outWidth, filters]          w [kernelHeight, kernelWidth, channels, filters]
//   y [batch, height, width, channels]               b [channels]
import { biasGradient, ConvolutionRow, correlate, kernelGradient, scatter } from "../convolution/convolution";
import { workspaceOf } from "../executor/threads";

export function conv2dTransposeForward(row: usize, step: usize): void {
  const r = changetype<ConvolutionRow>(row);
  scatter(r, r.x, r.b, r.y, false, workspaceOf(r.workspace));
}

export function conv2dTransposeBackward(row: usize, step: usize): void {
  const r = changetype<ConvolutionRow>(row);
  const workspace = workspaceOf(r.workspace);
  biasGradient(r, r.batch * r.height * r.width, r.channels);
  if (r.dw) kernelGradient(r, r.dy, r.x, workspace);
  if (r.dx) correlate(r, r.dy, 0, r.dx, r.addDx != 0, workspace);
}
