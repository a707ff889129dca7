import { describe, expect, it } from "vitest";
import { type Config, functional, importConfig, layer, near, operation, outputsOf, tensorOf } from "./kerasConfig";

describe("operations in configurations", () => {
  const x = [
    [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ],
  ];
  const flat = [1, 2, 3, 4, 5, 6, 7, 8];
  const a = tensorOf("x");
  const range = (start: number | null, stop: number | null, step: number | null = null) => ({
    class_name: "__slice__",
    config: { start, stop, step },
  });
  const of3 = async (className: string, config: Config, args: unknown[], kwargs: Config = {}) => {
    const model = functional({ x: [2, 4] }, [operation(className, "o", config, args, kwargs)], ["o"]);
    return outputsOf(await importConfig(model, {}, { version: "3.5.0" }), x);
  };
  const of2 = async (name: string, kwargs: Config, first: unknown = ["x", 0, 0]) => {
    const given = Array.isArray(first) && Array.isArray(first[0]) ? [...(first as unknown[][])] : [first as unknown[]];
    const node = given.map((one) => [...(one as unknown[]), kwargs]);
    const isList = Array.isArray((first as unknown[])[0]);
    const op = layer("TFOpLambda", "o", { function: name }, { inbound_nodes: [isList ? node : node[0]] });
    return outputsOf(await importConfig(functional({ x: [2, 4] }, [op], ["o"])), x);
  };
  const rows = (call: (value: number, i: number) => number) => [[flat.slice(0, 4).map(call), flat.slice(4).map(call)]];

  it("of Keras 3 compute with constants on either side", async () => {
    expect(await of3("Subtract", {}, [10, a])).toEqual(rows((value) => 10 - value));
    expect(await of3("Divide", {}, [a, 2])).toEqual(rows((value) => value / 2));
    expect(await of3("Multiply", {}, [a, [1, 10, 100, 1000]])).toEqual(rows((value, i) => value * 10 ** i));
    expect(await of3("Power", {}, [a, 2])).toEqual(rows((value) => value ** 2));
    expect(await of3("Clip", { x_min: 2, x_max: 5 }, [a])).toEqual(rows((value) => Math.min(Math.max(value, 2), 5)));
    expect(await of3("Where", {}, [a, a, 0])).toEqual(rows((value) => value));
  });

  it("of Keras 3 reduce and reshape", async () => {
    expect(await of3("Mean", { axis: -1, keepdims: false }, [a])).toEqual([[2.5, 6.5]]);
    expect(await of3("Sum", { axis: [1, 2], keepdims: true }, [a])).toEqual([[[36]]]);
    expect(await of3("Max", { axis: 1, keepdims: false }, [a])).toEqual([[5, 6, 7, 8]]);
    expect(await of3("Reshape", { newshape: [-1, 4, 2] }, [a])).toEqual([
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(await of3("Transpose", { axes: [0, 2, 1] }, [a])).toEqual([
      [
        [1, 5],
        [2, 6],
        [3, 7],
        [4, 8],
      ],
    ]);
    expect(await of3("Swapaxes", { axis1: 1, axis2: -1 }, [a])).toEqual([
      [
        [1, 5],
        [2, 6],
        [3, 7],
        [4, 8],
      ],
    ]);
    expect(await of3("Moveaxis", { source: 2, destination: 1 }, [a])).toEqual([
      [
        [1, 5],
        [2, 6],
        [3, 7],
        [4, 8],
      ],
    ]);
    expect(await of3("Concatenate", { axis: 1 }, [[a, a]])).toEqual([[...x[0], ...x[0]]]);
    expect(await of3("Repeat", { repeats: 2, axis: -1 }, [a])).toEqual([
      [
        [1, 1, 2, 2, 3, 3, 4, 4],
        [5, 5, 6, 6, 7, 7, 8, 8],
      ],
    ]);
    expect(await of3("Stack", { axis: 1 }, [[a, a]])).toEqual([[x[0], x[0]]]);
    expect(await of3("Squeeze", { axis: 1 }, [a]).catch((error: Error) => error.name)).toBe("FormatError");
  });

  it("index as Python does", async () => {
    const all = range(null, null);
    expect(await of3("GetItem", {}, [a, [all, 0]])).toEqual([[1, 2, 3, 4]]);
    expect(await of3("GetItem", {}, [a, [all, -1, range(1, 3)]])).toEqual([[6, 7]]);
    expect(await of3("GetItem", {}, [a, [all, all, range(null, null, 2)]])).toEqual([
      [
        [1, 3],
        [5, 7],
      ],
    ]);
    expect(await of3("GetItem", {}, [a, [all, all, range(1, null, 2)]])).toEqual([
      [
        [2, 4],
        [6, 8],
      ],
    ]);
    expect(await of3("GetItem", {}, [a, [all, range(null, null, -1)]])).toEqual([[x[0][1], x[0][0]]]);
    expect(await of3("GetItem", {}, [a, [{ class_name: "__ellipsis__", config: {} }, range(-2, null)]])).toEqual([
      [
        [3, 4],
        [7, 8],
      ],
    ]);
    expect(await of3("GetItem", {}, [a, [all, null, 1]])).toEqual([[[5, 6, 7, 8]]]);
  });

  it("of TensorFlow, as Keras 2 keeps them", async () => {
    expect(await of2("math.multiply", { y: 2, name: null })).toEqual(rows((value) => 2 * value));
    expect(await of2("math.subtract", { y: ["x", 0, 0] }, ["_CONSTANT_VALUE", -1, 9])).toEqual(
      rows((value) => 9 - value),
    );
    expect(await of2("math.reduce_mean", { axis: [1], keepdims: true })).toEqual([[[3, 4, 5, 6]]]);
    expect(
      await of2("concat", { axis: 2 }, [
        ["x", 0, 0],
        ["x", 0, 0],
      ]),
    ).toEqual([x[0].map((row) => [...row, ...row])]);
    expect(await of2("transpose", { perm: [0, 2, 1] })).toEqual([
      [
        [1, 5],
        [2, 6],
        [3, 7],
        [4, 8],
      ],
    ]);
    expect(await of2("clip_by_value", { clip_value_min: 2, clip_value_max: 3 })).toEqual(
      rows((value) => Math.min(Math.max(value, 2), 3)),
    );
    expect(
      await of2("math.add_n", { name: null }, [
        ["x", 0, 0],
        ["x", 0, 0],
      ]),
    ).toEqual(rows((value) => 2 * value));
    expect(await of2("expand_dims", { axis: 1 })).toEqual([[x[0]]]);
    expect(await of2("reshape", { shape: [-1, 8] })).toEqual([flat]);
    expect(await of2("compat.v1.squeeze", { axis: 1 }).catch((error: Error) => error.name)).toBe("FormatError");
    const lengths = [Math.hypot(1, 2, 3, 4), Math.hypot(5, 6, 7, 8)];
    const found = await of2("math.l2_normalize", { axis: -1 });
    expect(near(found, [x[0].map((row, i) => row.map((value) => value / lengths[i]))])).toBe(true);
    expect(near(await of2("nn.leaky_relu", { alpha: 0.3 }), x)).toBe(true);
  });

  it("with several outputs", async () => {
    const split = operation("Split", "s", { indices_or_sections: 2, axis: 2 }, [a]);
    const sum = operation("Add", "o", {}, [tensorOf("s", 0, 0), tensorOf("s", 0, 1)]);
    const made = await importConfig(functional({ x: [2, 4] }, [split, sum], ["o"]), {}, { version: "3.5.0" });
    expect(await outputsOf(made, x)).toEqual([
      [
        [4, 6],
        [12, 14],
      ],
    ]);
  });

  it("that nobody knows are named with their function", async () => {
    await expect(of2("image.resize", { size: [2, 2] })).rejects.toThrow(
      /TFOpLambda "o": wasmgrad has no operation for "tf\.image\.resize"/,
    );
    await expect(of3("Svd", {}, [a])).rejects.toThrow(/Svd "o": wasmgrad has no such operation/);
  });
});
