import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError, WasmgradError } from "../../src/errors";
import { importModel, type ImportOptions } from "../../src/exchange/index";
import { Tensor } from "../../src/tensor/tensor";
import * as layers from "../../src/layers/index";
import { type GraphParts, graph, node, number, onnx, part, port, tensor, text, varint } from "./onnxBytes";

const X = port("x", ["batch", 3]);
const Y = port("y", ["batch", 2]);
const W = tensor("fc.weight", [3, 2], [1, 2, 3, 4, 5, 6]);

/** A net of one product. */
const plain: GraphParts = {
  nodes: [node("MatMul", ["x", "fc.weight"], ["y"])],
  inputs: [X],
  outputs: [Y],
  initializers: [W],
};

async function refusal(bytes: Uint8Array<ArrayBuffer>, options?: ImportOptions): Promise<Error> {
  const error = await importModel(bytes, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WasmgradError);
  return error as Error;
}

async function predict(bytes: Uint8Array<ArrayBuffer>, x: Tensor, options?: ImportOptions): Promise<number[]> {
  const { model } = await importModel(bytes, options);
  const output = (await model.predict(x as never)) as unknown as Tensor;
  model.dispose();
  return Array.from(output.data);
}

/** Whether a model takes samples of a shape. */
async function takes(model: { predict(x: never): unknown }, shape: readonly number[]): Promise<boolean> {
  const x = new Tensor(new Float32Array(shape.reduce((all, size) => all * size, 2)), [2, ...shape]);
  const output = (await model.predict(x as never)) as Tensor;
  return output.shape[0] === 2;
}

const X1 = new Tensor(Float32Array.of(1, 0, -1), [1, 3]);

describe("graphs that are broken", () => {
  const broken: Readonly<Record<string, [parts: GraphParts, says: RegExp]>> = {
    "a circle": [
      { ...plain, nodes: [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])] },
      /goes in a circle at/,
    ],
    "a node that uses itself": [{ ...plain, nodes: [node("Add", ["x", "y"], ["y"])] }, /goes in a circle at Add/],
    "a tensor that nobody makes": [
      { ...plain, nodes: [node("Add", ["x", "ghost"], ["y"])] },
      /"ghost", which nobody makes/,
    ],
    "a tensor that two make": [
      { ...plain, nodes: [node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"])] },
      /two nodes of the graph make the tensor "y"/,
    ],
    "an output that nobody makes": [{ ...plain, outputs: [port("z", [1])] }, /the model needs the tensor "z"/],
    "a weight of fewer numbers than its shape": [
      { ...plain, initializers: [tensor("fc.weight", [3, 2], [1, 2, 3])] },
      /\[3,2\] needs 6 numbers, the file has 3/,
    ],
    "a weight that promises terabytes": [
      {
        ...plain,
        initializers: [
          [...number(1, 2 ** 40), ...number(1, 2), ...number(2, 1), ...text(8, "fc.weight"), ...part(9, [1, 2, 3, 4])],
        ],
      },
      /needs 2199023255552 numbers/,
    ],
    "a weight of sizes below 0": [
      { ...plain, initializers: [[...number(1, -3), ...number(2, 1), ...text(8, "fc.weight")]] },
      /sizes \[-3\], which no tensor has/,
    ],
    "a weight of texts": [
      { ...plain, initializers: [[...number(1, 1), ...number(2, 8), ...text(8, "fc.weight")]] },
      /is of string, which is not read/,
    ],
  };
  for (const [what, [parts, says]] of Object.entries(broken)) {
    it(`${what} is a FormatError that says so`, async () => {
      const error = await refusal(onnx(parts));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(says);
    });
  }

  it("a file without a graph, without operators, or cut within its graph", async () => {
    const whole = onnx(plain);
    expect((await refusal(Uint8Array.from([...number(1, 8), ...text(2, "x"), ...number(5, 1)]))).message).toMatch(
      /has no graph/,
    );
    expect(
      (await refusal(Uint8Array.from([...number(1, 8), ...text(2, "x"), ...part(7, graph(plain))]))).message,
    ).toMatch(/does not say which operators/);
    expect((await refusal(whole.slice(0, whole.length - 40))).message).toMatch(/cut off or broken/);
  });
});

