import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { importWeights, type ImportWeightsOptions, readTensors } from "../../src/exchange/index";
import { data, type Model } from "../../src/index";
import { exchangeFile, exchangeFolder, type ExpectedTensor, expectedOf, inputOf } from "./exchangeFiles";
import * as models from "./weightModels";

/** A network for a file whose outputs are known, and how close it comes. */
interface Case {
  readonly build: () => Model<never>;
  readonly tolerance?: number;
  readonly options?: ImportWeightsOptions;
}

const cases: Readonly<Record<string, Case>> = {
  "torch/mlp.pt": { build: models.mlp },
  "torch/bfloat16.pt": { build: models.twoLinear, tolerance: 3e-2 },
  "torch/float16.pt": { build: models.twoLinear, tolerance: 1e-2 },
  "torch/checkpoint.pth": { build: models.twoLinear },
  "torch/legacy_no_zip.pt": { build: models.twoLinear },
  "torch/cnn_flatten.pt": { build: models.cnnFlatten },
  "torch/lstm.pt": { build: () => models.recurrent("lstm", 2, false) },
  "torch/lstm_bi.pt": { build: () => models.recurrent("lstm", 1, true) },
  "torch/gru.pt": { build: () => models.recurrent("gru", 1, false) },
  "torch/gru_bi.pt": { build: () => models.recurrent("gru", 2, true) },
  "torch/rnn.pt": { build: () => models.recurrent("simpleRNN", 1, false) },
  "torch/resnet_small.pt": { build: () => models.resnet(false) },
  "torch/unet.pt": { build: models.unet },
  "torch/transformer_encoder.pt": { build: models.transformer },
  "torch/gpt_tied.pt": { build: models.tiedGpt },
  "safetensors/mlp.safetensors": { build: models.mlp },
  "safetensors/cnn_flatten.safetensors": { build: models.cnnFlatten },
  "safetensors/resnet_small.safetensors": { build: () => models.resnet(true) },
  "safetensors/transformer_encoder.safetensors": { build: models.transformer },
  "safetensors/hf_gpt2/model.safetensors": { build: models.gpt2 },
  "h5/keras3_only.weights.h5": { build: models.kerasCnn },
  "h5/legacy_weights_only.h5": { build: models.kerasCnn },
};

/** What errors of files that must fail say. */
const failures: Readonly<Record<string, RegExp>> = {
  "torch/malicious.pt": /run "posix\.system"/,
  "torch/hostile_setattr.pt": /run "builtins\.getattr"/,
  "torch/hostile_memo_bomb.pt":
    /lists hold each other so often that they stand for \d\.\de\+18 values\. It has no tensors/,
  "torch/hostile_huge_tensor.pt": /storage "0" of 2147483647 elements is not in the file/,
  "torch/real_burn_broken.pt": /is no model of Keras.* begins with the bytes 61 62 63/,
};

interface Entry {
  readonly file: string;
  readonly expected?: string;
}

const entries: readonly Entry[] = exchangeFolder
  ? (JSON.parse(readFileSync(exchangeFile("manifest.json"), "utf8")) as { files: Entry[] }).files
  : [];
const files = entries
  .map(({ file }) => file)
  .filter((file) => /^(torch|safetensors|npz)\/|(\.weights|weights_only)\.h5$/.test(file));

/** [batch, channels, rows, columns] as [batch, rows, columns, channels], or back. */
function moveChannels(data: ArrayLike<number>, [batch, a, b, c]: readonly number[], isBack: boolean): Float32Array {
  const result = new Float32Array(data.length);
  const [outer, inner] = isBack ? [a * b, c] : [a, b * c];
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) result[(n * inner + j) * outer + i] = data[(n * outer + i) * inner + j];
    }
  }
  return result;
}

