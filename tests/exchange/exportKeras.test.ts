import { describe, expect, it } from "vitest";
import { input, layers, model, type Model, optimizers } from "../../src/index";
import { exportModel } from "../../src/exchange/exportModel";
import { importModel } from "../../src/exchange/importModel";
import { readZip } from "../../src/formats/zip/directory";
import {
  activationCases,
  allCases,
  attentions,
  denseAndConvolutions,
  type ExportCase,
  graphs,
  inputsOf,
  merges,
  nets,
  normalizations,
  poolings,
  predictAll,
  recurrents,
  shapings,
  withWeights,
} from "./exportCases";
import { distance } from "./peers";

/** Those that Keras has no words for. */
const LACKING = [
  ...["averagePooling2d padded", "gelu, approximate", "positionEmbedding", "rotaryEmbedding"],
  ...["attention within a window", "language model", "masked attention", "reversibleEmbedding"],
  ...["dense with an activation of its own", "ops: over the batch", "ops: products of samples"],
  ...["ops: flip of an open length", "ops: last step of an open length"],
  ...graphs.map(({ name }) => name),
];
const known = (cases: readonly ExportCase[]) => cases.filter(({ name }) => !LACKING.includes(name));
/** Those that the reader of these files does not know. */
const NOT_READ = ["timeDistributed, bidirectional"];

function configOf(bytes: Uint8Array) {
  const entry = readZip(bytes, "test").find(({ name }) => name === "config.json")!;
  return JSON.parse(new TextDecoder().decode(entry.packed));
}

describe("a .keras file", () => {
  for (const each of known(allCases).filter(({ name }) => !NOT_READ.includes(name))) {
    it(`comes back as the model that it was: ${each.name}`, async () => {
      const made = await withWeights(each.make());
      const bytes = await exportModel(made as never, "keras");
      const { model: back, report } = await importModel(bytes);
      expect(report.warnings).toEqual([]);
      expect(report.skipped).toEqual([]);
      const inputs = inputsOf(each, 3);
      const wanted = await predictAll(made, inputs);
      const found = await predictAll(back as unknown as Model, inputs);
      for (const [i, output] of wanted.entries()) expect(distance(found[i], output)).toBeLessThan(1e-6);
    });
  }

  it("names each layer that Keras has no equal of", async () => {
    for (const each of allCases.filter(({ name }) => LACKING.includes(name))) {
      await expect(exportModel(each.make() as never, "keras"), each.name).rejects.toThrow(
        /this model for Keras cannot be/,
      );
    }
    const x = input({ shape: [4, 6] });
    const y = layers
      .rotaryEmbedding({ name: "turned" })
      .apply(layers.positionEmbedding({ sequenceLength: 4 }).apply(x));
    const both = exportModel(model({ inputs: x, outputs: y }) as never, "keras");
    await expect(both).rejects.toThrow(/positionEmbedding "positionEmbedding"[\s\S]*rotaryEmbedding "turned"/);
  });

  it("has the same bytes for the same model", async () => {
    const made = await withWeights(nets[0].make());
    const [one, other] = [await exportModel(made as never, "keras"), await exportModel(made as never, "keras")];
    expect(Buffer.compare(one, other)).toBe(0);
  });

  it("has masks, which layers behind see", async () => {
    const x = input({ shape: [6], dtype: "int32" });
    const embedded = layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true }).apply(x);
    const y = layers.lstm({ units: 3 }).apply(embedded);
    const made = await withWeights(model({ inputs: x, outputs: y }) as unknown as Model);
    const { model: back } = await importModel(await exportModel(made as never, "keras"));
    const ids = { shape: [2, 6], data: Int32Array.of(1, 2, 0, 0, 5, 0, 0, 3, 4, 8, 0, 0) };
    const [wanted] = await predictAll(made, [ids as never]);
    const [found] = await predictAll(back as unknown as Model, [ids as never]);
    expect(distance(found, wanted)).toBeLessThan(1e-6);
  });

  it("does not lose masks that Keras would lose", async () => {
    const x = input({ shape: [6, 2] });
    const masked = layers.masking().apply(x);
    const backwards = layers.lstm({ units: 2, returnSequences: true, goBackwards: true });
    const turned = layers.lstm({ units: 2 }).apply(backwards.apply(masked) as never);
    const normalized = layers.lstm({ units: 2 }).apply(layers.rmsNormalization().apply(masked));
    const made = model({ inputs: x, outputs: [turned, normalized] as never });
    const failed = exportModel(made as never, "keras");
    await expect(failed).rejects.toThrow(/does not turn the mask around[\s\S]*which Keras loses there/);
  });

  it("is compiled as the model is", async () => {
    const x = input({ shape: [3] });
    const made = model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(x) });
    const optimizer = optimizers.adam({ learningRate: 0.01, beta1: 0.8, clipNorm: 1 });
    made.compile({ optimizer, loss: "meanSquaredError", metrics: ["mae"] } as never);
    const bytes = await exportModel(made as never, "keras");
    expect(configOf(bytes).compile_config.optimizer.class_name).toBe("Adam");
    const { model: back } = await importModel(bytes);
    const description = (each: unknown) =>
      JSON.parse(
        new TextDecoder("latin1").decode((each as Model).toBytes()).match(/"wasmgrad":("(?:[^"\\]|\\.)*")/)![1],
      );
    const training = (each: unknown) => JSON.parse(description(each)).training;
    expect(training(back).optimizer).toEqual(training(made).optimizer);
    expect(training(back).loss).toEqual(training(made).loss);
    expect(training(back).metrics).toEqual(training(made).metrics);
  });

  it("keeps frozen layers frozen, and models within", async () => {
    const made = await withWeights(nets[3].make());
    made.layers[0].trainable = false;
    const { model: back } = await importModel(await exportModel(made as never, "keras"));
    expect(back.layers[0].trainable).toBe(false);
    expect(back.layers[1].trainable).toBe(true);
    expect(Object.keys(await back.getWeights())).toEqual(Object.keys(await made.getWeights()));
  });
});

describe("configurations", () => {
  it("have the members that layers of Keras 3 have", async () => {
    const members = {
      Dense: ["units", "activation", "use_bias", "kernel_initializer", "kernel_regularizer", "kernel_constraint"],
      Conv2D: ["filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups"],
      BatchNormalization: ["axis", "momentum", "epsilon", "center", "scale", "moving_mean_initializer"],
      LSTM: ["units", "recurrent_activation", "return_sequences", "return_state", "go_backwards", "unit_forget_bias"],
      Bidirectional: ["merge_mode", "layer", "backward_layer"],
      MultiHeadAttention: ["num_heads", "key_dim", "value_dim", "attention_axes", "output_shape"],
    };
    const sources = [
      denseAndConvolutions,
      normalizations,
      recurrents,
      attentions,
      poolings,
      merges,
      shapings,
      activationCases,
    ];
    for (const each of known(sources.flat())) {
      const config = configOf(await exportModel(each.make() as never, "keras"));
      expect(config).toMatchObject({ module: "keras.src.models.functional", class_name: "Functional" });
      for (const { class_name: className, module, config: own, inbound_nodes: nodes } of config.config.layers) {
        expect(module).toBe("keras.layers");
        expect(Array.isArray(nodes)).toBe(true);
        expect(own).toHaveProperty("name");
        for (const member of members[className as keyof typeof members] ?? []) expect(own).toHaveProperty(member);
      }
    }
  });
});