describe("small files that ask for much", () => {
  const shape = (...sizes: number[]) => tensor("shape", [sizes.length], sizes, 7);
  const huge: Readonly<Record<string, GraphParts>> = {
    "ConstantOfShape of a billion": {
      ...plain,
      nodes: [node("ConstantOfShape", ["shape"], ["c"]), node("Add", ["x", "c"], ["y"])],
      initializers: [shape(1000, 1000, 1000)],
    },
    "Expand to a billion": {
      ...plain,
      nodes: [node("Expand", ["fc.weight", "shape"], ["c"]), node("Add", ["x", "c"], ["y"])],
      initializers: [W, shape(2 ** 20, 1024, 3, 2)],
    },
    "Range of a billion": {
      ...plain,
      nodes: [node("Range", ["a", "b", "d"], ["c"]), node("Add", ["x", "c"], ["y"])],
      initializers: [tensor("a", [], [0], 7), tensor("b", [], [1e9], 7), tensor("d", [], [1], 7)],
    },
    "Tile a million times": {
      ...plain,
      nodes: [node("Tile", ["fc.weight", "shape"], ["c"]), node("Add", ["x", "c"], ["y"])],
      initializers: [W, shape(2 ** 20, 2 ** 20)],
    },
    "Pad by a billion": {
      ...plain,
      nodes: [node("Pad", ["x", "shape"], ["y"])],
      initializers: [shape(0, 2 ** 31, 0, 2 ** 31)],
    },
    "Resize to a billion": {
      ...plain,
      nodes: [node("Resize", ["x", "", "", "shape"], ["y"])],
      initializers: [shape(1, 2 ** 30)],
    },
    "a doubling of constants, forty times": {
      ...plain,
      nodes: [
        ...Array.from({ length: 40 }, (_, i) => node("Concat", [`c${i}`, `c${i}`], [`c${i + 1}`], { axis: 0 })),
        node("Add", ["x", "c40"], ["y"]),
      ],
      initializers: [tensor("c0", [3], [1, 2, 3])],
    },
    "a hundred thousand nodes": {
      ...plain,
      nodes: Array.from({ length: 100_000 }, (_, i) => node("Relu", [i ? `r${i - 1}` : "x"], [`r${i}`])),
    },
    "reflections of a pixel": {
      ...plain,
      nodes: [node("Pad", ["x", "shape"], ["y"], { mode: "reflect" })],
      initializers: [shape(0, 2 ** 30, 0, 2 ** 30)],
    },
    "windows of a billion": {
      nodes: [
        node("MaxPool", ["i"], ["y"], {
          kernel_shape: [1_000_000_000, 2],
          dilations: [2, 2],
          pads: [1_000_000_000, 1, 1_000_000_000, 1],
        }),
      ],
      inputs: [port("i", ["batch", 1, 4, 4])],
      outputs: [Y],
    },
  };
  for (const [what, parts] of Object.entries(huge)) {
    it(`${what}: a typed error, at once, without memory`, async () => {
      const bytes = onnx(parts);
      await refusal(bytes);
      const memory = process.memoryUsage();
      const time = process.cpuUsage();
      await refusal(bytes);
      const spent = process.cpuUsage(time);
      const after = process.memoryUsage();
      // Garbage of the runs before may be freed meanwhile: growth is what counts.
      expect(after.arrayBuffers - memory.arrayBuffers).toBeLessThan(64 * 2 ** 20 + bytes.length);
      // A busy machine counts, too: the bound is for what hangs.
      expect((spent.user + spent.system) / 1000).toBeLessThan(bytes.length > 2 ** 20 ? 2000 : 500);
    });
  }
});