function worstOf(got: ArrayLike<number>, wanted: readonly (number | string)[]): number {
  expect(got.length).toBe(wanted.length);
  return wanted.reduce<number>((worst, value, i) => {
    const number =
      value === "inf"
        ? Number.POSITIVE_INFINITY
        : value === "-inf"
          ? Number.NEGATIVE_INFINITY
          : Math.fround(Number(value));
    return Object.is(got[i], number) ? worst : Math.max(worst, Math.abs(got[i] - number));
  }, 0);
}

/** What the model predicts for the inputs of the file, compared with what its own library did. */
async function checkOutputs(file: string, { build, tolerance = 1e-5, options }: Case): Promise<void> {
  const expected = expectedOf(file);
  const model = build();
  const { report } = await importWeights(model, exchangeFile(file), options);
  expect(report.format).toBe(/^[a-z]+\/.*\.h5$/.test(file) ? "h5" : file.split("/")[0]);
  const x = inputOf(expected);
  const isImage = x.shape.length === 4 && !file.startsWith("h5");
  const [n, c, h, w] = x.shape;
  const given = isImage ? { data: moveChannels(x.data, x.shape, false), shape: [n, h, w, c] } : x;
  const outputs = [await model.predict(given)].flat() as unknown as { data: Float32Array; shape: number[] }[];
  for (const [i, { data, shape }] of outputs.entries()) {
    const got = shape.length === 4 ? moveChannels(data, shape, true) : data;
    expect(worstOf(got, expected.outputs[i].data!), `output ${i}`).toBeLessThan(tolerance);
  }
}

/** The tensors of a file, compared with those that its own library read. */
async function checkTensors(file: string): Promise<void> {
  const { tensors, outputs, inputs } = expectedOf(file);
  const wanted: ExpectedTensor[] = Object.entries(tensors ?? {}).map(([name, one]) =>
    Array.isArray(one) ? { name, shape: one } : { name, ...(one as Omit<ExpectedTensor, "name">) },
  );
  if (inputs.length === 0) wanted.push(...outputs);
  expect(wanted.length).toBeGreaterThan(0);
  const read = await readTensors(
    exchangeFile(file),
    file === "torch/checkpoint.pth" ? { key: "model_state_dict" } : {},
  );
  for (const { name, shape, data, sum } of wanted) {
    // Tied weights are left out by their writer.
    if (name === "lm_head.weight" && !read.has(name)) continue;
    const got = read.get(name)!;
    expect(got?.shape, name).toEqual(shape);
    if (data) expect(worstOf(got.data, data), name).toBe(0);
    const isRounded = file.includes("float16");
    const found = got.data.reduce((all, value) => all + value, 0);
    if (sum !== undefined)
      expect(Math.abs(found - sum), name).toBeLessThan((isRounded ? 3e-2 : 1e-5) * (1 + Math.abs(sum)));
  }
  if (inputs.length === 0) expect(read.size).toBe(wanted.length);
}

describe.skipIf(!exchangeFolder)("weights of other libraries", () => {
  for (const file of files) {
    it(file, async () => {
      const failure = failures[file];
      if (failure) {
        const error: unknown = await readTensors(exchangeFile(file)).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: "FormatError", message: expect.stringMatching(failure) });
        const other: unknown = await importWeights(models.mlp(), exchangeFile(file)).catch((thrown: unknown) => thrown);
        expect(other).toMatchObject({ name: "FormatError", message: expect.stringMatching(failure) });
        return;
      }
      if (cases[file]) await checkOutputs(file, cases[file]);
      const isOfH5 = file.endsWith(".h5");
      if (!isOfH5) await checkTensors(file);
    });
  }

  it("integers of NumPy that int32 does not hold are rounded, as all are", async () => {
    const file = await data.toNpz({ i: { data: BigInt64Array.of(2n ** 40n, -1n), shape: [2] } });
    expect((await readTensors(file)).get("i")).toEqual({
      shape: [2],
      dtype: "int64",
      data: Float32Array.of(2 ** 40, -1),
    });
  });

  it("the manifest has them all", () => {
    expect(files.length).toBeGreaterThanOrEqual(43);
    expect(Object.keys(cases).filter((file) => !files.includes(file))).toEqual([]);
  });
});
