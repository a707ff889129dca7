// A fully connected layer and a hyperbolic tangent in one row.
//
//   y = tanh(x·w + b)        dz = dy · tanh′, from y, written over dy        dx, dw, db as of dense, from dz
import { synchronize } from "../executor/threads";
import { denseBackward, denseForward, DenseRow } from "./dense";
import { tanhGradient, tanhOf } from "./tanh";

// Threads share products by columns or rows of y, and what comes element by element in equal parts: they synchronize in between.

export function denseTanhForward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  denseForward(row, step);
  synchronize();
  tanhOf(r.y, r.y, r.rows * r.units);
}

export function denseTanhBackward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  tanhGradient(r.y, r.dy, r.dy, 0, r.rows * r.units);
  synchronize();
  denseBackward(row, step);
}
