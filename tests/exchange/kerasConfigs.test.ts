import { describe, expect, it } from "vitest";
import { FormatError, layers, ops } from "../../src/index";
import {
  type Config,
  functional,
  importConfig,
  layer,
  outputsOf,
  sequential,
  tensorOf,
  used,
  type Weights,
} from "./kerasConfig";

const dense = (name: string, units: number, config: Config = {}) => layer("Dense", name, { units, ...config });
const identity: Weights = {
  "d/kernel": [
    [2, 2],
    [1, 0, 0, 1],
  ],
  "d/bias": [[2], [0, 0]],
};

describe("options of importModel", () => {
  const net = () =>
    functional(
      { x: [2] },
      [
        used("Dense", "d", { units: 2 }, [[tensorOf("x")]]),
        used("Mystery", "m", {}, [[tensorOf("d")]]),
        used("Lambda", "l", {}, [[tensorOf("m")]]),
      ],
      ["l"],
    );
  const options = { version: "3.5.0" };

  it("one error names all that is not supported, why, and the ways out", async () => {
    const error = await importConfig(net(), identity, options).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(
      /2 parts of this .* cannot be taken over:\n {2}Mystery "m": wasmgrad has no such layer\n {2}Lambda "l": its function is Python code.*\nWays out: layers: .* outputs: /,
    );
  });

  it("outputs end the model before them", async () => {
    const made = await importConfig(net(), identity, { ...options, outputs: ["d"] });
    expect(await outputsOf(made, [[3, 4]])).toEqual([[3, 4]]);
    await expect(importConfig(net(), identity, { ...options, outputs: ["e"] })).rejects.toThrow(
      /outputs has "e", which is no layer of the model\. Its layers are x, d, m, l/,
    );
  });

  it("inputs begin it behind them, where a shape says what comes there", async () => {
    const config = functional(
      { x: [2] },
      [used("Mystery", "m", {}, [[tensorOf("x")]]), used("Dense", "d", { units: 2 }, [[tensorOf("m")]])],
      ["d"],
    );
    await expect(importConfig(config, identity, { ...options, inputs: ["m"] })).rejects.toThrow(
      /Mystery "m": the file does not say its shape there\. Give it as shapes: \{ "m": \[8\] \}/,
    );
    const made = await importConfig(config, identity, { ...options, inputs: ["m"], shapes: { m: [2] } });
    expect(await outputsOf(made, [[5, 6]])).toEqual([[5, 6]]);
  });

  it("inputs have the shapes that Keras 3 writes at their uses", async () => {
    const known = {
      class_name: "__keras_tensor__",
      config: { shape: [null, 2], dtype: "float32", keras_history: ["m", 0, 0] },
    };
    const config = functional(
      { x: [7] },
      [used("Mystery", "m", {}, [[tensorOf("x")]]), used("Dense", "d", { units: 2 }, [[known]])],
      ["d"],
    );
    const made = await importConfig(config, identity, { ...options, inputs: ["m"] });
    expect(await outputsOf(made, [[5, 6]])).toEqual([[5, 6]]);
  });

  it("layers make what is missing, of its configuration and weights", async () => {
    const weights: Weights = { ...identity, "m/scale": [[2], [10, 100]] };
    const seen: unknown[] = [];
    const made = await importConfig(net(), weights, {
      ...options,
      outputs: ["m"],
      layers: {
        Mystery: (config, given) => {
          seen.push(config.name, Object.keys(given), [...given.scale.data]);
          return layers.custom({
            name: config.name as string,
            weights: { scale: { shape: [2] } },
            call: ([x], { scale }) => ops.multiply(x, scale),
          }) as never;
        },
      },
    });
    expect(seen).toEqual(["m", ["scale"], [10, 100]]);
    expect(await outputsOf(made, [[1, 2]])).toEqual([[10, 200]]);
  });

  it("shapes fill what the file leaves open", async () => {
    const config = sequential([null, null, 1], layer("GlobalAveragePooling2D", "g"));
    await expect(importConfig(config)).rejects.toThrow(
      /InputLayer "input": it leaves the sizes \[null, null, 1\] open, of which only the first may be\. Give them as shapes: \{ "input": \[8, 8, 1\] \}/,
    );
    await expect(importConfig(config, {}, { shapes: { image: [2, 2, 1] } })).rejects.toThrow(
      /shapes has "image", which is no input of the model\. Its inputs are input/,
    );
    const made = await importConfig(config, {}, { shapes: { input: [2, 2, 1] } });
    expect(
      await outputsOf(made, [
        [
          [[1], [2]],
          [[3], [6]],
        ],
      ]),
    ).toEqual([[3]]);
  });
});

