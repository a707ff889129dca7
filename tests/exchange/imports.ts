import { expect } from "vitest";
import { importModel } from "../../src/exchange/importModel";
import { loadModel as loadForInference } from "../../src/inference/index";
import { FormatError, loadModel, type Model, type Tensor } from "../../src/index";
import { distance, expectedOf, inputsOf, type ListedFile, sourceOf } from "./kerasFiles";

/** Computed in float32 where the file says float16; what a sum of a few layers loses by that. */
const toleranceOf = (file: string) =>
  /mixed_float16|_float16\.(h5|keras)$/.test(file) ? 1e-2 : /bfloat16/.test(file) ? 3e-2 : 1e-5;

const predict = async (model: Model, inputs: Tensor | Tensor[]): Promise<Tensor[]> =>
  [(await model.predict(inputs as never)) as Tensor | Tensor[]].flat();

/** Words of the manifest that an error must have: classes, names and versions. */
export function namesIn(reason: string): string[] {
  const known = reason.match(/\d+\.\d+\.\d+|[a-z_]+>\w+|\b[A-Z]\w*[a-z]\w*[A-Z]\w*\b|\bLambda\b/g) ?? [];
  return known.filter((name) => name !== "TensorFlow");
}

/** What must hold of every file: outputs, or an error in words; and that the model lives on here. */
export async function checkFile(listed: ListedFile): Promise<void> {
  if (listed.mustFail !== undefined) {
    const error = await importModel(sourceOf(listed)).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FormatError);
    const names = namesIn(listed.mustFail);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect((error as Error).message).toContain(name);
    return;
  }
  const expected = expectedOf(listed);
  const inputs = inputsOf(expected);
  const { model } = await importModel(sourceOf(listed));
  const outputs = await predict(model, inputs);
  expect(distance(outputs, expected.outputs)).toBeLessThan(toleranceOf(listed.file));
  await checkLife(model, inputs, outputs);
}

/** A model that was imported is saved and loaded with the same numbers, runs in `wasmgrad/inference`, and trains. */
async function checkLife(model: Model, inputs: Tensor | Tensor[], outputs: readonly Tensor[]): Promise<void> {
  const bytes = model.toBytes();
  const loaded = await loadModel(bytes);
  const again = await predict(loaded, inputs);
  again.forEach(({ data }, i) => {
    expect(data).toEqual(outputs[i].data);
  });
  const small = await loadForInference(bytes);
  const inferred = [(await small.predict(inputs as never)) as Tensor | Tensor[]].flat();
  expect(distance(inferred, outputs as never)).toBeLessThan(1e-5);
  const before = Object.values(await loaded.getWeights());
  loaded.compile({ optimizer: "adam", loss: "meanSquaredError" });
  const targets = outputs.map((output) => ({ data: output.data.map((value) => value + 1), shape: output.shape }));
  const { loss } = await loaded.trainOnBatch(inputs as never, (targets.length === 1 ? targets[0] : targets) as never);
  expect(Number.isFinite(loss)).toBe(true);
  const after = Object.values(await loaded.getWeights());
  const hasChanged = after.some(({ data }, i) => data.some((value, j) => value !== before[i].data[j]));
  expect(hasChanged).toBe(before.length > 0);
}
