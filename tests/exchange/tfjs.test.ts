import { describe, expect, it } from "vitest";
import { importModel } from "../../src/exchange/importModel";
import { FormatError } from "../../src/index";
import { checkFile } from "./imports";
import { areAllThere, bytesOf, expectedOf, inputsOf, listFiles, sourceOf } from "./kerasFiles";

describe("models of TensorFlow.js give what it computes", () => {
  for (const listed of listFiles("tfjs")) it(listed.file, () => checkFile(listed));

  if (!areAllThere)
    it("the files that are not fixtures", ({ skip }) => skip("the folder of exchange files is missing"));
});

describe("model.json and its shards", () => {
  const shared = "tfjs/tfjs_functional_shared";
  const json = () => JSON.parse(new TextDecoder().decode(bytesOf(`${shared}/model.json`)));
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const fail = async (value: unknown, weights = bytesOf(`${shared}/weights.bin`)) => {
    const error = await importModel({ "model.json": encode(value), "weights.bin": weights }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  };

  it("come together by their names, or from the folder of a path", async () => {
    const listed = listFiles("tfjs").find(({ file }) => file === shared)!;
    const wanted = (await importModel(sourceOf(listed))).model;
    const given = {
      "a/model.json": bytesOf(`${shared}/model.json`),
      "b/weights.bin": bytesOf(`${shared}/weights.bin`),
    };
    const { model, report } = await importModel(given);
    const x = inputsOf(expectedOf(listed)) as never;
    expect(await model.predict(x)).toEqual(await wanted.predict(x));
    expect(report).toMatchObject({ format: "tfjs", producer: "TensorFlow.js tfjs-layers v4.22.0", warnings: [] });
  });

  it("say which shard is missing, and how to give it", async () => {
    await expect(importModel(bytesOf(`${shared}/model.json`))).rejects.toThrow(
      /has weights in ".\/weights.bin"\. Give the files together: importModel\(\{ "model.json": …, "weights.bin": … \}\)/,
    );
  });

  it("refuse shards of another length", async () => {
    expect(await fail(json(), bytesOf(`${shared}/weights.bin`).slice(0, 100))).toMatch(/need 316 bytes, .*has 100/);
  });

  it("refuse paths that lead away", async () => {
    for (const path of ["../secret.bin", "/etc/passwd", "https://example.com/weights.bin", "a/../../b"]) {
      const { writeFileSync, mkdtempSync } = await import("node:fs");
      const folder = mkdtempSync(`${(await import("node:os")).tmpdir()}/tfjs-`);
      const value = json();
      value.weightsManifest[0].paths = [path];
      writeFileSync(`${folder}/model.json`, JSON.stringify(value));
      await expect(importModel(`${folder}/model.json`)).rejects.toThrow(/which is not beside it/);
    }
  });

  it("refuse broken lists of weights", async () => {
    const change = (entry: object) => {
      const value = json();
      Object.assign(value.weightsManifest[0].weights[0], entry);
      return value;
    };
    expect(await fail(change({ shape: [1e9, 1e9] }))).toMatch(/is too large/);
    expect(await fail(change({ shape: [-1] }))).toMatch(/the shape of dense_Dense2\/kernel is \[-1\]/);
    expect(await fail(change({ dtype: "string" }))).toMatch(/numbers of the type "string"/);
    expect(await fail(change({ quantization: { dtype: "int4" } }))).toMatch(/is quantized to "int4"/);
    expect(await fail(change({ name: "shared/bias" }))).toMatch(/two weights are named "shared\/bias"/);
    expect(await fail({ ...json(), weightsManifest: 7 })).toMatch(/has no weightsManifest/);
  });

  it("refuse graph models and other JSON in words", async () => {
    expect(await fail({ ...json(), format: "graph-model" })).toMatch(
      /graph model of TensorFlow.js.*Give the \.h5 or \.keras file/,
    );
    expect(await fail({ a: 1 })).toMatch(/no modelTopology.*It has \["a"\]/);
  });

  it("give bytes of 8 and 16 bits back as they were scaled", async () => {
    const value = json();
    const weights = bytesOf(`${shared}/weights.bin`);
    const [first, ...others] = value.weightsManifest[0].weights;
    const count = 30;
    for (const [dtype, width, scale, min] of [
      ["uint8", 1, 0.01, -1],
      ["uint16", 2, 0.0001, -2],
    ] as const) {
      const bytes = new Uint8Array(count * width + weights.length - count * 4);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < count; i++) {
        if (width === 1) view.setUint8(i, 7 * i);
        else view.setUint16(2 * i, 1000 * i, true);
      }
      bytes.set(weights.subarray(count * 4), count * width);
      const changed = {
        ...value,
        weightsManifest: [
          { paths: ["w.bin"], weights: [{ ...first, quantization: { dtype, scale, min } }, ...others] },
        ],
      };
      const { model, report } = await importModel({ "model.json": encode(changed), "w.bin": bytes });
      const { data } = (await model.getWeights())["encoder/dense_Dense2/kernel"];
      const step = width === 1 ? 7 : 1000;
      expect(data).toEqual(Float32Array.from({ length: count }, (_, i) => i * step * scale + min));
      expect(report.conversions).toContain(`Weights of ${dtype} are float32.`);
    }
  });
});