describe("broken files are errors in words", () => {
  it("weights of another shape, missing ones, and NaN", async () => {
    const config = sequential([2], dense("d", 2));
    const wrong: Weights = {
      ...identity,
      "d/kernel": [
        [3, 2],
        [1, 2, 3, 4, 5, 6],
      ],
    };
    await expect(importConfig(config, wrong)).rejects.toThrow(
      /do not fit its layers\. Needed: d\/kernel 2×2, d\/bias 2|\[2, 2\]/,
    );
    await expect(importConfig(config, { "d/kernel": identity["d/kernel"] })).rejects.toThrow(FormatError);
    const nan: Weights = { ...identity, "d/bias": [[2], [0, Number.NaN]] };
    await expect(importConfig(config, nan)).rejects.toThrow(/d has NaN among its weights \(d\/bias\)/);
  });

  it("calls in a circle, of layers that are not there, and of too many outputs", async () => {
    const options = { version: "3.5.0" };
    const circle = functional(
      { x: [2] },
      [used("ReLU", "a", {}, [[tensorOf("b")]]), used("ReLU", "b", {}, [[tensorOf("a")]])],
      ["a"],
    );
    await expect(importConfig(circle, {}, options)).rejects.toThrow(/depends on itself/);
    const missing = functional({ x: [2] }, [used("ReLU", "a", {}, [[tensorOf("q")]])], ["a"]);
    await expect(importConfig(missing, {}, options)).rejects.toThrow(/a tensor of q, which is no layer of it/);
    const beyond = functional({ x: [2] }, [used("ReLU", "a", {}, [[tensorOf("x")]])], [["a", 0, 1]]);
    await expect(importConfig(beyond, {}, options)).rejects.toThrow(/output 1 of a, which has fewer/);
    const calls = functional({ x: [2] }, [used("ReLU", "a", {}, [[tensorOf("x")]])], [["a", 3, 0]]);
    await expect(importConfig(calls, {}, options)).rejects.toThrow(
      /call 3 \(counted from 0\) of a, which is called 1 times/,
    );
  });

  it("Keras 1, told by its version or by its words", async () => {
    const config = {
      class_name: "Sequential",
      config: [{ class_name: "Dense", config: { name: "d", output_dim: 2, batch_input_shape: [null, 2] } }],
    };
    await expect(importConfig(config, {}, { version: "1.2.2" })).rejects.toThrow(
      /comes from Keras 1\.2\.2, of before 2\.0 \(Dense\)/,
    );
  });

  it("convolutions of the Theano backend, whose kernels are turned around; other layers are those of any", async () => {
    const theano = { version: "2.1.3", backend: "theano" };
    const conv = sequential([4, 4, 1], layer("Conv2D", "c", { filters: 1, kernel_size: [2, 2] }));
    await expect(importConfig(conv, {}, theano)).rejects.toThrow(
      /Conv2D "c": the file was made with the Theano backend/,
    );
    expect(await outputsOf(await importConfig(sequential([2], dense("d", 2)), identity, theano), [[1, 2]])).toEqual([
      [1, 2],
    ]);
  });

  it("options that are not known are told, those with their defaults pass", async () => {
    const config = sequential(
      [2],
      dense("d", 2, { future_option: 7, another: null, third: false, kernel_constraint: { class_name: "MaxNorm" } }),
    );
    const { report } = await importConfig(config, identity);
    expect(report.warnings).toEqual([
      "d: its kernel_constraint is left out: training does not keep to it.",
      "d: the option future_option = 7 of Dense is not known and left out.",
    ]);
  });
});

describe("weights find their layers", () => {
  const two = (first: string, second: string) =>
    sequential([2], dense(first, 2, { use_bias: false }), dense(second, 2, { use_bias: false }));
  const [a, b] = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];
  const weightsOf = async (config: Config, weights: Weights) => {
    const { model } = await importConfig(config, weights);
    return Object.fromEntries(Object.entries(await model.getWeights()).map(([name, { data }]) => [name, [...data]]));
  };

  it("by names, in whatever order they stand", async () => {
    const given: Weights = { "z/kernel": [[2, 2], a], "y/kernel": [[2, 2], b] };
    expect(await weightsOf(two("y", "z"), given)).toEqual({ "y/kernel": b, "z/kernel": a });
  });

  it("by their order where names say nothing, and never where two orders would do", async () => {
    const given: Weights = { "p/kernel": [[2, 2], a], "q/kernel": [[2, 2], b] };
    expect(await weightsOf(two("y", "z"), given)).toEqual({ "y/kernel": a, "z/kernel": b });
    // As layers are listed, or by the alphabet: the shapes do not tell.
    await expect(importConfig(two("z", "y"), given)).rejects.toThrow(/do not fit its layers/);
  });

  it("in models within models that have layers of one name", async () => {
    const inner = (name: string, units: number) => ({
      ...sequential([2], dense("d", units, { use_bias: false })),
      name,
      inbound_nodes: [[["x", 0, 0, {}]]],
    });
    const named = (name: string, units: number) => {
      const { class_name, config, inbound_nodes } = inner(name, units) as unknown as Record<string, Config>;
      return { class_name, name, inbound_nodes, config: { ...config, name } };
    };
    const config = functional(
      { x: [2] },
      [named("one", 2), named("two", 2)],
      [
        ["one", 1, 0],
        ["two", 1, 0],
      ],
    );
    const given: Weights = { "two/d/kernel": [[2, 2], a], "one/d/kernel": [[2, 2], b] };
    expect(await weightsOf(config, given)).toEqual({ "one/d/kernel": b, "two/d/kernel": a });
  });

  it("by folders of classes, tenth after ninth", async () => {
    const many = sequential([1], ...Array.from({ length: 12 }, (_, i) => dense(`layer${i}`, 1, { use_bias: false })));
    const entries = Array.from(
      { length: 12 },
      (_, i) => [`layers/dense${i ? `_${i}` : ""}/vars/0`, [[1, 1], [i + 1]]] as const,
    );
    const found = await weightsOf(many, Object.fromEntries(entries));
    expect(found).toEqual(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`layer${i}/kernel`, [i + 1]])));
    const { "layers/dense_3/vars/0": _, ...missing } = Object.fromEntries(entries);
    await expect(importConfig(many, missing)).rejects.toThrow(
      /layer3 \(Dense\) needs kernel .*, the file has nothing in layers\/dense_3/,
    );
  });
});
