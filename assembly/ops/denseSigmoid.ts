// A fully connected layer and a logistic function in one row.
//
//   y = sigmoid(x·w + b)        dz = dy · sigmoid′, from y, written over dy        dx, dw, db as of dense, from dz
import { meet } from "../threads";
import { DenseRow, denseBackward, denseForward } from "./dense";
import { sigmoidOf, sigmoidGradient } from "./sigmoid";

// Threads share products by columns or rows of y, and what comes element by element in equal parts: they meet in between.

export function denseSigmoidForward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  denseForward(row, step);
  meet();
  sigmoidOf(r.y, r.y, r.rows * r.units);
}

export function denseSigmoidBackward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  sigmoidGradient(r.y, r.dy, r.dy, 0, r.rows * r.units);
  meet();
  denseBackward(row, step);
}
