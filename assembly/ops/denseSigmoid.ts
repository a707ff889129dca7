// A fully connected layer and a logistic function in one row.
//
//   y = sigmoid(x·w + b)        dz = dy · sigmoid′, from y, written over dy        dx, dw, db as of dense, from dz
import { synchronize } from "../executor/threads";
import { denseBackward, denseForward, DenseRow } from "./dense";
import { sigmoidGradient, sigmoidOf } from "./sigmoid";

// Threads share products by columns or rows of y, and what comes element by element in equal parts: they synchronize in between.

export function denseSigmoidForward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  denseForward(row, step);
  synchronize();
  sigmoidOf(r.y, r.y, r.rows * r.units);
}

export function denseSigmoidBackward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  sigmoidGradient(r.y, r.dy, r.dy, 0, r.rows * r.units);
  synchronize();
  denseBackward(row, step);
}
