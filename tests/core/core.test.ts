// The functions of wasmgrad/core against readable kernels in float64, at awkward sizes and in awkward places.
import { beforeEach, describe, expect, it } from "vitest";
import {
  activations,
  ArgumentError,
  createCore,
  type ElementwiseActivation,
  MemoryLimitError,
  optimizers,
  ShapeError,
} from "wasmgrad/core";
import * as ops from "../../src/ops/index";
import type { ReadableOp } from "../../src/ops/op";
import { updatesOf } from "../../src/optimizers/optimizers";
import { inFloat64, numbers, relativeError } from "./oracle";

const core = await createCore({ bytes: 2 ** 22 });
const { arena } = core;

beforeEach(() => arena.reset());

/** An array of the core with these contents. */
function put(values: ArrayLike<number>): Float32Array {
  const array = arena.float32(values.length);
  array.set(values);
  return array;
}

/** Arrays of a length that follow each other without a gap, from an odd place on, and a check that all else is untouched. */
function neighbours(length: number, contents: readonly ArrayLike<number>[]) {
  const all = arena.float32(length * contents.length + 40).fill(7);
  const arrays = contents.map((content, i) => {
    const array = all.subarray(3 + i * length, 3 + (i + 1) * length);
    array.set(content);
    return array;
  });
  const isIntact = () => [...all.subarray(0, 3), ...all.subarray(3 + length * contents.length)].every((x) => x === 7);
  return { arrays, isIntact };
}

const sizes = [1, 3, 4, 5, 7, 13, 15, 16, 17, 31, 32, 33, 61, 128];
const shapes = [
  [1, 1, 1],
  [3, 5, 7],
  [7, 1, 19],
  [1, 13, 17],
  [5, 16, 3],
  [17, 31, 13],
  [64, 48, 32],
  [61, 67, 331],
] as const;

describe.each(shapes)("products [%i, %i] of length %i", (m, n, k) => {
  const counts = { rows: m, inputs: k, units: n };
  const [a, b, bias, before] = [numbers(m * k, 1), numbers(k * n, 2), numbers(n, 3), numbers(m * n, 4)];

  it("a·b, with a bias, and added", () => {
    const truth = inFloat64(ops.dense, "forward", { x: a, w: b, b: bias, y: before }, counts).y;
    const [atA, atB, atBias, c] = [put(a), put(b), put(bias), put(before)];
    core.matmul(atA, atB, c, m, n, k, false, atBias);
    expect(relativeError(c, truth)).toBeLessThan(3e-6);
    c.set(before);
    core.matmul(atA, atB, c, m, n, k, true, atBias);
    expect(
      relativeError(
        c,
        truth.map((value, i) => value + before[i]),
      ),
    ).toBeLessThan(3e-6);
    core.matmul(atA, atB, c, m, n, k);
    expect(
      relativeError(
        c,
        truth.map((value, i) => value - bias[i % n]),
      ),
    ).toBeLessThan(3e-6);
  });

  it("aᵀ·b and a·bᵀ, stored and added; sums of rows", () => {
    const [x, w, dy] = [numbers(m * k, 5), numbers(k * n, 6), numbers(m * n, 7)];
    for (const add of [false, true]) {
      const [dx, dw, db] = [numbers(m * k, 8), numbers(k * n, 9), numbers(n, 10)];
      const flags = { addDx: Number(add), addDw: Number(add), addDb: Number(add) };
      const truth = inFloat64(ops.dense, "backward", { x, w, dy, dx, dw, db }, { ...counts, ...flags });
      const [atX, atW, atDy, atDx, atDw, atDb] = [x, w, dy, dx, dw, db].map(put);
      core.matmulTransposeA(atX, atDy, atDw, k, n, m, add);
      core.matmulTransposeB(atDy, atW, atDx, m, k, n, add);
      core.sumRows(atDy, atDb, m, n, add);
      expect(relativeError(atDw, truth.dw)).toBeLessThan(3e-6);
      expect(relativeError(atDx, truth.dx)).toBeLessThan(3e-6);
      expect(relativeError(atDb, truth.db)).toBeLessThan(3e-6);
    }
  });
});

