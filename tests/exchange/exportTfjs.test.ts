import { describe, expect, it } from "vitest";
import { layers, input, model, type Model } from "../../src/index";
import { exportModel } from "../../src/exchange/exportModel";
import { importModel } from "../../src/exchange/importModel";
import { allCases, graphs, inputsOf, predictAll, withWeights } from "./exportCases";
import { distance, hasTensorflow, NO_PEERS, runTfjs } from "./peers";

/** Those that TensorFlow.js has no equal of. */
const LACKING = [
  ...["conv2d dilated, grouped", "conv1d same, grouped", "conv2dTranspose with outputPadding"],
  ...["averagePooling2d padded", "upSampling2d bilinear", "rmsNormalization"],
  ...["groupNormalization", "groupNormalization, instances", "exponential", "gelu, approximate", "layers.elu"],
  ...["lstm with other activations", "gru", "bidirectional, summed", "multiHeadAttention", "groupQueryAttention"],
  ...["attention", "additiveAttention", "positionEmbedding", "rotaryEmbedding"],
  ...graphs.map(({ name }) => name),
];

describe("files of TensorFlow.js", () => {
  for (const each of allCases.filter(({ name }) => !LACKING.includes(name))) {
    it(`give there what predict gives: ${each.name}`, async ({ skip }) => {
      if (!hasTensorflow) skip(NO_PEERS);
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
