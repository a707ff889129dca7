// A fully connected layer and its activation in one row.
//
//   y = f(x·w + b)        dz = dy · f′(y), written over dy        dx, dw, db as of dense, from dz
import { meet } from "../threads";
import { DenseRow, denseBackward, denseForward } from "./dense";
import { rectify, rectifyGradient } from "./relu";
import { sigmoidGradient, sigmoidOf } from "./sigmoid";
import { tanhGradient, tanhOf } from "./tanh";

// Threads share products by columns or rows of y, and what comes element by element in equal parts: they meet in between.

export function denseReluForward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  denseForward(row, step);
  meet();
  rectify(r.y, r.y, r.rows * r.units);
}

export function denseReluBackward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  rectifyGradient(r.y, r.dy, r.dy, 0, r.rows * r.units);
  meet();
  denseBackward(row, step);
}

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

export function denseTanhForward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  denseForward(row, step);
  meet();
  tanhOf(r.y, r.y, r.rows * r.units);
}

export function denseTanhBackward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  tanhGradient(r.y, r.dy, r.dy, 0, r.rows * r.units);
  meet();
  denseBackward(row, step);
}