describe("conv2d", () => {
  const cases = [
    { batch: 2, height: 5, width: 4, channels: 3, filters: 3, kernelSize: 3, padding: "same" },
    { batch: 1, height: 7, width: 9, channels: 1, filters: 5, kernelSize: [2, 4], strides: 2 },
    { batch: 3, height: 6, width: 5, channels: 4, filters: 6, kernelSize: [3, 2], groups: 2, dilationRate: [2, 1] },
    { batch: 2, height: 4, width: 5, channels: 7, filters: 16, kernelSize: 1 },
    { batch: 1, height: 3, width: 3, channels: 2, filters: 3, kernelSize: 3, strides: [1, 2], padding: [0, 2, 1, 0] },
    { batch: 2, height: 17, width: 13, channels: 8, filters: 8, kernelSize: 5, padding: "same", strides: 3 },
  ] as const;

  it.each(cases)("%j", (options) => {
    const conv = core.conv2d(options);
    const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size);
    const [, outHeight, outWidth] = conv.outputShape;
    const [strideY, strideX] = [(options as { strides?: number | number[] }).strides ?? 1].flat(2);
    const pair = (value: number | readonly number[]) => (typeof value === "number" ? [value, value] : value);
    const { batch, height, width, channels, filters, kernelSize } = options;
    const [kernelHeight, kernelWidth] = pair(kernelSize);
    const [dilationY, dilationX] = pair("dilationRate" in options ? options.dilationRate : 1);
    const padding = "padding" in options ? options.padding : "valid";
    const stride = [strideY, strideX ?? strideY];
    // By the definition of "same": ⌈size / stride⌉ windows, what they need beyond the image split, the larger half behind.
    const inFront = (axis: 0 | 1, size: number, span: number) => {
      if (padding === "valid") return 0;
      if (padding !== "same") return padding[2 * axis];
      return Math.floor(Math.max(0, (Math.ceil(size / stride[axis]) - 1) * stride[axis] + span - size) / 2);
    };
    const counts = {
      batch,
      height,
      width,
      channels,
      outHeight,
      outWidth,
      filters,
      kernelHeight,
      kernelWidth,
      strideY: stride[0],
      strideX: stride[1],
      padTop: inFront(0, height, (kernelHeight - 1) * dilationY + 1),
      padLeft: inFront(1, width, (kernelWidth - 1) * dilationX + 1),
      dilationY,
      dilationX,
      groups: "groups" in options ? options.groups : 1,
    };
    const [x, w, dy] = [conv.inputShape, conv.kernelShape, conv.outputShape].map((shape, i) =>
      numbers(sizeOf(shape), i),
    );
    const bias = numbers(filters, 4);
    const [atX, atW, atDy, atBias, y] = [x, w, dy, bias, dy].map(put);
    conv.forward(atX, atW, y, atBias);
    const forward = inFloat64(ops.conv2d, "forward", { x, w, b: bias, y: new Float64Array(dy.length) }, counts);
    expect(relativeError(y, forward.y)).toBeLessThan(3e-6);
    conv.forward(atX, atW, y);
    expect(
      relativeError(
        y,
        forward.y.map((value, i) => value - bias[i % filters]),
      ),
    ).toBeLessThan(3e-6);
    for (const add of [false, true]) {
      const [dx, dw] = [numbers(x.length, 5), numbers(w.length, 6)];
      const flags = { addDx: Number(add), addDw: Number(add) };
      const truth = inFloat64(ops.conv2d, "backward", { x, w, dy, dx, dw }, { ...counts, ...flags });
      const [atDx, atDw] = [dx, dw].map(put);
      conv.inputGradient(atDy, atW, atDx, add);
      conv.kernelGradient(atX, atDy, atDw, add);
      expect(relativeError(atDx, truth.dx)).toBeLessThan(1e-5);
      expect(relativeError(atDw, truth.dw)).toBeLessThan(1e-5);
    }
  });

  it("needs scratch memory behind the arena's arrays, and says how much is missing", async () => {
    const small = await createCore({ bytes: 2 ** 20 });
    const conv = small.conv2d({
      batch: 1,
      height: 8,
      width: 8,
      channels: 700,
      filters: 2,
      kernelSize: 5,
      padding: "same",
    });
    const [x, w, y] = [conv.inputShape, conv.kernelShape, conv.outputShape].map((shape) => small.arena.float32(shape));
    expect(() => conv.forward(x, w, y)).toThrow(MemoryLimitError);
    expect(() => conv.forward(x, w, y)).toThrow(
      new RegExp(`^conv2d.forward: needs ${conv.scratchBytes} bytes of scratch memory, \\d+ more than there are`),
    );
  });

  it("refuses what does not fit", () => {
    const options = { batch: 1, height: 3, width: 3, channels: 2, filters: 3, kernelSize: 4 } as const;
    expect(() => core.conv2d(options)).toThrow("conv2d: a kernel of 4×4 does not fit into an image of 3×3.");
    expect(() => core.conv2d({ ...options, kernelSize: 2, groups: 2 })).toThrow("2 groups do not divide");
    expect(() => core.conv2d({ ...options, stride: 2 } as never)).toThrow(
      'unknown option "stride". Did you mean "strides"?',
    );
    expect(() => core.conv2d({ ...options, padding: "full" as never })).toThrow('padding must be "valid", "same" or');
  });
});

