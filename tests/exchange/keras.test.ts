import { describe, expect, it } from "vitest";
import { importModel } from "../../src/exchange/importModel";
import { checkFile } from "./imports";
import { areAllThere, expectedOf, inputsOf, labelsOf, listFiles, sourceOf } from "./kerasFiles";

describe("files of Keras give what Keras computes, live on, or fail in words", () => {
  for (const listed of listFiles("keras", "h5").filter(({ expected }) => expected)) {
    it(listed.file, () => checkFile(listed));
  }

  if (!areAllThere)
    it("the files that are not fixtures", ({ skip }) => skip("the folder of exchange files is missing"));
});

describe.runIf(areAllThere)("an architecture with weights beside it", () => {
  it("is told as what it is", async () => {
    const listed = listFiles("h5").find(({ file }) => file === "h5/keras3_only.weights.h5")!;
    const { report } = await importModel(sourceOf(listed));
    expect(report).toMatchObject({ format: "h5", producer: "Keras 3", warnings: [] });
    const alone = importModel({ "model.json": new TextEncoder().encode(expectedOf(listed).architecture!) });
    await expect(alone).rejects.toThrow(/the architecture of a Keras model without weights/);
  });
});

describe("a model that Keras compiled", () => {
  it("is not compiled where nobody wants that, and the report tells why one could not be", async () => {
    const source = () => sourceOf(listFiles("keras").find(({ file }) => file.endsWith("train_check.keras"))!);
    const { model } = await importModel(source(), { compile: false });
    await expect(model.trainOnBatch([] as never, [] as never)).rejects.toThrow(/compile/);
    const cut = await importModel(source(), { outputs: [model.layers.at(-2)!.name] });
    expect(cut.report.skipped).toContain("optimizer, loss and metrics, which belong to other outputs");
  });

  it("trains on as in Keras: three steps of SGD, losses and all weights", async () => {
    const listed = listFiles("keras").find(({ file }) => file.endsWith("train_check.keras"))!;
    const expected = expectedOf(listed);
    const { model, report } = await importModel(sourceOf(listed));
    expect(report).toMatchObject({
      format: "keras",
      producer: "Keras 3.15.1",
      skipped: ["the state of the optimizer"],
    });
    const { lossPerStep, weightsAfter } = expected.training!;
    const x = inputsOf(expected);
    for (const wanted of lossPerStep) {
      const { loss } = await model.trainOnBatch(x as never, labelsOf(8, 3) as never);
      expect(Math.abs(loss - wanted) / wanted).toBeLessThan(1e-5);
    }
    const weights = await model.getWeights();
    expect(Object.keys(weights).sort()).toEqual(weightsAfter.map(({ path }) => path).sort());
    for (const { path, data } of weightsAfter) {
      const largest = Math.max(...data.map(Math.abs));
      const worst = Math.max(...data.map((value, i) => Math.abs(value - weights[path].data[i])));
      expect(worst / largest).toBeLessThan(1e-5);
    }
  });
});