describe("weights in other files", () => {
  const external = (entries: Readonly<Record<string, string>>): number[] => [
    ...number(1, 3),
    ...number(1, 2),
    ...number(2, 1),
    ...text(8, "fc.weight"),
    ...Object.entries(entries).flatMap(([key, value]) => part(13, [...text(1, key), ...text(2, value)])),
    ...number(14, 1),
  ];
  const file = (entries: Readonly<Record<string, string>>) => onnx({ ...plain, initializers: [external(entries)] });
  const data = new Uint8Array(Float32Array.of(9, 1, 2, 3, 4, 5, 6).buffer);

  it("are given by their name, with place and length", async () => {
    const bytes = file({ location: "w.bin", offset: "4", length: "24" });
    expect(await predict(bytes, X1, { externalData: { "w.bin": data } })).toEqual([-4, -4]);
    const { model } = await importModel({ "model.onnx": bytes, "w.bin": data });
    expect(model.layers.map(({ name }) => name)).toEqual(["fc"]);
  });

  it("are asked for by name when they are missing", async () => {
    expect((await refusal(file({ location: "w.bin" }))).message).toMatch(/externalData: \{ "w\.bin": bytes \}/);
  });

  for (const location of ["../secret", "/etc/passwd", "a/b.bin", "C:\\w.bin", "http://x/y", "", ".."]) {
    it(`are never looked for at ${JSON.stringify(location)}`, async () => {
      const error = await refusal(file({ location }), { externalData: { [location]: data } });
      expect(error.message).toMatch(/only a plain name of a file beside the model/);
    });
  }

  it("end within their file", async () => {
    const options = { externalData: { "w.bin": data } };
    expect((await refusal(file({ location: "w.bin", offset: "8", length: "24" }), options)).message).toMatch(
      /end at byte 32 of "w\.bin", which has 28/,
    );
    expect((await refusal(file({ location: "w.bin", offset: "-4" }), options)).message).toMatch(
      /offset of its external data is "-4"/,
    );
  });
});