describe("softmax and logSoftmax", () => {
  it.each([
    [1, 1],
    [3, 7],
    [5, 16],
    [2, 61],
  ])("of %i rows of %i, forward and backward, in place and apart", (rows, columns) => {
    const [x, dy, before] = [
      numbers(rows * columns, 1).map((v) => 8 * v),
      numbers(rows * columns, 2),
      numbers(rows * columns, 3),
    ];
    for (const [op, run, runBack] of [
      [ops.softmax, core.softmax, core.softmaxBackward],
      [ops.logSoftmax, core.logSoftmax, core.logSoftmaxBackward],
    ] as const) {
      const { y } = inFloat64(op, "forward", { x, y: before }, { rows, columns });
      const { arrays, isIntact } = neighbours(rows * columns, [x, before, dy, before]);
      const [atX, atY, atDy, atDx] = arrays;
      run(atX, atY, rows, columns);
      expect(relativeError(atY, y)).toBeLessThan(2e-6);
      run(atX, atX, rows, columns);
      expect(atX).toEqual(atY);
      const saved = { y: Float64Array.from(atY), dy };
      const { dx } = inFloat64(op, "backward", { ...saved, dx: before }, { rows, columns, addDx: 1 });
      runBack(atY, atDy, atDx, rows, columns, true);
      expect(relativeError(atDx, dx)).toBeLessThan(3e-6);
      runBack(atY, atDy, atDx, rows, columns);
      runBack(atY, atDy, atDy, rows, columns);
      expect(atDy).toEqual(atDx);
      expect(isIntact()).toBe(true);
    }
  });
});

const names = Object.keys(activations).filter((name) => !["custom", "linear", "softmax", "logSoftmax"].includes(name));

describe.each(names)("activation %s", (name) => {
  const formula = activations[name as ElementwiseActivation]();
  const op = formula.op as ReadableOp;
  const activation = core.activation(name as ElementwiseActivation);

  it("at all sizes, among neighbours", () => {
    for (const count of sizes) {
      const [x, dy, before] = [numbers(count, 1).map((v) => 4 * v), numbers(count, 2), numbers(count, 3)];
      const { arrays, isIntact } = neighbours(count, [before, x, dy, before]);
      const [atY, atX, atDy, atDx] = arrays;
      activation.forward(atX, atY);
      const { y } = inFloat64(op, "forward", { x, y: before }, { count, ...formula.numbers });
      expect(relativeError(atY, y)).toBeLessThan(2e-6);
      expect(atX).toEqual(x);
      const saved = { x, y: Float32Array.from(atY) }[activation.saves];
      const back = (addDx: number) =>
        inFloat64(op, "backward", { [activation.saves]: saved, dy, dx: before }, { count, addDx, ...formula.numbers })
          .dx;
      activation.backward(activation.saves === "x" ? atX : atY, atDy, atDx, true);
      expect(relativeError(atDx, back(1))).toBeLessThan(4e-6);
      activation.backward(activation.saves === "x" ? atX : atY, atDy, atDx);
      expect(relativeError(atDx, back(0))).toBeLessThan(4e-6);
      expect(atDy).toEqual(dy);
      // In place, to the same bits.
      activation.backward(activation.saves === "x" ? atX : atY, atDy, atDy);
      expect(atDy).toEqual(atDx);
      activation.forward(atX, atX);
      expect(atX).toEqual(atY);
      expect(isIntact()).toBe(true);
    }
  });
});

