// A fully connected layer.
//
//   y = x·w + b        x [rows, inputs]   w [inputs, units]   b [units]   y [rows, units]
//   dx = dy·wᵀ         dw = xᵀ·dy         db = Σ_rows dy
import { gemmNN, gemmNT, gemmTN } from "../gemm/gemm";
import { sumColumns } from "../loops/reduce";
import { workspaceOf } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
export class DenseRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  w: usize;
  dw: usize;
  addDw: i32;
  b: usize;
  db: usize;
  addDb: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  rows: i32;
  inputs: i32;
  units: i32;
}

export function denseForward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  const workspace = workspaceOf(r.workspace);
  gemmNN(r.rows, r.units, r.inputs, r.x, r.inputs, r.w, r.units, r.y, r.units, r.b, false, workspace);
}

export function denseBackward(row: usize, step: usize): void {
  const r = changetype<DenseRow>(row);
  const workspace = workspaceOf(r.workspace);
  if (r.db) sumColumns(r.rows, r.units, r.dy, r.db, r.addDb);
  if (r.dw) gemmTN(r.inputs, r.units, r.rows, r.x, r.inputs, r.dy, r.units, r.dw, r.units, r.addDw != 0, workspace);
  if (r.dx) gemmNT(r.rows, r.inputs, r.units, r.dy, r.units, r.w, r.units, r.dx, r.inputs, r.addDx != 0, workspace);
}
