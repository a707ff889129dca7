import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { csv, fromIterable, fromTensors, idx, parseIdx, standardize } from "../../src/data";
import { DataError } from "../../src/errors";
import { layers, loadModel, sequential } from "../../src/index";
import { loadModel as loadPredictor } from "../../src/inference/index";
import { Tensor, type TensorLike, tensor, toTensor } from "../../src/tensor/tensor";

// Values made in another realm, as in iframes and Jest's environments: `instanceof` is false for all of them (T8).
const context = vm.createContext({});
const elsewhere = <T>(code: string): T => vm.runInContext(code, context) as T;
const foreignBytes = (bytes: Uint8Array): Uint8Array => {
  const result = elsewhere<(length: number) => Uint8Array>("(length) => new Uint8Array(length)")(bytes.length);
  result.set(bytes);
  return result;
};

describe("typed arrays of another realm", () => {
  it.each<[string, string, number[]]>([
    ["new Float32Array([.5, 1])", "float32", [0.5, 1]],
    ["new Float32Array([2, 1])", "float32", [2, 1]],
    ["new Float64Array([.1, -3])", "float32", [Math.fround(0.1), -3]],
    ["new Int8Array([-1, 127])", "int32", [-1, 127]],
    ["new Int16Array([-1, 32767])", "int32", [-1, 32767]],
    ["new Int32Array([-1, 2147483647])", "int32", [-1, 2147483647]],
    ["new Uint8Array([2, 255])", "uint8", [2, 255]],
    ["new Uint8ClampedArray([2, 300])", "uint8", [2, 255]],
    ["new Uint16Array([2, 65535])", "int32", [2, 65535]],
    ["new Uint32Array([2, 65536])", "int32", [2, 65536]],
  ])("%s is %s", async (code, dtype, values) => {
    const array = elsewhere<Float32Array>(code);
    expect(array).not.toBeInstanceOf(Object);
    for (const read of [tensor(array, [2]), tensor(array), toTensor({ data: array, shape: [2] }, "test")]) {
      expect([read.dtype, Array.from(read.data)]).toEqual([dtype, values]);
      expect(Object.getPrototypeOf(read.data).constructor).toBe(
        { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[read.dtype],
      );
    }
    expect([...tensor([array as never, array]).data]).toEqual([...values, ...values]);
    expect([...((await fromIterable([[array, array]]).toTensors()).x as Tensor).data]).toEqual(values);
    expect([...((await fromTensors(array).toTensors()).x as Tensor).data]).toEqual(values);
  });

  it("are used without a copy where they fit", () => {
    const array = elsewhere<Float32Array>("new Float32Array(2)");
    const made = [tensor(array), new Tensor(array, [2])];
    array[1] = 7;
    for (const { data, dtype } of made) expect([data[1], dtype]).toEqual([7, "float32"]);
  });

  it("of 64-bit integers are refused, as here", () => {
    const expected =
      "x must be a number, got an object (BigInt64Array). Make numbers of big integers: Float64Array.from";
    for (const array of [new BigInt64Array(1), elsewhere<BigInt64Array>("new BigInt64Array(1)")]) {
      expect(() => toTensor(array as never, "x")).toThrow(expected);
      expect(() => toTensor({ data: array as never, shape: [1] }, "x")).toThrow(DataError);
    }
    expect(() => toTensor([1n] as never, "x")).toThrow("x[0] must be a number, got 1n. Make numbers of big integers");
  });

  // From Node 24 on.
  const halves = "Float16Array" in globalThis ? ["of 16-bit floats become float32"] : [];
  for (const title of halves)
    it(title, () => {
      for (const code of ["new Float16Array([1.5, -2])", "new Float16Array([0.5, 1])"]) {
        for (const array of [vm.runInThisContext(code), elsewhere<TensorLike>(code)]) {
          expect([tensor(array as never).dtype, tensor(array as never).toArray()]).toEqual([
            "float32",
            Array.from(array),
          ]);
        }
      }
    });

  it("arrays and objects around them are read, too", () => {
    const nested = elsewhere<number[][]>("[[1, 2], [3, 4]]");
    expect(tensor(nested, elsewhere<number[]>("[4]")).toArray()).toEqual([1, 2, 3, 4]);
    expect(toTensor(elsewhere<TensorLike>("({ data: new Uint8Array([1, 2]), shape: [2, 1] })"), "x").dtype).toBe(
      "uint8",
    );
  });

  it("a DataView is no array of numbers", () => {
    expect(() => tensor(elsewhere<never>("new DataView(new ArrayBuffer(4))"))).toThrow(DataError);
  });
});

describe("bytes of another realm", () => {
  const table = new TextEncoder().encode("a,y\n1,2\n3,4\n");
  const file = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);
  const kinds: Record<string, (bytes: Uint8Array) => Uint8Array | ArrayBuffer> = {
    "a Uint8Array": foreignBytes,
    "an ArrayBuffer": (bytes) => foreignBytes(bytes).buffer as ArrayBuffer,
    "a Buffer": (bytes) => Buffer.from(bytes),
    "an ArrayBuffer of this realm": (bytes) => Uint8Array.from(bytes).buffer,
    "a DataView": (bytes) => new DataView(Uint8Array.from(bytes).buffer) as never,
    "shared memory": (bytes) => {
      const shared = new SharedArrayBuffer(bytes.length);
      new Uint8Array(shared).set(bytes);
      return shared as never;
    },
  };

  it.each(Object.entries(kinds))("%s is read by csv, idx and loadModel", async (_, make) => {
    for (const bytes of [table, new Uint8Array(gzipSync(table))]) {
      const dataset = await csv(make(bytes), { target: "y" });
      expect(((await dataset.toTensors()).x as Tensor).toArray()).toEqual([[1], [3]]);
    }
    for (const bytes of [file, new Uint8Array(gzipSync(file))]) {
      const { x } = await (await idx(make(bytes))).toTensors();
      expect((x as Tensor).toArray()).toEqual([7, 8, 9]);
    }
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 3 });
    const expected = (await model.predict([[2]])).toArray();
    const saved = await model.toBytes();
    expect((await (await loadModel(make(saved))).predict([[2]])).toArray()).toEqual(expected);
    const predictor = await loadPredictor(make(saved));
    expect(((await predictor.predict([[2]])) as Tensor).toArray()).toEqual(expected);
  });

  it("parseIdx reads a Uint8Array of any realm", () => {
    for (const bytes of [file, foreignBytes(file), Buffer.from(file)])
      expect(parseIdx(bytes).toArray()).toEqual([7, 8, 9]);
  });

  it("addresses, responses and maps are what they say they are", async () => {
    /** What another realm's class looks like from here: another prototype, the same tag. */
    const disguise = <T extends object>(value: T, tag: string): T =>
      new Proxy(value, {
        getPrototypeOf: () => ({}),
        get: (target, name) => {
          if (name === Symbol.toStringTag) return tag;
          const got = Reflect.get(target, name, target);
          return typeof got === "function" ? got.bind(target) : got;
        },
      });
    const text = "a,y\n1,red\n3,blue\n";
    const url = disguise(new URL(`data:text/csv,${encodeURIComponent(text)}`), "URL");
    expect(url).not.toBeInstanceOf(URL);
    for (const source of [
      url,
      disguise(new Response(text), "Response"),
      disguise(new Blob([text]), "Blob"),
      disguise(new Blob([text]).stream(), "ReadableStream"),
    ]) {
      expect((await csv(source as never, { target: "y" })).classNames).toEqual(["blue", "red"]);
    }
    const lists = elsewhere<Map<string, string[]>>('new Map([["y", ["red", "blue"]]])');
    expect((await csv(text, { target: "y", categories: lists })).classNames).toEqual(["red", "blue"]);
  });

  it("a signal of another realm ends a training", async () => {
    const foreign = Object.setPrototypeOf(new EventTarget(), EventTarget.prototype) as EventTarget &
      Partial<AbortSignal>;
    const reason = new Error("enough");
    const throwIfAborted = () => {
      throw reason;
    };
    Object.assign(foreign, { aborted: true, reason, throwIfAborted });
    Object.defineProperty(foreign, Symbol.toStringTag, { value: "AbortSignal" });
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    await expect(model.fit([[1]], [[1]], { signal: foreign as AbortSignal })).rejects.toThrow("enough");
    await expect(model.fit([[1]], [[1]], { signal: new AbortController() as never })).rejects.toThrow(
      "Pass its signal.",
    );
    await expect(model.fit([[1]], [[1]], { signal: {} as never })).rejects.toThrow("must be an AbortSignal");
  });
});

