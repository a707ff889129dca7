import { describe, expect, it } from "vitest";
import { compileModule } from "../../src/engine/module/modules";
import { argMaxAxis } from "../../src/ops/argMaxAxis";
import { argMinAxis } from "../../src/ops/argMinAxis";
import { cumSumAxis } from "../../src/ops/cumSumAxis";
import { maxAxis } from "../../src/ops/maxAxis";
import type { Example, Op } from "../../src/ops/op";
import { oneHot } from "../../src/ops/oneHot";
import { prodAxis } from "../../src/ops/prodAxis";
import { randomUniform } from "../../src/ops/randomUniform";
import { sortRows } from "../../src/ops/sortRows";
import { sumAxis } from "../../src/ops/sumAxis";
import { takeAlongAxis } from "../../src/ops/takeAlongAxis";
import { takeRows } from "../../src/ops/takeRows";
import { Fixture, ReadableMachine, relativeError, WasmMachine } from "./harness";

/** What other libraries got wrong: cases whose results stand here, worked out by hand, for the readable and the SIMD kernels. */

const module = await compileModule();
const NaN_ = Number.NaN;

/** Fields after forward and backward in both machines, which must agree on those that are asked for. */
function run(op: Op, example: Example, contents: Record<string, readonly number[]>, direction: "forward" | "backward") {
  const fixture = new Fixture(op, {
    ...example,
    fill: Object.fromEntries(Object.entries(contents).map(([name, list]) => [name, (_: number, i: number) => list[i]])),
  });
  const machines = [new WasmMachine(module, fixture.bytes), new ReadableMachine(fixture.bytes, Float32Array)];
  return machines.map((machine) => {
    const fields = fixture.runBoth(machine)[direction];
    return Object.fromEntries(Object.entries(fields).map(([name, list]) => [name, Array.from(list)]));
  });
}

const line = (length: number, y = 1): Example => ({
  shapes: { x: [1, length, 1], y: [y] },
  counts: { outer: 1, length, inner: 1 },
});

describe("extremes along an axis", () => {
  it("share the gradient among all that are equal", () => {
    for (const { dx } of run(maxAxis, line(5), { x: [3, 1, 3, 3, 0], dy: [6] }, "backward")) {
      expect(dx).toEqual([2, 0, 2, 2, 0]);
    }
    const columns: Example = { shapes: { x: [1, 2, 5], y: [5] }, counts: { outer: 1, length: 2, inner: 5 } };
    const x = [1, 2, 3, 4, 5, 1, 1, 4, 4, 6];
    for (const { dx } of run(maxAxis, columns, { x, dy: [2, 2, 2, 2, 2] }, "backward")) {
      expect(dx).toEqual([1, 2, 0, 1, 0, 1, 0, 2, 1, 2]);
    }
  });

  it("stand in the first of equal places, and in that of the first NaN", () => {
    const places = (op: Op, x: number[], inner: number) => {
      const length = x.length / inner;
      const counts = { outer: 1, length, inner };
      const example = { shapes: { x: [1, length, inner] }, counts, sizes: { places: inner } };
      const [wasm, readable] = run(op, example, { x }, "forward").map((fields) => fields.places);
      expect(wasm).toEqual(readable);
      return wasm;
    };
    expect(places(argMaxAxis, [0, 7, 1, 2, 7, 7, 3], 1)).toEqual([1]);
    expect(places(argMaxAxis, [0, 1, 1, 7, 2, 7, 3, 7, 7], 1)).toEqual([3]);
    expect(places(argMaxAxis, [0, 9, 1, 2, 3, NaN_, 4, 5, NaN_], 1)).toEqual([5]);
    expect(places(argMinAxis, [0, -9, 1, 2, 3, 5, 4, NaN_, NaN_, -9], 1)).toEqual([7]);
    expect(places(argMinAxis, [-0, 0, 0, 0, -0], 1)).toEqual([0]);
    expect(places(argMaxAxis, Array(9).fill(Number.NEGATIVE_INFINITY), 1)).toEqual([0]);
    expect(places(argMaxAxis, [1, NaN_, 2, 2, 2, 5, 3, 1, NaN_, 2], 5)).toEqual([1, 0, 0, 1, 0]);
  });
});

describe("prodAxis", () => {
  it("has the product of the others as gradient where numbers are 0", () => {
    for (const [x, expected] of [
      [
        [2, 0, 3, 4],
        [0, 24, 0, 0],
      ],
      [
        [2, 0, 3, 0],
        [0, 0, 0, 0],
      ],
      [
        [0, 5, 5, 5],
        [125, 0, 0, 0],
      ],
      [
        [1e30, 1e30, 1e-30, 1e-30],
        [1e-30, 1e-30, 1e30, 1e30],
      ],
    ]) {
      for (const { dx } of run(prodAxis, line(4), { x, dy: [1] }, "backward")) {
        dx.forEach((value, i) => {
          expect(relativeError([value], [expected[i]])).toBeLessThan(2e-7);
        });
      }
    }
  });
});

