// From kernels to planes of transformed weights, in panels, and back.

import { ConvolutionRow } from "../convolution";
import { kernelOfProducts, transformKernel } from "./transforms";

/** Channels and filters are multiples of this: columns of a panel. */
export const PANEL_COLUMNS: i32 = 16;

/** U of filters `from` to `to`, in panels of sixteen filters with a row for each channel. */
export function transformKernels(r: ConvolutionRow, from: i32, to: i32, u: usize, plane: usize): void {
  const tap = <usize>(r.channels * r.filters) << 2;
  for (let j = from; j < to; j += PANEL_COLUMNS) {
    for (let channel = 0; channel < r.channels; channel++) {
      const w = r.w + (<usize>(channel * r.filters + j) << 2);
      for (let k: usize = 0; k < 64; k += 16) transformKernel(w + k, tap, u + k, plane);
      u += 64;
    }
  }
}

/** Uᵀ of channels `from` to `to`, in panels of sixteen channels with a row for each filter. */
export function transformTransposedKernels(
  r: ConvolutionRow,
  from: i32,
  to: i32,
  scratch: usize,
  u: usize,
  plane: usize,
): void {
  const filters = r.filters;
  const tap = <usize>(r.channels * filters) << 2;
  for (let channel = from; channel < to; channel++) {
    const panel = u + (<usize>(((channel - from) & -PANEL_COLUMNS) * filters + ((channel - from) & (PANEL_COLUMNS - 1))) << 2);
    for (let filter = 0; filter < filters; filter += 4) {
      transformKernel(r.w + (<usize>(channel * filters + filter) << 2), tap, scratch, 16);
      let row = panel + (<usize>filter << 6);
      for (let at = scratch; at < scratch + 256; at += 16) {
        const four = v128.load(at);
        v128.store32_lane(row, four, 0);
        v128.store32_lane(row, four, 1, 64);
        v128.store32_lane(row, four, 2, 128);
        v128.store32_lane(row, four, 3, 192);
        row += plane;
      }
    }
  }
}

/** The rows of dw of some channels, filters `from` to `to`, from M. */
export function putKernels(
  r: ConvolutionRow,
  fromChannel: i32,
  toChannel: i32,
  from: i32,
  to: i32,
  m: usize,
  plane: usize,
): void {
  const tap = <usize>(r.channels * r.filters) << 2;
  for (let channel = fromChannel; channel < toChannel; channel++) {
    for (let filter = from; filter < to; filter += 4) {
      kernelOfProducts(m, plane, r.dw + (<usize>(channel * r.filters + filter) << 2), tap, r.addDw != 0);
      m += 16;
    }
  }
}