describe("element by element", () => {
  it("adds, subtracts, multiplies and scales, in place and apart, among neighbours", () => {
    for (const count of sizes) {
      const [a, b] = [numbers(count, 1), numbers(count, 2)];
      const formulas = {
        add: (x: number, y: number) => x + y,
        subtract: (x: number, y: number) => x - y,
        multiply: (x: number, y: number) => x * y,
      };
      for (const [name, formula] of Object.entries(formulas)) {
        const truth = a.map((value, i) => Math.fround(formula(value, b[i])));
        const { arrays, isIntact } = neighbours(count, [a, b, a]);
        const [atA, atB, atY] = arrays;
        const run = core[name as "add" | "subtract" | "multiply"];
        run(atA, atB, atY);
        expect(atY).toEqual(truth);
        expect([atA, atB]).toEqual([a, b]);
        run(atA, atB, atA);
        expect(atA).toEqual(truth);
        expect(isIntact()).toBe(true);
      }
      const { arrays, isIntact } = neighbours(count, [a, b]);
      core.scale(arrays[0], arrays[1], 0.5, 2);
      expect(arrays[1]).toEqual(a.map((value) => Math.fround(Math.fround(0.5 * value) + 2)));
      expect(arrays[0]).toEqual(a);
      core.scale(arrays[0], arrays[0], -4);
      expect(arrays[0]).toEqual(a.map((value) => -4 * value));
      expect(isIntact()).toBe(true);
    }
  });

  it("takes options, and only what works element by element", () => {
    const [x, y] = [put([-2, 3]), put([0, 0])];
    core.activation(activations.leakyRelu({ negativeSlope: 0.5 })).forward(x, y);
    expect([...y]).toEqual([-1, 3]);
    expect(() => core.activation("softmax" as never)).toThrow(
      "activation: softmax works along rows. Use core.softmax.",
    );
    expect(() => core.activation("linear" as never)).toThrow("activation: linear changes nothing.");
    expect(() => core.activation("reluu" as never)).toThrow('Did you mean "relu"?');
  });
});

describe("reductions", () => {
  it("are those of float64", () => {
    for (const count of [...sizes, 1000, 4099]) {
      const [a, b] = [numbers(count, 1), numbers(count, 2)];
      const [atA, atB] = neighbours(count, [a, b]).arrays;
      const sum = a.reduce((total, value) => total + value, 0);
      const tolerance = 1e-12 * count;
      expect(Math.abs(core.sum(atA) - sum)).toBeLessThan(tolerance);
      expect(Math.abs(core.mean(atA) - sum / count)).toBeLessThan(tolerance);
      expect(core.max(atA)).toBe(a.reduce((most, value) => Math.max(most, value)));
      const dot = a.reduce((total, value, i) => total + value * b[i], 0);
      expect(Math.abs(core.dot(atA, atB) - dot)).toBeLessThan(tolerance);
      expect(Math.abs(core.squaredNorm(atA) - a.reduce((total, value) => total + value * value, 0))).toBeLessThan(
        tolerance,
      );
    }
  });

  it("does not lose small terms beside large ones", () => {
    const x = put([2 ** 24, 1, 1, 1, -(2 ** 24)]);
    expect(core.sum(x)).toBe(3);
    expect(core.squaredNorm(put([2 ** 26, 1]))).toBe(2 ** 52 + 1);
  });

  it("max is NaN where there is one, wherever it stands", () => {
    for (const count of sizes) {
      for (const place of [0, count >> 1, count - 1]) {
        const values = numbers(count);
        values[place] = Number.NaN;
        expect(core.max(put(values))).toBeNaN();
      }
    }
    expect(core.max(put([Number.NEGATIVE_INFINITY]))).toBe(Number.NEGATIVE_INFINITY);
  });
});

const optimizerCases = [
  ...Object.entries(optimizers).map(([name, make]) => [name, make()] as const),
  ["sgd with momentum", optimizers.sgd({ momentum: 0.9, nesterov: true })] as const,
  ["rmsprop, centered", optimizers.rmsprop({ centered: true, momentum: 0.5 })] as const,
  ["adam, amsgrad", optimizers.adam({ amsgrad: true })] as const,
  ["adam, clipNorm and decay", optimizers.adam({ clipNorm: 0.5, weightDecay: 0.1 })] as const,
  [
    "adam, clipValue and a schedule",
    optimizers.adam({ clipValue: 0.3, learningRate: (step) => 0.1 / (1 + step) }),
  ] as const,
];