describe("what cannot be taken over", () => {
  it("is told in one error, with all nodes and the ways out", async () => {
    const error = await refusal(
      onnx({
        ...plain,
        nodes: [
          node("NonZero", ["x"], ["a"], {}, "first"),
          node("Relu", ["a"], ["b"]),
          node("Det", ["b"], ["c"], {}, "second"),
          node("QLinearAdd", ["c"], ["d"], {}, "third"),
          node("MatMul", ["x", "fc.weight"], ["m"]),
          node("Add", ["d", "m"], ["y"]),
        ],
      }),
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/3 parts of this model of ONNX cannot be taken over/);
    for (const line of ['NonZero "first"', 'Det "second"', 'QLinearAdd "third": computes with quantized numbers']) {
      expect(error.message).toContain(line);
    }
    expect(error.message).toMatch(/layers: \{ Type: .*outputs: \[tensor\]/);
  });

  it("can be made by the caller", async () => {
    const bytes = onnx({
      ...plain,
      nodes: [node("MatMul", ["x", "fc.weight"], ["m"]), node("Mystery", ["m"], ["y"], { alpha: 3 }, "odd")],
    });
    const seen: unknown[] = [];
    const options: ImportOptions = {
      layers: {
        Mystery: (config, weights) => {
          seen.push(config, Object.keys(weights));
          return layers.rescaling({ scale: config.alpha as number }) as never;
        },
      },
    };
    expect(await predict(bytes, X1, options)).toEqual([-12, -12]);
    expect(seen).toEqual([{ name: "odd", alpha: 3 }, []]);
  });

  it("can be cut off at either end, by tensors or nodes", async () => {
    const bytes = onnx({
      ...plain,
      nodes: [
        node("NonZero", ["x"], ["a"]),
        node("MatMul", ["a", "fc.weight"], ["m"], {}, "middle"),
        node("Det", ["m"], ["y"]),
      ],
    });
    const options = { inputs: ["a"], outputs: ["middle"], shapes: { a: [3] } };
    expect(await predict(bytes, X1, options)).toEqual([-4, -4]);
    const error = await refusal(bytes, { ...options, outputs: ["midle"] });
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(/there is no tensor or node "midle".*middle/);
  });

  it("free sizes of images are asked for, those of sequences stay open", async () => {
    const image = onnx({
      nodes: [node("Relu", ["i"], ["y"])],
      inputs: [port("i", ["batch", 3, "height", "width"])],
      outputs: [Y],
    });
    expect((await refusal(image)).message).toMatch(/free sizes: \[batch, 3, height, width\].*shapes: \{ "i"/);
    const { model } = await importModel(image, { shapes: { i: [3, 4, 5] } });
    expect(await takes(model, [3, 4, 5])).toBe(true);
    const sequence = onnx({
      nodes: [node("Relu", ["i"], ["y"])],
      inputs: [port("i", ["batch", "time", 3])],
      outputs: [Y],
    });
    const { model: open, report } = await importModel(sequence);
    expect(await takes(open, [7, 3])).toBe(true);
    expect(report.conversions.join()).toMatch(/"time" of the input i stays open/);
  });

  it("batches behind the first axis come to the front", async () => {
    const bytes = onnx({ nodes: [node("Relu", ["i"], ["y"])], inputs: [port("i", [2, "batch", 3])], outputs: [Y] });
    const { model, report } = await importModel(bytes);
    expect(await takes(model, [2, 3])).toBe(true);
    expect(report.conversions.join()).toMatch(/Axis 1 of the input i is its batch/);
    const { model: other } = await importModel(bytes, { batchAxis: 0, shapes: { i: [4, 3] } });
    expect(await takes(other, [4, 3])).toBe(true);
  });

  it("images may be taken with their channels last", async () => {
    const bytes = onnx({
      nodes: [node("Conv", ["i", "k"], ["y"])],
      inputs: [port("i", ["batch", 2, 3, 4])],
      outputs: [Y],
      initializers: [tensor("k", [1, 2, 1, 1], [1, 10])],
    });
    const values = Array.from({ length: 24 }, (_, i) => i);
    const first = new Tensor(Float32Array.from(values), [1, 2, 3, 4]);
    const last = new Tensor(
      Float32Array.from(values, (i) => (i % 2) * 12 + Math.floor(i / 2)),
      [1, 3, 4, 2],
    );
    const { model } = await importModel(bytes, { channelsLast: true });
    expect(await takes(model, [3, 4, 2])).toBe(true);
    const output = (await model.predict(last as never)) as unknown as Tensor;
    expect(Array.from(output.data)).toEqual(await predict(bytes, first));
  });
});

/** Small nets of many operators, which are then damaged. */
const seeds: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  product: onnx(plain),
  image: onnx({
    nodes: [
      node("Conv", ["i", "k", "b"], ["c"], { pads: [1, 1, 1, 1], strides: [1, 1], kernel_shape: [3, 3] }),
      node("Relu", ["c"], ["r"]),
      node("MaxPool", ["r"], ["p"], { kernel_shape: [2, 2], strides: [2, 2] }),
      node("Shape", ["p"], ["s"]),
      node("Gather", ["s", "zero"], ["n"], { axis: 0 }),
      node("Unsqueeze", ["n", "axes"], ["u"]),
      node("Concat", ["u", "rest"], ["target"], { axis: 0 }),
      node("Reshape", ["p", "target"], ["f"]),
      node("Gemm", ["f", "w", "v"], ["g"], { transB: 1 }),
      node("Softmax", ["g"], ["y"], { axis: 1 }),
    ],
    inputs: [port("i", ["batch", 1, 4, 4])],
    outputs: [Y],
    initializers: [
      tensor(
        "k",
        [2, 1, 3, 3],
        Array.from({ length: 18 }, (_, i) => i / 18),
      ),
      tensor("b", [2], [0, 1]),
      tensor("zero", [], [0], 7),
      tensor("axes", [1], [0], 7),
      tensor("rest", [1], [-1], 7),
      tensor(
        "w",
        [3, 8],
        Array.from({ length: 24 }, (_, i) => i / 24),
      ),
      tensor("v", [3], [1, 2, 3]),
    ],
  }),
  sequence: onnx({
    nodes: [
      node("Transpose", ["q"], ["t"], { perm: [1, 0, 2] }),
      node("LSTM", ["t", "w", "r", "b"], ["s", "h", ""], { hidden_size: 2, direction: "forward" }),
      node("Squeeze", ["h", "axes"], ["y"]),
    ],
    inputs: [port("q", ["batch", 4, 3])],
    outputs: [Y],
    initializers: [
      tensor(
        "w",
        [1, 8, 3],
        Array.from({ length: 24 }, (_, i) => i / 24),
      ),
      tensor(
        "r",
        [1, 8, 2],
        Array.from({ length: 16 }, (_, i) => i / 16),
      ),
      tensor(
        "b",
        [1, 16],
        Array.from({ length: 16 }, (_, i) => i / 16),
      ),
      tensor("axes", [1], [0], 7),
    ],
  }),
};

/** Imports, and accepts a model or an error of the library, nothing else. */
async function tryImport(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    (await importModel(bytes)).model.dispose();
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw error;
  }
}

