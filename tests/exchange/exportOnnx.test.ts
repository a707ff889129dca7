import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { input, layers, model, type Model, ops, WasmgradError } from "../../src/index";
import { readOwnOnnx } from "../../src/exchange/export/ownOnnx";
import { exportModel } from "../../src/exchange/exportModel";
import { importModel } from "../../src/exchange/importModel";
import {
  allCases,
  denseAndConvolutions,
  inputsOf,
  nets,
  predictAll,
  poolings,
  recurrents,
  withWeights,
} from "./exportCases";
import { distance, runOnnx } from "./peers";
import { readOnnx } from "./readOnnx";

/** An image with its channels behind the batch. */
function channelsFirst({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }) {
  const [batch, ...rest] = shape;
  const channels = rest.pop()!;
  const pixels = rest.reduce((a, b) => a * b, 1);
  const turned = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const sample = Math.floor(pixel / pixels);
    turned[(sample * channels + channel) * pixels + (pixel % pixels)] = data[i];
  }
  return { shape: [batch, channels, ...rest], data: turned };
}

describe("a model in onnxruntime", () => {
  for (const each of allCases) {
    it(`${each.name} gives what predict gives`, async () => {
      const made = await withWeights(each.make());
      const bytes = await exportModel(made as never, "onnx");
      for (const batch of [1, 3]) {
        const inputs = inputsOf(each, batch);
        const wanted = await predictAll(made, inputs);
        const found = await runOnnx(bytes, inputs);
        expect(found.length).toBe(wanted.length);
        for (const [i, output] of wanted.entries()) expect(distance(found[i], output)).toBeLessThan(1e-5);
      }
    });
  }

  it("takes and gives channels first where that is asked for", async () => {
    for (const each of [...denseAndConvolutions, ...poolings, ...nets.slice(0, 2)]) {
      const made = await withWeights(each.make());
      const inputs = inputsOf(each, 2);
      const [wanted] = await predictAll(made, inputs);
      const bytes = await exportModel(made as never, "onnx", { channelsFirst: true });
      const given = inputs.map((x) => (x.shape.length > 2 ? channelsFirst(x) : x));
      const [found] = await runOnnx(bytes, given as never);
      const turned = wanted.shape.length > 2 ? channelsFirst(wanted) : wanted;
      expect(distance(found, turned), each.name).toBeLessThan(1e-5);
    }
  });

  it("takes bytes, and sequences of any length", async () => {
    const x = input({ shape: [3], dtype: "uint8" });
    const scaled = layers.rescaling({ scale: 1 / 255 }).apply(x);
    const made = model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(scaled) });
    const data = Uint8Array.of(0, 7, 255, 128, 3, 90);
    const wanted = (await made.predict({ shape: [2, 3], data } as never)) as never;
    const [found] = await runOnnx(await exportModel(made as never, "onnx"), [{ shape: [2, 3], data }]);
    expect(distance(found, wanted)).toBeLessThan(1e-5);
  });
});

/** Graphs that the reader of other people's files does not know yet. */
const NOT_READ = [
  ...["timeDistributed", "timeDistributed, bidirectional", "additiveAttention", "positionEmbedding", "ops: topK"],
  ...["ops: products of samples", "ops: flip of an open length", "ops: last step of an open length", "masked mean"],
  ...["sizes of an open length", "attention within a window", "language model"],
];