describe.each(optimizerCases)("optimizer %s", (_name, optimizer) => {
  it("makes the steps of the readable kernels, among neighbours", () => {
    for (const count of [1, 5, 16, 37]) {
      arena.reset();
      const start = numbers(count, 1);
      const { arrays, isIntact } = neighbours(count, [start, start]);
      const [weights, gradients] = arrays;
      const updater = core.optimizer(optimizer, weights, gradients);
      const vectors: Record<string, ArrayLike<number>> = { w: start };
      for (const { field, initial } of optimizer.slots) vectors[field] = new Float64Array(count).fill(initial);
      for (let index = 0; index < 3; index++) {
        const g = numbers(count, 10 + index);
        gradients.set(g);
        updater.step();
        vectors.g = g;
        const rate = optimizer.learningRate;
        const learningRate = typeof rate === "function" ? rate(index) : (rate as number);
        for (const { op, numbers: options, counts } of updatesOf(optimizer)) {
          const used = Object.fromEntries(
            op.tensors.filter((name) => name in vectors).map((name) => [name, vectors[name]]),
          );
          const after = inFloat64(
            op as ReadableOp,
            "forward",
            used,
            { count, ...options, ...counts },
            { index, learningRate },
          );
          for (const name of Object.keys(used)) vectors[name] = after[name];
        }
      }
      expect(updater.iterations).toBe(3);
      expect(relativeError(weights, vectors.w)).toBeLessThan(2e-6);
      for (const { field, name } of optimizer.slots) {
        expect(relativeError(updater.slots[name], vectors[field])).toBeLessThan(2e-6);
      }
      expect(isIntact()).toBe(true);
    }
  });
});

describe("an updater", () => {
  it("takes another learning rate and goes on from any iteration", () => {
    const [weights, gradients] = [put([1, 2]), put([1, 1])];
    const updater = core.optimizer("sgd", weights, gradients);
    updater.step(0.5);
    expect([...weights]).toEqual([0.5, 1.5]);
    updater.iterations = 100;
    updater.step();
    expect(updater.iterations).toBe(101);
  });

  it("refuses numbers that would spoil the weights, and leaves these as they are", () => {
    const [weights, gradients] = [put([1, 2]), put([1, 1])];
    const updater = core.optimizer("sgd", weights, gradients);
    expect(() => updater.step(Number.NaN)).toThrow("optimizer: learningRate must be a finite number ≥ 0, got NaN.");
    expect(() => updater.step(-1)).toThrow(ArgumentError);
    updater.iterations = 0.5;
    expect(() => updater.step()).toThrow("optimizer: iterations must be an integer ≥ 0, got 0.5.");
    expect(() => core.scale(weights, weights, Number.POSITIVE_INFINITY)).toThrow(
      "scale: factor must be a finite number",
    );
    expect(() => core.scale(weights, weights, 1, "2" as never)).toThrow("scale: offset must be a finite number");
    expect([...weights]).toEqual([1, 2]);
  });

  it("refuses to go on when its state has been released", () => {
    const [weights, gradients] = [put([1, 2]), put([1, 1])];
    const mark = arena.mark();
    const updater = core.optimizer("adam", weights, gradients);
    arena.release(mark);
    expect(() => updater.step()).toThrow("optimizer: weights, gradients or state has been released to the arena.");
  });
});

describe("the arena", () => {
  it("gives zeros on multiples of 64 bytes, and takes back what came after a mark", () => {
    const first = arena.float32([3, 5]).fill(1);
    const mark = arena.mark();
    const second = arena.float32(17).fill(2);
    expect([first.length, second.length]).toEqual([15, 17]);
    expect([first.byteOffset % 64, second.byteOffset % 64]).toEqual([0, 0]);
    expect(arena.used).toBe(64 + 128);
    arena.release(mark);
    expect(arena.used).toBe(64);
    const third = arena.float32(17);
    expect(third.byteOffset).toBe(second.byteOffset);
    expect([...third]).toEqual(new Array(17).fill(0));
    expect(first[0]).toBe(1);
    arena.reset();
    expect([arena.used, arena.free]).toEqual([0, arena.bytes]);
  });

  it("says when it is full, and how full", async () => {
    const { arena } = await createCore({ bytes: 256 });
    arena.float32(17);
    expect(() => arena.float32(40)).toThrow(MemoryLimitError);
    expect(() => arena.float32(40)).toThrow("arena.float32: 192 bytes do not fit: 128 of 256 are free.");
    expect(arena.float32(32)).toHaveLength(32);
    expect(arena.free).toBe(0);
  });

  it("refuses sizes and marks that are none", () => {
    for (const size of [0, -1, 1.5, Number.NaN, "3", [2, 0]]) {
      expect(() => arena.float32(size as number)).toThrow(ArgumentError);
    }
    const mark = arena.mark();
    arena.float32(1);
    const later = arena.mark();
    arena.release(mark);
    expect(() => arena.release(later)).toThrow("expects a mark of this arena that has not been released");
    expect(() => arena.release(3 as never)).toThrow(ArgumentError);
  });
});

