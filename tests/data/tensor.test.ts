import { describe, expect, it } from "vitest";
import { findNonFinite, type Nested, Tensor, tensor, toTensor } from "../../src/tensor/tensor";
import { DataError, ShapeError } from "../../src/errors";

describe("tensor", () => {
  it("takes its shape from the nesting and float32 by default", () => {
    const t = tensor([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ]);
    expect([t.shape, t.dtype, t.size]).toEqual([[1, 2, 3], "float32", 6]);
    expect([...t.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ["a number", 7, []],
    ["nothing", [], [0]],
    ["empty rows", [[], []], [2, 0]],
    ["one of everything", [[[[5]]]], [1, 1, 1, 1]],
    ["a prime pair", Array.from({ length: 13 }, (_, i) => Array.from({ length: 7 }, (_, j) => i * 7 + j)), [13, 7]],
  ])("gives back %s as nested arrays", (_, values, shape) => {
    const t = tensor(values as Nested);
    expect(t.shape).toEqual(shape);
    expect(t.toArray()).toEqual(values);
  });

  it("uses a fitting typed array without a copy", () => {
    for (const data of [new Float32Array(6), new Int32Array(6), new Uint8Array(6)]) {
      expect(tensor(data, [2, 3]).data).toBe(data);
      expect(toTensor({ data, shape: [3, 2] }, "test").data).toBe(data);
    }
  });

  it.each([
    [Float64Array, "float32"],
    [Float32Array, "float32"],
    [Int8Array, "int32"],
    [Int16Array, "int32"],
    [Uint16Array, "int32"],
    [Uint32Array, "int32"],
    [Uint8ClampedArray, "uint8"],
  ] as const)("converts %o to %s", (Type, dtype) => {
    const t = tensor(new Type([1, 2, 100]));
    expect(t.dtype).toBe(dtype);
    expect(t.toArray()).toEqual([1, 2, 100]);
  });

  it("reads rows that are typed arrays, in their dtype", () => {
    const t = tensor([new Uint8Array([1, 2]), new Uint8Array([3, 255])]);
    expect([t.shape, t.dtype, t.toArray()]).toEqual([
      [2, 2],
      "uint8",
      [
        [1, 2],
        [3, 255],
      ],
    ]);
  });

  it("rounds to float32 and to nothing else", () => {
    expect(tensor([0.1]).data[0]).toBe(Math.fround(0.1));
    expect(() => tensor([1, 2.5], undefined, "int32")).toThrow("tensor: values[1] is 2.5, but int32 holds integers");
    expect(() => tensor([[1, 256]], undefined, "uint8")).toThrow("tensor: values[0][1] is 256, but uint8 holds");
    expect(() => tensor([-1], undefined, "uint8")).toThrow(DataError);
    expect(() => tensor([2 ** 31], undefined, "int32")).toThrow(DataError);
    expect(() => tensor(new Uint32Array([2 ** 31]))).toThrow(DataError);
    expect(() => tensor([Number.NaN], undefined, "int32")).toThrow(DataError);
  });

  it("names the row that is ragged", () => {
    const rows = Array.from({ length: 4 }, (_, i) => new Array(i === 3 ? 4 : 5).fill(0));
    expect(() => toTensor(rows, "fit: x")).toThrow("fit: x is ragged: row 3 has 4 values, row 0 has 5.");
    expect(() => toTensor([[[1], [2]], [[1]]], "fit: x")).toThrow("fit: x is ragged: row 1 has 1 values, row 0 has 2.");
    expect(() =>
      toTensor(
        [
          [[1], [2]],
          [[1], [2, 3]],
        ],
        "fit: x",
      ),
    ).toThrow("[1][1] has 2 values, [0][0] has 1.");
    expect(() => toTensor([1, [2]], "fit: x")).toThrow("fit: x is ragged: row 1 is an array, row 0 a number.");
    expect(() => toTensor([[[1]], new Float32Array(1)], "fit: x")).toThrow(ShapeError);
    expect(() => toTensor([[1], 2], "fit: x")).toThrow("fit: x[1] must be an array, got 2.");
  });

  it("counts before it allocates", () => {
    const wide = new Array(1_000_000).fill(0);
    const rows = [wide, ...Array.from({ length: 1_000_000 }, () => [])];
    expect(() => toTensor(rows, "fit: x")).toThrow("row 1 has 0 values, row 0 has 1000000.");
  });

  it.each([
    ["a string", [["1"]], 'fit: x[0][0] must be a number, got "1".'],
    ["a boolean", [true], "fit: x[0] must be a number, got true. Write 1 for true and 0 for false."],
    ["null", [null], "fit: x[0] must be a number, got null."],
    ["a hole", new Array(3), "fit: x[0] must be a number, got undefined."],
    ["an object", { length: 1 }, "fit: x must be a number, got an object (Object)."],
    ["a bigint", [1n], "fit: x[0] must be a number, got 1n."],
    ["a tensor in an array", [tensor([1])], "fit: x[0] must be a number, got an object (Tensor)."],
    ["big integers", new BigInt64Array(1), "fit: x must be a number, got an object (BigInt64Array)."],
    ["nothing at all", undefined, "fit: x must be a number, got undefined."],
  ])("refuses %s", (_, values, message) => {
    expect(() => toTensor(values as Nested, "fit: x")).toThrow(message);
    expect(() => toTensor(values as Nested, "fit: x")).toThrow(DataError);
  });

  it("refuses to keep numbers in another array than a tensor can own", () => {
    for (const data of [[1], new Float64Array(1), 1, undefined]) {
      expect(() => new Tensor(data as never, [1])).toThrow(/^Tensor: expected a Float32Array, .* got /);
    }
  });

  it("refuses shapes that do not hold the values", () => {
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow("tensor: shape [2,2] holds 4 values, got 3.");
    expect(() => tensor([1, 2], [-1, -2])).toThrow(ShapeError);
    expect(() => tensor([1, 2], [1.5, 2])).toThrow(ShapeError);
    expect(() => tensor([1], [1e6, 1e6])).toThrow(ShapeError);
    expect(() => new Tensor(new Float32Array(1), [2])).toThrow(ShapeError);
    expect(() => toTensor({ data: new Float32Array(1), shape: [2] }, "fit: x")).toThrow("fit: x: shape [2] holds 2");
  });

  it("asks for the rank that is needed", () => {
    expect(() => toTensor(5, "fit: y", 1)).toThrow("fit: y must have rank 1 or more, got shape [].");
    expect(toTensor(5, "fit: y").shape).toEqual([]);
  });

  it("ends in an error for an array that holds itself", () => {
    const loop: Nested[] = [];
    loop.push(loop);
    expect(() => toTensor(loop, "fit: x")).toThrow(ShapeError);
  });

  it("owns its shape", () => {
    const shape = [2, 1];
    const t = tensor([1, 2], shape);
    shape[0] = 9;
    expect(t.shape).toEqual([2, 1]);
  });
});

describe("what a tensor shows", () => {
  const matrix = tensor([
    [1, 2],
    [3, 4.5],
  ]);

  it("is type, shape and values as text", () => {
    expect(`${matrix}`).toBe("float32 [2, 2]: 1, 2, 3, 4.5");
    expect(String(tensor(0.1))).toBe("float32 []: 0.1");
    expect(String(tensor(new Uint8Array(0)))).toBe("uint8 [0]: ");
    expect(String(tensor([Number.NaN, -1e-9, 1 / 3]))).toBe("float32 [3]: NaN, -1e-9, 0.333333");
  });

  it("is short of large ones", () => {
    expect(String(tensor(new Int32Array(8)))).toBe("int32 [8]: 0, 0, 0, 0, 0, 0, 0, 0");
    expect(String(tensor(new Int32Array(9)))).toBe("int32 [9]: 0, 0, 0, 0, 0, 0, 0, 0, …");
  });

  it("is arrays of the rank that is asked for, and no other", () => {
    expect(matrix.toArray(2)[1][1]).toBe(4.5);
    expect(matrix.toArray(2)).toEqual(matrix.toArray());
    expect(tensor(5).toArray(0)).toBe(5);
    expect(tensor([1, 2]).toArray(1)).toEqual([1, 2]);
    expect(() => matrix.toArray(3)).toThrow(new ShapeError("toArray: rank 3 was asked for, the shape is [2, 2]."));
  });
});

describe("findNonFinite", () => {
  it("finds the first of each kind, and nothing among finite values", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const values = new Float32Array(17);
      values[13] = values[16] = value;
      expect(findNonFinite(tensor(values))).toEqual({ index: 13, value });
    }
    expect(findNonFinite(tensor([0, -0, 3.4e38, -1e-45]))).toBeUndefined();
    expect(findNonFinite(tensor(new Int32Array([1])))).toBeUndefined();
  });
});