describe("a file of ONNX of our own", () => {
  for (const each of allCases) {
    it(`gives ${each.name} back to the bit`, async () => {
      const made = await withWeights(each.make());
      const { metadata, initializers } = readOnnx(await exportModel(made as never, "onnx"));
      const back = await readOwnOnnx(metadata, initializers);
      expect(Buffer.compare((back as unknown as Model).toBytes(), made.toBytes())).toBe(0);
    });
  }

  it("comes back through importModel, which says so", async () => {
    const made = await withWeights(nets[0].make());
    const bytes = await exportModel(made as never, "onnx");
    const { model: back, report } = await importModel(bytes);
    expect(Buffer.compare((back as unknown as Model).toBytes(), made.toBytes())).toBe(0);
    expect(report.conversions.join()).toMatch(/one of wasmgrad/);
  });

  // By the reader of other people's files, which knows nothing of what wasmgrad has written beside the graph.
  for (const each of allCases.filter(({ name }) => !NOT_READ.includes(name))) {
    it(`has a graph that stands alone: ${each.name}`, async () => {
      const made = await withWeights(each.make());
      const { model: back } = await importModel(await exportModel(made as never, "onnx"), { shapes: {} });
      const inputs = inputsOf(each, 2);
      const wanted = await predictAll(made, inputs);
      const found = await predictAll(back as unknown as Model, inputs);
      for (const [i, output] of wanted.entries()) expect(distance(found[i], output)).toBeLessThan(1e-5);
    });
  }

  it("is read by its graph when others have changed it", async () => {
    const made = await withWeights(nets[0].make());
    const bytes = await exportModel(made as never, "onnx");
    // The same length, another name: the metadata name a weight that is not there.
    const text = Buffer.from(bytes).toString("latin1");
    const at = text.indexOf('{"initializer":"dense/kernel"');
    bytes.set(Buffer.from('{"initializer":"dense/absent"'), at);
    const { model: back, report } = await importModel(bytes);
    expect(report.warnings.join()).toMatch(/no longer as wasmgrad wrote it/);
    const inputs = inputsOf(nets[0], 2);
    const [wanted] = await predictAll(made, inputs);
    const [found] = await predictAll(back as unknown as Model, inputs);
    expect(distance(found, wanted)).toBeLessThan(1e-5);
  });

  it("ends in a model or a typed error, whatever has become of its bytes", async () => {
    const bytes = await exportModel(recurrents[0].make() as never, "onnx");
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(flips, fc.integer({ min: 0, max: bytes.length }), async (changes, cut) => {
        const broken = bytes.slice(0, cut % 3 ? bytes.length : cut);
        for (const [at, bits] of changes) broken[at % Math.max(1, broken.length)] ^= bits;
        const result = await importModel(broken).catch((error: unknown) => error);
        const isKnown = result instanceof WasmgradError || "model" in (result as object);
        expect(isKnown, String(result)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("is compiled as it was", async () => {
    const x = input({ shape: [3] });
    const made = model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(x) });
    made.compile({ optimizer: "adam", loss: "meanSquaredError", metrics: ["meanAbsoluteError"] } as never);
    const { metadata, initializers } = readOnnx(await exportModel(made as never, "onnx"));
    const back = (await readOwnOnnx(metadata, initializers)) as unknown as Model;
    const data = { shape: [1, 3], data: Float32Array.of(1, 2, 3) };
    const goal = { shape: [1, 2], data: Float32Array.of(0, 1) };
    expect(await back.evaluate(data as never, goal as never)).toEqual(
      await made.evaluate(data as never, goal as never),
    );
  });

  it("has the names of layers and weights, and each weight once", async () => {
    const made = nets[0].make();
    const { irVersion, nodes, initializers } = readOnnx(await exportModel(made as never, "onnx"));
    expect(irVersion).toBe(8);
    const names = nodes.map(({ name }) => name);
    for (const layer of ["conv2d", "batchNormalization", "maxPooling2d", "dense"]) expect(names).toContain(layer);
    const weights = Object.entries(await made.getWeights());
    for (const [name, { data }] of weights) expect(initializers.get(name)?.data.length, name).toBe(data.length);
    const sum = weights.reduce((all, [, { data }]) => all + data.length, 0);
    const stored = [...initializers.values()].reduce((all, { data }) => all + data.length, 0);
    expect(stored).toBe(sum);
  });

  it("is refused where it contradicts itself", async () => {
    const { metadata, initializers } = readOnnx(await exportModel(nets[0].make() as never, "onnx"));
    const lacking = new Map(initializers);
    lacking.delete("dense/kernel");
    await expect(readOwnOnnx(metadata, lacking)).rejects.toThrow(/lacks the numbers of the weight dense\/kernel/);
    expect(readOwnOnnx(new Map(), initializers)).toBeUndefined();
    const broken = new Map(metadata).set("wasmgrad.weights", '{"dense/kernel": 3}');
    await expect(async () => readOwnOnnx(broken, initializers)).rejects.toThrow(/importModel: weights/);
  });
});

it("What ONNX has no form for is named in one error", async () => {
  const x = input({ shape: [5, 4] });
  const masked = layers.masking().apply(x);
  const lstm = layers.lstm({ units: 3, returnSequences: true, name: "first" }).apply(masked) as never;
  const noise = layers
    .lambda((node) => ops.add(node, ops.randomNormal([3])), { name: "noise", supportsMasking: true } as never)
    .apply(lstm);
  const gru = layers.gru({ units: 2, name: "second", activation: "relu6" }).apply(ops.withoutMask(noise)) as never;
  const made = model({ inputs: x, outputs: gru });
  const failed = exportModel(made as never, "onnx");
  await expect(failed).rejects.toThrow(/lstm "first": has a mask/);
  await expect(exportModel(made as never, "onnx")).rejects.toThrow(/gru "second": has the activation relu6/);
  await expect(exportModel(made as never, "onnx")).rejects.toThrow(/operation randomNormal/);
});
