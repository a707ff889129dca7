import { describe, expect, it } from "vitest";
import { input, layers, model, type Model, type Node, Tensor } from "../../src/index";
import { exportModel } from "../../src/exchange/exportModel";
import { importModel } from "../../src/exchange/importModel";
import { allCases, graphs, inputsOf, predictAll, withWeights } from "./exportCases";
import { distance, runTfjs } from "./peers";

/** Those that TensorFlow.js has no equal of. */
const LACKING = [
  ...["conv2d dilated, grouped", "conv1d same, grouped", "conv2dTranspose with outputPadding"],
  ...["averagePooling2d padded", "upSampling2d bilinear", "rmsNormalization"],
  ...["groupNormalization", "groupNormalization, instances", "exponential", "gelu, approximate", "layers.elu"],
  ...["lstm with other activations", "gru", "bidirectional, summed", "multiHeadAttention", "groupQueryAttention"],
  ...["attention", "additiveAttention", "positionEmbedding", "rotaryEmbedding"],
  ...["attention within a window", "language model", "masked attention", "reversibleEmbedding"],
  ...["dense with an activation of its own", "ops: over the batch", "ops: products of samples"],
  ...["ops: flip of an open length", "ops: last step of an open length"],
  ...["masked mean", "cropping1d of an open length", "sizes of an open length"],
  ...graphs.map(({ name }) => name),
];

describe("files of TensorFlow.js", () => {
  for (const each of allCases.filter(({ name }) => !LACKING.includes(name))) {
    it(`give there what predict gives: ${each.name}`, async () => {
      const made = await withWeights(each.make());
      const files = await exportModel(made as never, "tfjs");
      const inputs = inputsOf(each, 3);
      const wanted = await predictAll(made, inputs);
      const found = await runTfjs(files, inputs);
      for (const [i, output] of wanted.entries()) expect(distance(found[i], output)).toBeLessThan(1e-5);
    });

    // The reader of these files does not know it.
    if (each.name === "timeDistributed, bidirectional") continue;

    it(`come back as the model that they were: ${each.name}`, async () => {
      const made = await withWeights(each.make());
      const { model: back } = await importModel((await exportModel(made as never, "tfjs")) as never);
      const inputs = inputsOf(each, 2);
      const wanted = await predictAll(made, inputs);
      const found = await predictAll(back as unknown as Model, inputs);
      for (const [i, output] of wanted.entries()) expect(distance(found[i], output)).toBeLessThan(1e-6);
    });
  }

  it("have masks where layers there see them", async () => {
    const uses: Readonly<Record<string, (x: Node) => unknown>> = {
      lstm: (x) => layers.lstm({ units: 3 }).apply(x),
      sequences: (x) => layers.lstm({ units: 3, returnSequences: true }).apply(x),
      backwards: (x) => layers.simpleRNN({ units: 3, goBackwards: true }).apply(x),
      bidirectional: (x) => layers.bidirectional({ layer: layers.lstm({ units: 2 }) }).apply(x),
      behind: (x) =>
        layers.lstm({ units: 2 }).apply(layers.batchNormalization().apply(layers.dense({ units: 3 }).apply(x))),
    };
    const data = Int32Array.of(1, 0, 2, 3, 0, 0, 0, 0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0);
    for (const [name, use] of Object.entries(uses)) {
      const ids = input({ shape: [6], dtype: "int32" });
      const y = use(layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true }).apply(ids));
      const made = await withWeights(model({ inputs: ids, outputs: y as Node }) as unknown as Model);
      const given = [new Tensor(data, [3, 6])];
      const [wanted] = await predictAll(made, given);
      const [found] = await runTfjs(await exportModel(made as never, "tfjs"), given);
      expect(distance(found, wanted), name).toBeLessThan(1e-5);
    }
  });

  it("are refused where masks would be lost there", async () => {
    const ids = input({ shape: [6], dtype: "int32" });
    const x = layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true }).apply(ids);
    const both = layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true }) }).apply(x);
    const sum = layers.add().apply([x, both as Node]);
    const made = model({ inputs: ids, outputs: layers.globalAveragePooling1d().apply(sum) });
    const failed = exportModel(made as never, "tfjs");
    await expect(failed).rejects.toThrow(/bidirectional[\s\S]*add "add": takes a mask[\s\S]*globalAveragePooling1d/);
  });

  it("name each layer that TensorFlow.js has no equal of", async () => {
    for (const each of allCases.filter(({ name }) => LACKING.includes(name))) {
      await expect(exportModel(each.make() as never, "tfjs"), each.name).rejects.toThrow(/for TensorFlow.js cannot be/);
    }
    const x = input({ shape: [4, 6] });
    const y = layers.gru({ units: 2 }).apply(layers.rmsNormalization({ name: "rms" }).apply(x)) as never;
    const both = exportModel(model({ inputs: x, outputs: y }) as never, "tfjs");
    await expect(both).rejects.toThrow(/rmsNormalization "rms"[\s\S]*gru "gru": resets behind/);
  });
});
