import { defineOp, type Example, type Examples, type Op, type ReadableOp } from "./op";
import type { OutputRange } from "./range";

/** An operation with two inputs of the same shape in which element i of the output depends on element i of each only. */
interface BinaryDefinition {
  readonly name: string;
  readonly range: OutputRange;
  /** Inputs whose values the slopes depend on. */
  readonly saves?: readonly ("a" | "b")[];
  /** The output from both inputs. */
  readonly value: (a: number, b: number) => number;
  /** Its derivatives by the one and by the other. */
  readonly slopes: { readonly a: (a: number, b: number) => number; readonly b: (a: number, b: number) => number };
}

/**
 * Makes the operation of a formula y = f(a, b):
 *
 *     da = ∂f/∂a·dy        db = ∂f/∂b·dy
 *
 * `y` may stand where `a` stood, `da` where `dy` stood, and `a` may be the same tensor as `b`: its gradient is stored
 * first and added to then. So each element is read before any is written, and `da` is written before `db` is read.
 */
export function defineBinaryOp({ name, range, saves = [], value, slopes }: BinaryDefinition): ReadableOp {
  return defineOp({
    name,
    inputs: ["a", "b"],
    outputs: ["y"],
    range,
    counts: ["count"],
    saves,
    inPlace: true,

    forward({ heap }, { a, b, y, count }) {
      for (let i = 0; i < count; i++) heap[y + i] = value(heap[a + i], heap[b + i]);
    },

    backward({ heap }, { a, da, addDa, b, db, addDb, dy, count }) {
      for (let i = 0; i < count; i++) {
        const upstream = heap[dy + i];
        const slopeA = slopes.a(heap[a + i], heap[b + i]);
        const slopeB = slopes.b(heap[a + i], heap[b + i]);
        if (da) heap[da + i] = (addDa ? heap[da + i] : 0) + slopeA * upstream;
        if (db) heap[db + i] = (addDb ? heap[db + i] : 0) + slopeB * upstream;
      }
    },
  });
}

/** Examples of an operation with two inputs and one output of the same shape. */
export function binaryExamples(op: Op, tolerance: number): Examples {
  const example = (count: number): Example => ({
    shapes: { a: [count], b: [count], y: [count] },
    counts: { count },
  });
  return { op, tolerance, sizes: example, bench: example(128 * 512) };
}