describe("mistakes", () => {
  it("are arrays from elsewhere", async () => {
    const [a, c] = [put([1]), put([1])];
    const other = await createCore({ bytes: 64 });
    const foreign = other.arena.float32(1);
    expect(() => core.matmul(a, foreign, c, 1, 1, 1)).toThrow(ArgumentError);
    expect(() => core.matmul(a, new Float32Array(1), c, 1, 1, 1)).toThrow(
      "matmul: b is not in the core's memory. Take an array with arena.float32(1) and copy into it.",
    );
    expect(() => core.sum([1, 2] as never)).toThrow("sum: x must be a Float32Array of the core's arena, got [1, 2].");
    expect(() => core.activation("relu").forward(new Float32Array(3), c)).toThrow("relu.forward: x is not in");
  });

  it("are arrays that have been released", () => {
    const mark = arena.mark();
    const x = put([1, 2, 3]);
    arena.release(mark);
    expect(() => core.sum(x)).toThrow("sum: x has been released to the arena.");
  });

  it("are wrong lengths and sizes", () => {
    const [a, b, c] = [put([1, 2]), put([3, 4]), put([0, 0, 0, 0])];
    expect(() => core.matmul(a, b, c, 2, 1, 1)).toThrow(ShapeError);
    expect(() => core.matmul(a, b, c, 2, 1, 1)).toThrow("matmul: b must have 1 elements, got 2.");
    expect(() => core.matmul(a, b, c, 1.5, 2, 1)).toThrow("matmul: m must be an integer ≥ 1, got 1.5.");
    expect(() => core.add(a, c, b)).toThrow("add: b must have 2 elements, got 4.");
    expect(() => core.softmax(a, b, 1, 3)).toThrow("softmax: x must have 3 elements, got 2.");
  });

  it("are results over what they are computed from", () => {
    const all = arena.float32(64);
    const [a, b] = [all.subarray(0, 4), all.subarray(8, 12)];
    expect(() => core.matmul(a, b, all.subarray(2, 6), 2, 2, 2)).toThrow("matmul: c and a must not share memory.");
    expect(() => core.matmul(a, b, b, 2, 2, 2)).toThrow("matmul: c and b must not share memory.");
    expect(() => core.scale(a, all.subarray(1, 5), 2)).toThrow("scale: y and another part of x must not share memory.");
    expect(() => core.optimizer("sgd", a, a)).toThrow("optimizer: weights and gradients must not share memory.");
  });

  it("are options of the core", async () => {
    await expect(createCore({ bytes: 0 })).rejects.toThrow("createCore: bytes must be an integer ≥ 1, got 0.");
    await expect(createCore({ bytes: 2 ** 33 })).rejects.toThrow(MemoryLimitError);
    await expect(createCore({ byte: 4 } as never)).rejects.toThrow('unknown option "byte". Did you mean "bytes"?');
    await expect(createCore({ bytes: 64, math: "fast" as never })).rejects.toThrow("math cannot be");
  });
});

describe("a call", () => {
  it("leaves nothing for the garbage collector", () => {
    const [a, b, c] = [put(numbers(16, 1)), put(numbers(16, 2)), put(numbers(16, 3))];
    const relu = core.activation("relu");
    const updater = core.optimizer("adam", a, b);
    const work = () => {
      core.matmul(a, b, c, 4, 4, 4);
      relu.forward(c, c);
      core.softmax(c, c, 4, 4);
      updater.step();
    };
    for (let i = 0; i < 20_000; i++) work();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 100_000; i++) work();
    // Anything a call left would be 1.6 MB at least; what the test's own machinery leaves meanwhile is less.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
  });

  it("gives the same bits again, and in another core", async () => {
    const run = ({ arena, matmul, softmax }: Awaited<ReturnType<typeof createCore>>) => {
      const [a, b, c] = [numbers(35 * 61, 1), numbers(61 * 13, 2), numbers(35 * 13, 3)].map((values) => {
        const array = arena.float32(values.length);
        array.set(values);
        return array;
      });
      matmul(a, b, c, 35, 13, 61);
      softmax(c, c, 35, 13);
      return c;
    };
    expect(run(await createCore({ bytes: 2 ** 16 }))).toEqual(run(core));
  });
});