describe("hostile bytes", () => {
  for (const [name, seed] of Object.entries(seeds)) {
    it(`${name}: whole it is a model`, async () => {
      (await importModel(seed)).model.dispose();
    });

    it(`${name}: cut anywhere, a model or a typed error`, async () => {
      for (let end = 0; end < seed.length; end += 3) await tryImport(seed.slice(0, end));
    });

    it(`${name}: bytes changed, a model or a typed error`, async () => {
      const changes = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      });
      await fc.assert(
        fc.asyncProperty(changes, async (list) => {
          const bytes = seed.slice();
          for (const [at, value] of list) bytes[at] = value;
          await tryImport(bytes);
        }),
        { numRuns: 300 },
      );
    });
  }

  it("bytes invented behind the beginning of a model", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await tryImport(Uint8Array.from([...number(1, 8), ...text(2, "x"), ...varint(7 * 8 + 2), ...bytes]));
        await tryImport(
          Uint8Array.from([...number(1, 8), ...part(7, bytes), ...part(8, [...text(1, ""), ...number(2, 17)])]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("nodes invented of all operators, with any attributes and inputs", async () => {
    const { operators } = await import("../../src/exchange/onnx/operators/index");
    const names = ["x", "m", "w", "i", "s", "e", "", "scalar"];
    const attributeNames = [
      "axis",
      "axes",
      "perm",
      "pads",
      "strides",
      "kernel_shape",
      "dilations",
      "group",
      "to",
      "keepdims",
      "k",
      "blocksize",
      "split",
    ];
    const value = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.array(fc.integer({ min: -3, max: 5 }), { maxLength: 5 }),
    );
    const made = fc.tuple(
      fc.constantFrom(...Object.keys(operators)),
      fc.array(fc.constantFrom(...names), { maxLength: 6 }),
      fc.dictionary(fc.constantFrom(...attributeNames), value, { maxKeys: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(made, async ([type, inputs, attributes]) => {
        const parts: GraphParts = {
          nodes: [node(type, inputs, ["y", "z"], attributes)],
          inputs: [port("x", ["batch", 2, 4, 4]), port("m", ["batch", 3])],
          outputs: [port("y", [1])],
          initializers: [
            tensor(
              "w",
              [2, 2, 3, 3],
              Array.from({ length: 36 }, (_, i) => i),
            ),
            tensor("i", [3], [0, 1, -1], 7),
            tensor("s", [2], [1, 1], 7),
            tensor("e", [0], [], 7),
            tensor("scalar", [], [2]),
          ],
        };
        await tryImport(onnx(parts));
      }),
      { numRuns: 1500 },
    );
  });
});
