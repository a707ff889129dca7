import { describe, expect, it } from "vitest";
import { importWeights, type ImportWeightsOptions } from "../../src/exchange/index";
import * as pickles from "../formats/pickleBytes";
import { data, input, layers, model, type Model, ops, sequential, tensor } from "../../src/index";

/** Files made here, as other libraries write them; what they become is worked out by hand. */

type Numbers = { readonly data: Float32Array; readonly shape: number[] };
type AnyModel = Model<never>;

const any = (built: unknown) => built as AnyModel;

/** Numbers that differ from each other, and from those of other tensors by `start`. */
const counted = (start: number, ...shape: number[]): Numbers => ({
  data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => start + i),
  shape,
});

/** In the order in which they are given, as PyTorch keeps them. */
const ordered = (tensors: Record<string, Numbers>) => data.toNpz(tensors);
/** By name. */
const sorted = (tensors: Record<string, Numbers>) => data.toSafetensors(tensors);

async function imported(built: AnyModel, file: Uint8Array, options?: ImportWeightsOptions) {
  const { report } = await importWeights(built, file, options);
  const weights = await built.getWeights();
  return { report, weights, of: (name: string) => [...weights[name].data] };
}

const errorOf = (built: AnyModel, file: Uint8Array, options?: ImportWeightsOptions): Promise<Error> =>
  importWeights(built, file, options).then(
    () => new Error("nothing was thrown"),
    (error: Error) => error,
  );

const denses = (units: number[], features: number, names: string[] = []) =>
  any(
    sequential({
      layers: units.map((count, i) =>
        layers.dense({ units: count, ...(i === 0 && { inputShape: [features] }), ...(names[i] && { name: names[i] }) }),
      ),
    }),
  );

const linear = (start: number, outputs: number, inputs: number, path: string) => ({
  [`${path}.weight`]: counted(start, outputs, inputs),
  [`${path}.bias`]: counted(start + 100, outputs),
});

