// Loops for operations in which element i of the output depends on element i of two inputs only. A formula is an
// @unmanaged class whose methods inline fully. Tensors own their rounding-up to 16 elements, so there is no tail.
import { ELEMENTWISE_GRAIN } from "./elementwise";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
export class BinaryRow {
  forward: u32;
  backward: u32;
  a: usize;
  da: usize;
  addDa: i32;
  b: usize;
  db: usize;
  addDb: i32;
  y: usize;
  dy: usize;
  count: i32;
}

/** y = F.forward(a, b) */
// @ts-ignore: decorator
@inline
export function binaryForward<F>(row: usize): void {
  const r = changetype<BinaryRow>(row);
  const a = r.a;
  const b = r.b;
  const y = r.y;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 64) {
    const y0 = changetype<F>(0).forward(v128.load(a + i), v128.load(b + i));
    const y1 = changetype<F>(0).forward(v128.load(a + i, 16), v128.load(b + i, 16));
    const y2 = changetype<F>(0).forward(v128.load(a + i, 32), v128.load(b + i, 32));
    const y3 = changetype<F>(0).forward(v128.load(a + i, 48), v128.load(b + i, 48));
    v128.store(y + i, y0);
    v128.store(y + i, y1, 16);
    v128.store(y + i, y2, 32);
    v128.store(y + i, y3, 48);
  }
}

/**
 * da (=|+=) F.backwardA(a, b, dy) and db (=|+=) F.backwardB(a, b, dy), where `a` and `b` are what the formula reads.
 *
 * Both in one loop: da may stand where dy stood, and db may be da itself, which is then added to what was just stored.
 */
// @ts-ignore: decorator
@inline
export function binaryBackward<F>(row: usize, a: usize, b: usize): void {
  const r = changetype<BinaryRow>(row);
  const da = r.da;
  const addDa = r.addDa;
  const db = r.db;
  const addDb = r.addDb;
  const dy = r.dy;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const upstream = v128.load(dy + i);
    const gradientA = changetype<F>(0).backwardA(v128.load(a + i), v128.load(b + i), upstream);
    const gradientB = changetype<F>(0).backwardB(v128.load(a + i), v128.load(b + i), upstream);
    if (da) v128.store(da + i, addDa ? f32x4.add(v128.load(da + i), gradientA) : gradientA);
    if (db) v128.store(db + i, addDb ? f32x4.add(v128.load(db + i), gradientB) : gradientB);
  }
}