describe("detached arrays", () => {
  const detached = <T extends ArrayBufferView>(array: T): T => {
    structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
    return array;
  };

  it.each<[string, () => unknown]>([
    ["tensor", () => tensor(detached(new Float32Array(2)))],
    ["tensor with a shape", () => tensor(detached(new Uint8Array(2)), [2])],
    ["Tensor", () => new Tensor(detached(new Int32Array(2)), [2])],
    ["data and shape", () => toTensor({ data: detached(new Float64Array(2)), shape: [2] }, "x")],
    [
      "a tensor made before",
      () => {
        const made = tensor(new Float32Array(2), [2]);
        detached(made.data);
        return toTensor(made, "x");
      },
    ],
    [
      "toArray",
      () => {
        const made = tensor(new Float32Array(2), [2]);
        detached(made.data);
        return made.toArray();
      },
    ],
    ["a row", () => tensor([new Float32Array(2), detached(new Float32Array(2))])],
    ["the first row", () => tensor([detached(new Float32Array(2)), detached(new Float32Array(2))])],
    ["another realm", () => tensor(detached(elsewhere<Float32Array>("new Float32Array(2)")))],
    ["parseIdx", () => parseIdx(detached(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7)))],
  ])("are refused by %s", (_, read) => {
    expect(read).toThrow(DataError);
    expect(read).toThrow("detached");
  });

  it("are refused by everything that reads later", async () => {
    const memory = new Float32Array(4);
    const dataset = fromTensors(tensor(memory, [4, 1]), [0, 1, 2, 3]);
    detached(memory);
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const reads: (() => Promise<unknown>)[] = [
      () => dataset.toTensors(),
      () => dataset.shuffle().batch(2).toTensors(),
      () => dataset.skip(1).toTensors(),
      async () => {
        for await (const item of dataset) return item;
      },
      () => standardize(dataset),
      () => model.fit(dataset),
      () => model.predict(detached(new Float32Array(2))),
      () => model.fit(tensor(detached(new Float32Array(2))), [[1], [2]]),
      () => csv(detached(new TextEncoder().encode("a\n1\n"))),
      () => idx(detached(new Uint8Array(9))),
      () => loadModel(detached(new Uint8Array(9))),
      () => loadModel(detached(new Uint8Array(9)).buffer as ArrayBuffer),
    ];
    for (const read of reads) {
      const error = (await (async () => read())().catch((error) => error)) as Error;
      expect(error, String(read)).toBeInstanceOf(DataError);
      expect(error.message).toContain("detached");
    }
  });

  it("an empty array is not detached", () => {
    expect(tensor(new Float32Array(0)).shape).toEqual([0]);
    expect(tensor(new Uint8Array(new ArrayBuffer(8), 8)).shape).toEqual([0]);
  });
});