describe("layers of PyTorch", () => {
  it("Linear: outputs before inputs become inputs before outputs", async () => {
    const { of, report } = await imported(denses([2], 3), await ordered(linear(1, 2, 3, "fc")));
    expect(of("dense/kernel")).toEqual([1, 4, 2, 5, 3, 6]);
    expect(of("dense/bias")).toEqual([101, 102]);
    expect(report).toMatchObject({
      format: "npz",
      producer: "NumPy",
      conversions: ["fc.weight → dense/kernel: transposed."],
      renamed: { "fc.weight": "dense/kernel", "fc.bias": "dense/bias" },
      warnings: [],
      skipped: [],
    });
  });

  it("Linear behind flatten: rows of [C, H, W] become those of [H, W, C]", async () => {
    const build = () =>
      any(
        sequential({
          layers: [
            layers.flatten({ inputShape: [2, 2, 3] }),
            layers.dropout({ rate: 0.5 }),
            layers.dense({ units: 1 }),
          ],
        }),
      );
    const file = await ordered(linear(0, 1, 12, "fc"));
    // The number of channel c at row y and column x stands at c·4 + y·2 + x in the file.
    const wanted = [0, 1, 2, 3].flatMap((place) => [0, 1, 2].map((c) => c * 4 + place));
    const { of, report } = await imported(build(), file);
    expect(of("dense/kernel")).toEqual(wanted);
    expect(report.conversions[0]).toMatch(/inputs put from channels first to channels last, as 2 × 2 × 3 is flattened/);
    const plain = await imported(build(), file, { permuteFeatures: false });
    expect(plain.of("dense/kernel")).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it("the order behind flatten goes through batch normalization, and stops at a layer of the user's own order", async () => {
    const built = any(
      sequential({
        layers: [
          layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [1, 3, 1] }),
          layers.flatten(),
          layers.batchNormalization(),
          layers.dense({ units: 1 }),
        ],
      }),
    );
    const file = await ordered({
      "0.weight": counted(0, 2, 1, 1, 1),
      "0.bias": counted(0, 2),
      "2.weight": counted(10, 6),
      "2.bias": counted(20, 6),
      "2.running_mean": counted(30, 6),
      "2.running_var": counted(40, 6),
      "2.num_batches_tracked": counted(3),
      ...linear(50, 1, 6, "3"),
    });
    const { of, report } = await imported(built, file);
    expect(of("batchNormalization/gamma")).toEqual([10, 13, 11, 14, 12, 15]);
    expect(of("batchNormalization/moving_variance")).toEqual([40, 43, 41, 44, 42, 45]);
    expect(of("dense/kernel")).toEqual([50, 53, 51, 54, 52, 55]);
    expect(report.warnings).toEqual([
      "batchNormalization: epsilon is 0.001, PyTorch's default is 0.00001; the file does not say which its layer had.",
      "batchNormalization: momentum is 0.99, PyTorch's default is 0.9; the file does not say which its layer had.",
    ]);
    expect(report.skipped).toEqual(["2.num_batches_tracked: float32, no weight of a layer"]);
    const turned = any(
      sequential({
        layers: [
          layers.permute({ dims: [3, 1, 2], inputShape: [2, 2, 3] }),
          layers.flatten(),
          layers.dense({ units: 1 }),
        ],
      }),
    );
    const asItIs = await imported(turned, await ordered(linear(0, 1, 12, "fc")));
    expect(asItIs.of("dense/kernel")).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it("features that a function flattens are put in order, too; where that cannot be seen there is a warning", async () => {
    const x = input({ shape: [2, 2, 3] });
    const dense = () => layers.dense({ units: 1 });
    const file = await ordered(linear(0, 1, 12, "fc"));
    const reshaped = any(model({ inputs: x, outputs: dense().apply(ops.reshape(x, [null, 12])) }));
    expect((await imported(reshaped, file)).of("dense/kernel").slice(0, 4)).toEqual([0, 4, 8, 1]);
    const hidden = layers.lambda((node) => ops.reshape(node, [null, 12]));
    const unseen = any(model({ inputs: x, outputs: dense().apply(hidden.apply(x)) }));
    const { of, report } = await imported(unseen, file);
    expect(of("dense/kernel").slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(report.warnings[0]).toMatch(/^dense: its inputs may be features of an image/);
    const averaged = any(model({ inputs: x, outputs: dense().apply(ops.mean(x, { axis: [1, 2] })) }));
    expect((await imported(averaged, await ordered(linear(0, 1, 3, "fc")))).report.warnings).toEqual([]);
  });

  it("Linear behind the flattened output of a recurrent layer stays in order", async () => {
    const built = any(
      sequential({
        layers: [
          layers.simpleRNN({ units: 2, returnSequences: true, inputShape: [3, 1] }),
          layers.flatten(),
          layers.dense({ units: 1, useBias: false }),
        ],
      }),
    );
    const file = await ordered({
      "rnn.weight_ih_l0": counted(0, 2, 1),
      "rnn.weight_hh_l0": counted(0, 2, 2),
      "rnn.bias_ih_l0": counted(0, 2),
      "rnn.bias_hh_l0": counted(5, 2),
      "fc.weight": counted(1, 1, 6),
    });
    const { of } = await imported(built, file);
    expect(of("dense/kernel")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(of("simpleRNN/bias")).toEqual([5, 7]);
    expect(of("simpleRNN/recurrent_kernel")).toEqual([0, 2, 1, 3]);
  });

  it("Linear before a reshape to an image: its outputs are put in order, too", async () => {
    const built = any(
      sequential({
        layers: [
          layers.dense({ units: 6, inputShape: [1] }),
          layers.reshape({ targetShape: [1, 3, 2] }),
          layers.conv2d({ filters: 1, kernelSize: 1 }),
        ],
      }),
    );
    const file = await ordered({
      ...linear(0, 6, 1, "fc"),
      "conv.weight": counted(0, 1, 2, 1, 1),
      "conv.bias": counted(0, 1),
    });
    const { of } = await imported(built, file);
    expect(of("dense/kernel")).toEqual([0, 3, 1, 4, 2, 5]);
    expect(of("dense/bias")).toEqual([100, 103, 101, 104, 102, 105]);
  });

  it("Conv1d, Conv2d, grouped, depthwise and transposed convolutions", async () => {
    const image = input({ shape: [6, 6, 4] });
    const both = layers
      .conv2d({ filters: 2, kernelSize: [1, 2], useBias: false, name: "grouped", groups: 2 })
      .apply(image);
    const deep = layers
      .depthwiseConv2d({ kernelSize: [1, 2], depthMultiplier: 2, useBias: false, name: "deep" })
      .apply(both);
    const up = layers.conv2dTranspose({ filters: 3, kernelSize: [1, 2], useBias: false, name: "up" }).apply(deep);
    const built = any(model({ inputs: image, outputs: up }));
    const file = sorted({
      "grouped.weight": counted(0, 2, 2, 1, 2),
      "deep.weight": counted(0, 4, 1, 1, 2),
      "up.weight": counted(0, 4, 3, 1, 2),
    });
    const { of } = await imported(built, file);
    const at = (shape: number[], index: number[]) => index.reduce((sum, i, axis) => sum * shape[axis] + i, 0);
    const wanted = (
      w: number,
      list: (k: number, a: number, b: number) => number[],
      sizes: number[],
      from: number[],
    ) => {
      const found: number[] = [];
      for (let k = 0; k < w; k++) {
        for (let a = 0; a < sizes[0]; a++) for (let b = 0; b < sizes[1]; b++) found.push(at(from, list(k, a, b)));
      }
      return found;
    };
    expect(of("grouped/kernel")).toEqual(wanted(2, (k, i, o) => [o, i, 0, k], [2, 2], [2, 2, 1, 2]));
    expect(of("deep/kernel")).toEqual(wanted(2, (k, c, m) => [c * 2 + m, 0, 0, k], [2, 2], [4, 1, 1, 2]));
    expect(of("up/kernel")).toEqual(wanted(2, (k, o, i) => [i, o, 0, k], [3, 4], [4, 3, 1, 2]));
    const signal = any(sequential({ layers: [layers.conv1d({ filters: 2, kernelSize: 3, inputShape: [5, 4] })] }));
    const one = await imported(signal, sorted({ "c.weight": counted(0, 2, 4, 3), "c.bias": counted(7, 2) }));
    expect(one.of("conv1d/kernel")).toEqual(wanted(3, (k, i, o) => [o, i, k], [4, 2], [2, 4, 3]));
  });

  it("separable convolutions of two modules, by names", async () => {
    const built = any(
      sequential({ layers: [layers.separableConv2d({ filters: 3, kernelSize: 1, inputShape: [4, 4, 2] })] }),
    );
    const file = sorted({
      "dw.weight": counted(0, 2, 1, 1, 1),
      "pw.weight": counted(0, 3, 2, 1, 1),
      "pw.bias": counted(9, 3),
    });
    const names = {
      "dw.weight": "separableConv2d/depthwise_kernel",
      "pw.weight": "separableConv2d/pointwise_kernel",
      "pw.bias": "separableConv2d/bias",
    };
    const { of } = await imported(built, file, { names });
    expect(of("separableConv2d/depthwise_kernel")).toEqual([0, 1]);
    expect(of("separableConv2d/pointwise_kernel")).toEqual([0, 2, 4, 1, 3, 5]);
  });

  it("PReLU: a slope for each channel, or one for all", async () => {
    const build = () => any(sequential({ layers: [layers.prelu({ sharedAxes: [1, 2], inputShape: [2, 2, 3] })] }));
    const each = await imported(build(), sorted({ "act.weight": counted(1, 3) }));
    expect(each.of("prelu/alpha")).toEqual([1, 2, 3]);
    const one = await imported(build(), sorted({ "act.weight": counted(7, 1) }));
    expect(one.of("prelu/alpha")).toEqual([7, 7, 7]);
    expect(one.report.warnings[0]).toMatch(/one slope for all channels/);
  });

  it("GRU: gates r, z, n become z, r, n, biases side by side; resetAfter must be true", async () => {
    const build = (resetAfter: boolean) =>
      any(sequential({ layers: [layers.gru({ units: 1, resetAfter, inputShape: [4, 2] })] }));
    const file = await ordered({
      "g.weight_ih_l0": counted(0, 3, 2),
      "g.weight_hh_l0": counted(10, 3, 1),
      "g.bias_ih_l0": counted(20, 3),
      "g.bias_hh_l0": counted(30, 3),
    });
    const { of } = await imported(build(true), file);
    expect(of("gru/kernel")).toEqual([2, 0, 4, 3, 1, 5]);
    expect(of("gru/recurrent_kernel")).toEqual([11, 10, 12]);
    expect(of("gru/bias")).toEqual([21, 20, 22, 31, 30, 32]);
    expect((await errorOf(build(false), file)).message).toMatch(/resetAfter must be true/);
  });

  it("LSTM with a projection of its state is refused", async () => {
    const built = any(sequential({ layers: [layers.lstm({ units: 2, inputShape: [4, 2] })] }));
    const file = await ordered({
      "l.weight_ih_l0": counted(0, 8, 2),
      "l.weight_hh_l0": counted(0, 8, 1),
      "l.bias_ih_l0": counted(0, 8),
      "l.bias_hh_l0": counted(0, 8),
      "l.weight_hr_l0": counted(0, 1, 2),
    });
    expect((await errorOf(built, file)).message).toMatch(/proj_size/);
  });

  it("attention of four projections: of Llama's names, of BERT's", async () => {
    const build = () => {
      const x = input({ shape: [3, 4] });
      return any(
        model({ inputs: x, outputs: layers.multiHeadAttention({ numHeads: 2, keyDim: 2, useBias: false }).apply(x) }),
      );
    };
    const names = [
      ["m.q_proj", "m.k_proj", "m.v_proj", "m.o_proj"],
      ["a.self.query", "a.self.key", "a.self.value", "a.output.dense"],
    ];
    for (const [q, k, v, o] of names) {
      const matrices = [q, k, v, o].map((path, i) => [`${path}.weight`, counted(100 * i, 4, 4)] as const);
      const { of } = await imported(build(), sorted(Object.fromEntries(matrices)));
      const turned = (start: number) => Array.from({ length: 16 }, (_, i) => start + (i % 4) * 4 + Math.floor(i / 4));
      expect(of("multiHeadAttention/query/kernel")).toEqual(turned(0));
      expect(of("multiHeadAttention/value/kernel")).toEqual(turned(200));
      expect(of("multiHeadAttention/attentionOutput/kernel")).toEqual(turned(300));
    }
  });
});

describe("blocks of transformers", () => {
  const attention = () => layers.multiHeadAttention({ numHeads: 1, keyDim: 2, useBias: false });
  const twoBlocks = () => {
    const x = input({ shape: [3, 2] });
    let y = x;
    for (let i = 0; i < 2; i++) y = layers.rmsNormalization().apply(attention().apply(y));
    return any(model({ inputs: x, outputs: y }));
  };
  const file = (paths: readonly string[], norm: string) =>
    ordered(
      Object.fromEntries(
        [0, 1].flatMap((block) => [
          ...paths.map((path, i) => [`l.${block}.${path}.weight`, counted(100 * block + 10 * i, 2, 2)] as const),
          [`l.${block}.${norm}.weight`, counted(100 * block + 50, 2)] as const,
        ]),
      ),
    );

  it.each([
    [["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"], "norm"],
    [
      ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"],
      "attention.output.LayerNorm",
    ],
    [["attn_q", "attn_k", "attn_v", "attn_output"], "attn_norm"],
  ])("of %s and %s come in their order", async (paths, norm) => {
    const { of } = await imported(twoBlocks(), await file(paths, norm));
    expect(of("multiHeadAttention/key/kernel")).toEqual([10, 12, 11, 13]);
    expect(of("multiHeadAttention_1/attentionOutput/kernel")).toEqual([130, 132, 131, 133]);
    expect(of("rmsNormalization_1/gamma")).toEqual([150, 151]);
  });

  it("attention with one projection for queries, keys and values", async () => {
    const x = input({ shape: [3, 2] });
    const built = any(model({ inputs: x, outputs: attention().apply(x) }));
    const joint = sorted({ "attn.qkv.weight": counted(0, 6, 2), "attn.proj.weight": counted(20, 2, 2) });
    const { of } = await imported(built, joint);
    expect(of("multiHeadAttention/query/kernel")).toEqual([0, 2, 1, 3]);
    expect(of("multiHeadAttention/value/kernel")).toEqual([8, 10, 9, 11]);
    expect(of("multiHeadAttention/attentionOutput/kernel")).toEqual([20, 22, 21, 23]);
  });
});

describe("what belongs where", () => {
  it("by names that the user gave, with dots or underscores", async () => {
    const file = sorted({ ...linear(1, 2, 2, "net.a"), ...linear(11, 2, 2, "net.b") });
    const { of, report } = await imported(denses([2, 2], 2, ["net.b", "net_a"]), file);
    expect(of("net.b/kernel")).toEqual([11, 13, 12, 14]);
    expect(of("net_a/kernel")).toEqual([1, 3, 2, 4]);
    expect(report.renamed["net.a.weight"]).toBe("net_a/kernel");
  });

  it("by order where the file has one, by numbers where it has these, else not at all", async () => {
    const modules = (a: string, b: string) => ({ ...linear(1, 2, 2, a), ...linear(11, 2, 2, b) });
    const made = await imported(denses([2, 2], 2), await ordered(modules("z", "a")));
    expect(made.of("dense/kernel")).toEqual([1, 3, 2, 4]);
    const numbered = await imported(denses([2, 2], 2), sorted(modules("layers.9", "layers.10")));
    expect(numbered.of("dense/kernel")).toEqual([1, 3, 2, 4]);
    const named = await imported(denses([2, 2], 2), sorted(modules("net.fc9", "net.fc10")));
    expect(named.of("dense/kernel")).toEqual([1, 3, 2, 4]);
    const error = await errorOf(denses([2, 2], 2), sorted(modules("z", "a")));
    expect(error.name).toBe("ArgumentError");
    const [problem, ...rows] = error.message.split("\n");
    expect(problem).toMatch(
      /^importWeights: it is not certain which weights belong where: each of a, z fits dense, dense_1, and the file does not say/,
    );
    expect(rows.slice(0, 3)).toEqual([
      "  in the file                | in the model",
      "  a: bias [2], weight [2, 2] | dense (dense): kernel [2, 2], bias [2]",
      "  z: bias [2], weight [2, 2] | dense_1 (dense): kernel [2, 2], bias [2]",
    ]);
    expect(rows[3]).toMatch(/^Say it by names: \{ names: \{ "theirs": "ours" \} \}/);
  });

  it("by shapes where these leave no choice, whatever the order", async () => {
    const { of } = await imported(denses([3, 1], 2), sorted({ ...linear(1, 1, 3, "a"), ...linear(11, 3, 2, "b") }));
    expect(of("dense/kernel")).toEqual([11, 13, 15, 12, 14, 16]);
    expect(of("dense_1/kernel")).toEqual([1, 2, 3]);
  });

  it("not by an order that shapes contradict", async () => {
    // The file has its short cut last, the model computes it first: of three norms of one shape order tells nothing.
    const x = input({ shape: [4, 4, 1] });
    const conv = (filters: number, kernelSize: number) =>
      layers.conv2d({ filters, kernelSize, padding: "same", useBias: false });
    const norm = () => layers.batchNormalization();
    const short = norm().apply(conv(2, 1).apply(x));
    const long = norm().apply(conv(2, 3).apply(x));
    const built = any(model({ inputs: x, outputs: layers.add().apply([short, long]) }));
    const normed = (path: string, start: number) => ({
      [`${path}.weight`]: counted(start, 2),
      [`${path}.bias`]: counted(start, 2),
      [`${path}.running_mean`]: counted(start, 2),
      [`${path}.running_var`]: counted(start, 2),
    });
    const file = await ordered({
      "conv1.weight": counted(0, 2, 1, 3, 3),
      ...normed("bn1", 1),
      "down.0.weight": counted(0, 2, 1, 1, 1),
      ...normed("down.1", 5),
    });
    expect((await errorOf(built, file)).message).toMatch(/order does not tell which/);
    const names = {
      conv1: "conv2d_1",
      bn1: "batchNormalization_1",
      "down.0": "conv2d",
      "down.1": "batchNormalization",
    };
    expect((await imported(built, file, { names })).of("batchNormalization/gamma")).toEqual([5, 6]);
  });

  it("names as a record, of modules or tensors, and as a function; null leaves out", async () => {
    const file = sorted({ ...linear(1, 2, 2, "a"), ...linear(11, 2, 2, "b"), extra: counted(0, 5) });
    const record = { a: "dense_1", "b.weight": "dense/kernel", "b.bias": "dense/bias", extra: null };
    const byRecord = await imported(denses([2, 2], 2), file, { names: record });
    expect(byRecord.of("dense_1/kernel")).toEqual([1, 3, 2, 4]);
    expect(byRecord.of("dense/bias")).toEqual([111, 112]);
    expect(byRecord.report.skipped).toEqual(["extra: left out by names"]);
    const names = (name: string) => (name === "extra" ? null : name.startsWith("a") ? "dense_1" : undefined);
    const byFunction = await imported(denses([2, 2], 2), file, { names });
    expect(byFunction.weights["dense/kernel"].data).toEqual(byRecord.weights["dense/kernel"].data);
  });

  it("tied weights: one tensor into two places, and one place for two", async () => {
    const x = input({ shape: [2], dtype: "int32" });
    const built = any(
      model({
        inputs: x,
        outputs: layers
          .dense({ units: 3, useBias: false })
          .apply(layers.embedding({ inputDim: 3, outputDim: 2 }).apply(x)),
      }),
    );
    const file = sorted({ "wte.weight": counted(0, 3, 2) });
    const { of } = await imported(built, file, { names: { wte: ["embedding", "dense"] } });
    expect(of("embedding/embeddings")).toEqual([0, 1, 2, 3, 4, 5]);
    expect(of("dense/kernel")).toEqual([0, 2, 4, 1, 3, 5]);
  });

  it("partial: what names tell, the others stay as they are", async () => {
    const file = sorted({ ...linear(1, 2, 3, "base"), ...linear(11, 10, 2, "head") });
    const built = denses([2, 4], 3, ["base", "head"]);
    expect((await errorOf(built, file)).message).toMatch(
      /head does not fit the layer head \(dense\), which has its name: head\.bias is \[10\], head\/bias is \[4\]/,
    );
    const before = await built.getWeights();
    const { of, report, weights } = await imported(built, file, { names: { head: null }, partial: true });
    expect(of("base/bias")).toEqual([101, 102]);
    expect(weights["head/kernel"].data).toEqual(before["head/kernel"].data);
    expect(report.warnings).toEqual(["head: keeps the weights that it has."]);
  });

  it("prefixes of wrappers are taken off", async () => {
    const wrapped = (start: number, path: string) => linear(start, 2, 2, `module._orig_mod.${path}`);
    const file = sorted({ ...wrapped(1, "a"), ...wrapped(11, "b") });
    const { of, report } = await imported(denses([2, 2], 2, ["b", "a"]), file);
    expect(of("b/bias")).toEqual([111, 112]);
    expect(report.renamed["module._orig_mod.a.weight"]).toBe("a/kernel");
    const records: Record<string, string>[] = [
      { a: "dense_1", b: "dense" },
      { "module._orig_mod.a": "dense_1", "module._orig_mod.b": "dense" },
    ];
    for (const names of records) {
      expect((await imported(denses([2, 2], 2), file, { names })).of("dense/bias")).toEqual([111, 112]);
    }
  });

  it("Conv1D of GPT-2 keeps inputs first; square ones as their like, and if all are square that is an error", async () => {
    const wide = { "c_fc.weight": counted(0, 2, 4), "c_fc.bias": counted(0, 4) };
    const square = { "c_proj.weight": counted(10, 4, 4), "c_proj.bias": counted(0, 4) };
    const { of } = await imported(denses([4, 4], 2, ["c_fc", "c_proj"]), sorted({ ...wide, ...square }));
    expect(of("c_fc/kernel")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(of("c_proj/kernel")).toEqual(Array.from({ length: 16 }, (_, i) => 10 + i));
    const alone = denses([4], 4, ["c_proj"]);
    expect((await errorOf(alone, sorted(square))).message).toMatch(
      /c_proj\.weight is a square matrix, and nothing in the file tells outputs from inputs[\s\S]*layout: "torch"/,
    );
    const told = await imported(alone, sorted(square), { layout: "torch" });
    expect(told.of("c_proj/kernel").slice(0, 2)).toEqual([10, 14]);
  });

  it("tensors without names of weights: in the order of the model, as here or as in PyTorch", async () => {
    const own = { arr_0: counted(0, 3, 2), arr_1: counted(9, 2) };
    expect((await imported(denses([2], 3), await ordered(own))).of("dense/kernel")).toEqual([0, 1, 2, 3, 4, 5]);
    const torch = { arr_0: counted(0, 2, 3), arr_1: counted(9, 2) };
    expect((await imported(denses([2], 3), await ordered(torch))).of("dense/kernel")).toEqual([0, 3, 1, 4, 2, 5]);
    const square = { arr_0: counted(0, 2, 2), arr_1: counted(9, 2) };
    expect((await errorOf(denses([2], 2), await ordered(square))).message).toMatch(
      /fit as they are and as PyTorch has them/,
    );
    expect((await imported(denses([2], 2), await ordered(square), { layout: "own" })).of("dense/kernel")).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it("files of this library, and names of Keras, stay as they are", async () => {
    const from = denses([2, 3], 4);
    const to = denses([2, 3], 4);
    await importWeights(to, from.toBytes());
    expect(await to.getWeights()).toEqual(await from.getWeights());
    const named = sorted({ "dense_7/kernel": counted(0, 2, 3), "dense_7/bias": counted(0, 3) });
    expect((await imported(denses([3], 2), named)).of("dense/kernel")).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("layers within models and in both directions", async () => {
    const x = input({ shape: [3, 1] });
    const inner = layers.simpleRNN({ units: 1, useBias: false });
    const core = model({ inputs: x, outputs: layers.bidirectional({ layer: inner }).apply(x) });
    const y = input({ shape: [3, 1] });
    const built = any(model({ inputs: y, outputs: layers.dense({ units: 1, useBias: false }).apply(core.apply(y)) }));
    const file = await ordered({
      "rnn.weight_ih_l0": counted(1, 1, 1),
      "rnn.weight_hh_l0": counted(2, 1, 1),
      "rnn.weight_ih_l0_reverse": counted(3, 1, 1),
      "rnn.weight_hh_l0_reverse": counted(4, 1, 1),
      "fc.weight": counted(5, 1, 2),
    });
    const { weights } = await imported(built, file);
    expect(Object.values(weights).map(({ data: [first] }) => first)).toEqual([1, 2, 3, 4, 5]);
    // By name weight_hh_l0_reverse stands before weight_ih_l0.
    const alphabetical = Object.fromEntries(Object.entries(await data.npz(file)));
    const sortedWeights = (await imported(built, data.toSafetensors(alphabetical))).weights;
    expect(Object.values(sortedWeights).map(({ data: [first] }) => first)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("checkpoints of PyTorch with several dictionaries", () => {
  const state = (start: number) => {
    const numbers = Float32Array.from({ length: 8 }, (_, i) => start + i);
    const value = pickles.dict(
      ["fc.weight", pickles.tensor(pickles.storage(`${start}`, 8), 0, [2, 3], [3, 1])],
      ["fc.bias", pickles.tensor(pickles.storage(`${start}`, 8), 6, [2], [1])],
    );
    return { value, numbers };
  };
  const optimizer = pickles.dict(
    ["state", pickles.dict(["exp_avg", pickles.tensor(pickles.storage("1", 8), 0, [2], [1])])],
    ["param_groups", pickles.list()],
  );

  it("the only one that is no optimizer's is taken; of several one has to be named", async () => {
    const [one, other] = [state(1), state(10)];
    const storages = { 1: one.numbers, 10: other.numbers };
    const single = pickles.torchFile(
      pickles.dict(["epoch", pickles.int(3)], ["state_dict", one.value], ["optimizer_states", pickles.list(optimizer)]),
      storages,
    );
    const { of, report } = await imported(denses([2], 3), single);
    expect(of("dense/bias")).toEqual([7, 8]);
    expect(report).toMatchObject({
      format: "torch",
      producer: "PyTorch",
      skipped: ["optimizer_states: the state of an optimizer"],
    });
    const twice = pickles.torchFile(pickles.dict(["model", one.value], ["ema", other.value]), storages);
    const error = await errorOf(denses([2], 3), twice);
    expect(error).toMatchObject({
      name: "ArgumentError",
      message:
        'importWeights: the file has several dictionaries of tensors: "model", "ema". Say which: { key: "model" }, or { key: "" } for all.',
    });
    expect((await imported(denses([2], 3), twice, { key: "ema" })).of("dense/bias")).toEqual([16, 17]);
  });
});

describe("nothing changes when", () => {
  const unchanged = async (
    file: Uint8Array,
    options: ImportWeightsOptions,
    message: RegExp,
    built = denses([2], 3),
  ) => {
    const before = await built.getWeights();
    expect((await errorOf(built, file, options)).message).toMatch(message);
    expect(await built.getWeights()).toEqual(before);
  };

  it("a number is not finite", async () => {
    const broken = { ...linear(1, 2, 3, "fc"), "fc.bias": { data: Float32Array.of(1, Number.NaN), shape: [2] } };
    await unchanged(sorted(broken), {}, /dense\/bias holds NaN/);
  });

  it("there are more or fewer modules, other shapes, or a bias too many", async () => {
    await unchanged(
      sorted({ ...linear(1, 2, 3, "a"), ...linear(1, 2, 2, "b") }),
      {},
      /2 modules of the file, 1 layer of the model/,
    );
    await unchanged(
      sorted(linear(1, 2, 4, "a")),
      {},
      /a fits no layer \(dense: a\.weight is \[2, 4\], dense\/kernel is \[3, 2\]\)/,
    );
    await unchanged(sorted({ "a.weight": counted(0, 2, 3) }), {}, /bias has no counterpart/);
  });

  it("names and options are wrong", async () => {
    const file = sorted(linear(1, 2, 3, "fc"));
    await unchanged(
      file,
      { names: { fcc: "dense" } },
      /names has "fcc", which the file does not have\. Did you mean "fc"\?/,
    );
    await unchanged(
      file,
      { names: { fc: "dens" } },
      /into "dens", which the model does not have\. Did you mean "dense"\?/,
    );
    await unchanged(
      file,
      { names: { "fc.weight": "dense/kernel", "fc.bias": "dense/kernel" } },
      /both fc\.weight and fc\.bias|both fc\.bias and fc\.weight/,
    );
    await unchanged(file, { match: "exact" as "name" }, /match cannot be "exact"/);
    await unchanged(file, { key: "state_dict" }, /key is of files of PyTorch/);
    await unchanged(file, { match: "name" }, /not all names of the file are those of the model/);
    await unchanged(file, { other: 1 } as ImportWeightsOptions, /other/);
  });

  it("the first argument is no model", async () => {
    const error = await errorOf({} as AnyModel, sorted(linear(1, 2, 3, "fc")));
    expect([error.name, error.message]).toEqual([
      "ArgumentError",
      "importWeights: the first argument must be a model.",
    ]);
  });
});

it("predicts as the layer that the numbers came from", async () => {
  const x = input({ shape: [2] });
  const built = model({ inputs: x, outputs: ops.multiply(layers.dense({ units: 1 }).apply(x), 2) });
  await importWeights(built, sorted({ "fc.weight": counted(1, 1, 2), "fc.bias": counted(5, 1) }));
  expect([...(await built.predict(tensor([[10, 100]]))).data]).toEqual([2 * (10 + 200 + 5)]);
});
