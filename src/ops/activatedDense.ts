import { dense, denseExample, denseSizes } from "./dense";
import { denseWorkspaceElements } from "./gemmWorkspace";
import { defineOp, type Examples, type Op, type ReadableOp } from "./op";
import { ANY } from "./range";

/**
 * `dense`, then an activation whose slope shows in its output, as one row: one turn of the executor less in each direction,
 * and no gradient of what lies between.
 *
 *     y = f(x·w + b)        dz = dy · f′, written over dy        dx, dw, db as of `dense`, from dz
 */
export function denseThen(name: string, activation: ReadableOp): ReadableOp {
  const elements = ({ y, dy, rows, units }: Readonly<Record<"y" | "dy" | "rows" | "units", number>>) => ({
    x: y,
    dx: dy,
    addDx: 0,
    y,
    dy,
    count: rows * units,
  });
  return defineOp({
    name,
    inputs: ["x", "w", "b"],
    outputs: ["y"],
    range: typeof activation.range === "function" ? activation.range([ANY], {}) : activation.range,
    tensors: ["workspace"],
    counts: ["rows", "inputs", "units"],
    saves: ["x", "w", "y"],
    workspace: ({ rows, inputs, units }) => denseWorkspaceElements(rows, inputs, units),
    flops: ({ rows, inputs, units }) => (2 * inputs + 1) * rows * units,

    forward(memory, row, step) {
      dense.forward(memory, row, step);
      activation.forward(memory, elements(row), step);
    },

    backward(memory, row, step) {
      activation.backward!(memory, elements(row), step);
      dense.backward!(memory, row, step);
    },
  });
}

/** Examples of an operation that `denseThen` has made. */
export function activatedDenseExamples(op: Op): Examples {
  return {
    op,
    tolerance: 3e-6,
    gradientTolerance: 1e-5,
    touchesPadding: true,
    overwrites: ["dy"],
    sizes: denseSizes,
    bench: denseExample(128, 784, 128),
  };
}
