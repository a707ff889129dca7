import { describe, expect, it } from "vitest";
import { compileModule } from "../../src/engine/module/modules";
import { activations } from "../../src/activations/activations";
import type { Example, Op } from "../../src/ops/op";
import { logSoftmax } from "../../src/ops/logSoftmax";
import { softmax } from "../../src/ops/softmax";
import { Fixture, ReadableMachine, WasmMachine } from "./harness";

const module = await compileModule();

/** What the two kinds of kernel make of one example: float32 SIMD, and float64 rounded to float32. */
function runBoth(op: Op, example: Example) {
  const fixture = new Fixture(op, example);
  const run = (machine: WasmMachine | ReadableMachine) => {
    const { forward, backward } = fixture.runBoth(machine);
    return { y: Float32Array.from(forward.y), dx: Float32Array.from(backward.dx) };
  };
  return {
    wasm: run(new WasmMachine(module, fixture.bytes)),
    truth: run(new ReadableMachine(fixture.bytes, Float64Array)),
  };
}

function largestError(actual: Float32Array, truth: Float32Array): number {
  let error = 0;
  truth.forEach((value, i) => {
    if (actual[i] !== value) error = Math.max(error, Math.abs(actual[i] - value) / Math.max(1, Math.abs(value)));
  });
  return error;
}

describe("far from zero", () => {
  const magnitudes = [0, 1e-40, 1e-30, 1e-6, 6, 17, 20, 40, 86, 88, 90, 104, 1e4, 1e10, 1e30, 3e38];
  const points = magnitudes.flatMap((value) => [value, -value]);
  const elementwise = Object.values({ ...activations, custom: activations.linear })
    .map((make) => make())
    .filter(({ op, rowwise }) => op && !rowwise);

  it.each(elementwise.map((activation) => [activation.op!.name, activation] as const))(
    "%s keeps its limits",
    (_, a) => {
      const { wasm, truth } = runBoth(a.op!, {
        shapes: { x: [points.length], y: [points.length] },
        counts: { count: points.length },
        numbers: a.numbers,
        fill: { x: (_uniform, i) => points[i], dy: () => 1 },
      });
      expect(largestError(wasm.y, truth.y)).toBeLessThanOrEqual(4e-7);
      expect(largestError(wasm.dx, truth.dx)).toBeLessThanOrEqual(4e-7);
      expect(Array.from(wasm.y)).not.toContain(Number.NaN);
      expect(Array.from(wasm.dx)).not.toContain(Number.NaN);
    },
  );

  it.each([
    ["softmax", softmax],
    ["logSoftmax", logSoftmax],
  ])("%s does not overflow, and lets impossible logits be", (_, op) => {
    const rows = [
      [1000, 1001, -1000, 0, 999],
      [-3e38, -3e38, -3e38, -3e38, -3e38],
      [Number.NEGATIVE_INFINITY, 1, 2, 3, Number.NEGATIVE_INFINITY],
      [3e38, 0, -3e38, 1, 2],
      [-1000, 0, 998, 999, 2000],
    ];
    const { wasm, truth } = runBoth(op, {
      shapes: { x: [5, 5], y: [5, 5] },
      counts: { rows: 5, columns: 5 },
      fill: { x: (_uniform, i) => rows.flat()[i] },
    });
    expect(largestError(wasm.y, truth.y)).toBeLessThanOrEqual(2e-6);
    expect(largestError(wasm.dx, truth.dx)).toBeLessThanOrEqual(2e-6);
    expect(Array.from(wasm.y)).not.toContain(Number.NaN);
  });

  it("softmax of a long row sums to 1", () => {
    const columns = 100_003;
    const { wasm } = runBoth(softmax, { shapes: { x: [1, columns], y: [1, columns] }, counts: { rows: 1, columns } });
    expect(Math.abs(wasm.y.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThanOrEqual(1e-6);
  });
});