describe("long sums", () => {
  const length = 1_000_003;
  const tenth = Math.fround(0.1);
  const x = Array<number>(length).fill(tenth);

  it("are right to a millionth", () => {
    const example = { ...line(length), numbers: { scale: 1 } };
    const [{ y }] = run(sumAxis, example, { x, dy: [1] }, "forward");
    expect(Math.abs(y[0] / (length * tenth) - 1)).toBeLessThan(1e-6);
    const running = { shapes: { x: [length], y: [length] }, counts: { outer: 1, length, inner: 1, reverse: 1 } };
    const [sums] = run(cumSumAxis, running, { x, dy: x }, "forward");
    for (const i of [0, 1, 500_000, length - 1]) {
      expect(Math.abs(sums.y[i] / ((length - i) * tenth) - 1)).toBeLessThan(1e-6);
    }
  });

  it("of the gradients of one row are, too", () => {
    const count = 100_003;
    const example = {
      shapes: { x: [3, 1], y: [count, 1] },
      sizes: { ids: count },
      counts: { rows: 3, width: 1, count },
    };
    const contents = { ids: Array(count).fill(-1), dy: x.slice(0, count), x: [1, 2, 3] };
    for (const { dx } of run(takeRows, example, contents, "backward")) {
      expect(dx.slice(0, 2)).toEqual([0, 0]);
      expect(Math.abs(dx[2] / (count * tenth) - 1)).toBeLessThan(1e-6);
    }
  });
});

describe("ids", () => {
  const least = -(2 ** 31);
  const most = 2 ** 31 - 1;

  it("of no row make NaN, and no gradient anywhere", () => {
    const ids = [1, 3, -1, -3, -4, most - 127, least];
    const example = { shapes: { x: [3, 2], y: [7, 2] }, sizes: { ids: 7 }, counts: { rows: 3, width: 2, count: 7 } };
    const contents = { x: [1, 2, 3, 4, 5, 6], ids, dy: Array(14).fill(1) };
    for (const { y } of run(takeRows, example, contents, "forward")) {
      expect(y).toEqual([3, 4, NaN_, NaN_, 5, 6, 1, 2, NaN_, NaN_, NaN_, NaN_, NaN_, NaN_]);
    }
    for (const { dx } of run(takeRows, example, contents, "backward")) expect(dx).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("of no place along an axis neither", () => {
    const example = {
      shapes: { x: [1, 2, 2], y: [1, 3, 2] },
      sizes: { ids: 6 },
      counts: { outer: 1, length: 2, inner: 2, count: 3 },
    };
    const contents = { x: [1, 2, 3, 4], ids: [1, -1, 2, -3, 1, least], dy: [1, 2, 4, 8, 16, 32] };
    for (const { y } of run(takeAlongAxis, example, contents, "forward"))
      expect(y).toEqual([3, 4, NaN_, NaN_, 3, NaN_]);
    for (const { dx } of run(takeAlongAxis, example, contents, "backward")) expect(dx).toEqual([0, 0, 17, 2]);
  });

  it("of no class make a row of `off`", () => {
    const example = {
      shapes: { y: [4, 3] },
      sizes: { ids: 4 },
      counts: { count: 4, classes: 3 },
      numbers: { on: 0.5, off: -0.25 },
    };
    for (const { y } of run(oneHot, example, { ids: [3, -1, 2, least] }, "forward")) {
      expect(y).toEqual([-0.25, -0.25, -0.25, -0.25, -0.25, -0.25, -0.25, -0.25, 0.5, -0.25, -0.25, -0.25]);
    }
  });
});

describe("sortRows", () => {
  /** Places in both machines of numbers, few (inserted) or many times (radix sort). */
  const places = (x: number[], descending: number, columnsKept = x.length) => {
    const columns = x.length;
    const example = {
      shapes: { x: [1, columns], y: [1, columnsKept] },
      sizes: { places: columnsKept },
      counts: { rows: 1, columns, descending, columnsKept },
    };
    const [wasm, readable] = run(sortRows, example, { x }, "forward").map((fields) => fields.places);
    expect(wasm).toEqual(readable);
    return wasm;
  };
  const { POSITIVE_INFINITY: infinite } = Number;

  it("keeps the order of equals, of 0 and −0 too, and puts NaN last", () => {
    const x = [0, NaN_, -0, 2, infinite, -1, 2, -infinite, 0, NaN_];
    expect(places(x, 0)).toEqual([7, 5, 0, 2, 8, 3, 6, 4, 1, 9]);
    expect(places(x, 1)).toEqual([4, 3, 6, 0, 2, 8, 5, 7, 1, 9]);
    expect(places(x, 1, 3)).toEqual([4, 3, 6]);
  });

  it("does so for many", () => {
    const x = Array.from({ length: 700 }, (_, i) => [NaN_, -0, 0, 1e-40, -infinite, -1.5, 3][(i * i) % 7]);
    for (const descending of [0, 1]) for (const kept of [700, 650, 48, 1]) places(x, descending, kept);
    const sorted = places(x, 0).slice(-100);
    expect(sorted).toEqual(Array.from({ length: 100 }, (_, i) => 7 * i));
  });
});

describe("random numbers", () => {
  it("depend on the step, the seed and the stream, and on nothing else", () => {
    const draw = (seed: number, stream: number, index: number) => {
      const counts = { count: 100, seed, stream };
      const example = { shapes: { y: [100] }, counts, numbers: { low: 0, high: 1 }, step: { index } };
      const [wasm, readable] = run(randomUniform, example, {}, "forward").map((fields) => fields.y);
      expect(wasm).toEqual(readable);
      return wasm.join();
    };
    expect(draw(1, 2, 3)).toBe(draw(1, 2, 3));
    expect(new Set([draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]).size).toBe(4);
  });
});
