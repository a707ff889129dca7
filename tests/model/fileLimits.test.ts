// R13: a small file that asks for a large machine is refused by its figures, at once.
import { describe, expect, it } from "vitest";
import { ArgumentError, input, type Layer, layers, LimitError, loadModel, model, sequential } from "../../src";
import { loadModel as loadToPredict, type ReadOptions } from "../../src/inference/index";
import { type Description, withDescription } from "./modelFile";

type Load = (bytes: Uint8Array, options?: ReadOptions) => Promise<unknown>;
const loads: [string, Load][] = [
  ["wasmgrad", loadModel],
  ["wasmgrad/inference", loadToPredict],
];

/** A file of layers, each applied to the one before; described as small ones, so that none is ever built here. */
function fileOf(inputShape: number[], list: Layer[], change: (description: Description) => void = () => {}) {
  const x = input({ shape: inputShape });
  const output = list.reduce((node, layer) => layer.apply(node), x);
  return withDescription(model({ inputs: x, outputs: output }).toBytes(), change);
}

/** Of `count` layers that double both sides of an image of one pixel. */
const doublings = (count: number) =>
  fileOf([1, 1, 1], [layers.upSampling2d({ interpolation: "nearest" })], (description: Description) => {
    const [layer] = description.layers;
    description.layers = Array.from({ length: count }, (_, i) => ({
      ...layer,
      options: { ...layer.options, name: `doubling_${i}` },
      isNamedByModel: false,
    }));
    description.nodes = description.layers.map((_: unknown, i: number) => ({ layer: i, inputs: [i] }));
    description.outputs = [count];
  });

const padded = (padding: number) =>
  fileOf([1, 1, 1], [layers.zeroPadding2d({ padding: 1 })], (description: Description) => {
    description.layers[0].options = { padding, name: "edge" };
  });

/** 4 bytes a pixel of all images from 1 × 1 on: what a gather and 14 layers put out. */
const doublingBytes = Array.from({ length: 15 }, (_, i) => 4 * 4 ** i).reduce((sum, bytes) => sum + bytes);

describe.each(loads)("%s", (_, load) => {
  it.each([
    ["14 upSampling2d", doublings(14), `takes ${doublingBytes} bytes of memory a sample, most of them for doubling_13`],
    [
      "a padding of 16,000",
      padded(16_000),
      `takes ${4 * 32_001 ** 2 + 4} bytes of memory a sample, most of them for edge`,
    ],
  ])("%s", async (_, file, message) => {
    expect(file.length).toBeLessThan(4000);
    await load(file).catch(() => {}); // Loads what is loaded lazily.
    const before = process.memoryUsage();
    const started = process.cpuUsage();
    const error = await load(file).catch((caught: unknown) => caught);
    const { user, system } = process.cpuUsage(started);
    expect(error).toBeInstanceOf(LimitError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toMatch(/the limit is 1073741824\. .*limits: \{ memoryBytes: \d+ \}/);
    expect((user + system) / 1000).toBeLessThan(100);
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 22);
  });

  it("a convolution of more operations than patience", async () => {
    // Two operations for each weight of the kernels at each of 2048² pixels.
    const file = fileOf(
      [2048, 2048, 1],
      [
        layers.conv2d({ filters: 8, kernelSize: 3, padding: "same", name: "first" }),
        layers.conv2d({ filters: 4, kernelSize: 15, padding: "same", name: "second" }),
      ],
    );
    const operations = 2 * 2048 ** 2 * (9 * 8 + 15 * 15 * 8 * 4);
    const options = { limits: { operationsPerSample: operations - 1 } };
    await expect(load(file, options)).rejects.toThrow(LimitError);
    await expect(load(file, options)).rejects.toThrow(
      new RegExp(
        `takes \\d{11} floating-point operations a sample, most of them for second, the limit is ${operations - 1}`,
      ),
    );
    await expect(load(file, { limits: { operationsPerSample: 1.1 * operations } })).resolves.toBeDefined();
  });

  it("takes limits that are lower and higher, and none", async () => {
    const small = sequential({ layers: [layers.relu({ inputShape: [16] })] }).toBytes();
    // The input and what the layer puts out.
    await expect(load(small, { limits: { memoryBytes: 2 * 4 * 16 } })).resolves.toBeDefined();
    await expect(load(small, { limits: { memoryBytes: 2 * 4 * 16 - 1 } })).rejects.toThrow(LimitError);
    const dense = sequential({ layers: [layers.dense({ units: 16, inputShape: [16] })] }).toBytes();
    await expect(load(dense, { limits: { operationsPerSample: 2 * 16 * 16 + 16 } })).resolves.toBeDefined();
    await expect(load(dense, { limits: { operationsPerSample: 2 * 16 * 16 - 1 } })).rejects.toThrow(/operations/);
    // Its weights alone.
    await expect(load(dense, { limits: { memoryBytes: 4 * 17 * 16 - 1 } })).rejects.toThrow(LimitError);
    await expect(load(doublings(12), { limits: { memoryBytes: 1000 } })).rejects.toThrow("the limit is 1000");
    await expect(load(doublings(12))).resolves.toBeDefined();
    const unlimited = { memoryBytes: Number.POSITIVE_INFINITY, operationsPerSample: Number.POSITIVE_INFINITY };
    await expect(load(small, { limits: unlimited })).resolves.toBeDefined();
  });

  it.each([
    [{ memoryBytes: 0 }, /limits: memoryBytes must be a finite number > 0, got 0/],
    [{ memoryBytes: "1GB" }, /memoryBytes must be a finite number/],
    [{ operationsPerSample: Number.NaN }, /operationsPerSample must be/],
    [{ memory: 5 }, /unknown option "memory"/],
    [5, /limits: expects an object/],
  ])("refuses the limits %j", async (limits, message) => {
    const file = sequential({ layers: [layers.relu({ inputShape: [1] })] }).toBytes();
    await expect(load(file, { limits: limits as never })).rejects.toThrow(ArgumentError);
    await expect(load(file, { limits: limits as never })).rejects.toThrow(message);
  });
});
