import { describe, expect, it } from "vitest";
import { layers, loadModel, sequential, tensor } from "../../src/index";
import type { Layer } from "../../src/graph/layer";

function shapeAfter(layer: Layer, ...shape: number[]): readonly number[] {
  return layer.outputShape(shape);
}

/** For what TypeScript refuses and JavaScript lets through. */
const wrong = (value: unknown) => value as never;

describe("shapes are those of Keras", () => {
  it.each([
    [layers.conv2d({ filters: 8, kernelSize: 3 }), [28, 28, 1], [26, 26, 8]],
    [layers.conv2d({ filters: 8, kernelSize: [5, 3], strides: [2, 1] }), [28, 28, 1], [12, 26, 8]],
    [layers.conv2d({ filters: 8, kernelSize: 4, strides: 3, padding: "same" }), [28, 27, 1], [10, 9, 8]],
    [layers.conv2d({ filters: 8, kernelSize: 3, dilationRate: 4 }), [28, 28, 1], [20, 20, 8]],
    [layers.conv2d({ filters: 8, kernelSize: 9, padding: "same" }), [3, 2, 1], [3, 2, 8]],
    [layers.conv1d({ filters: 8, kernelSize: 3 }), [28, 2], [26, 8]],
    [layers.conv1d({ filters: 8, kernelSize: 3, padding: "causal", strides: 2 }), [27, 2], [14, 8]],
    [layers.conv2dTranspose({ filters: 8, kernelSize: 3 }), [4, 5, 2], [6, 7, 8]],
    [layers.conv2dTranspose({ filters: 8, kernelSize: 3, strides: 2 }), [4, 5, 2], [9, 11, 8]],
    [layers.conv2dTranspose({ filters: 8, kernelSize: 2, strides: 3 }), [4, 5, 2], [12, 15, 8]],
    [layers.conv2dTranspose({ filters: 8, kernelSize: 5, strides: 2, padding: "same" }), [4, 5, 2], [8, 10, 8]],
    [layers.conv1dTranspose({ filters: 8, kernelSize: 4, strides: 2 }), [4, 2], [10, 8]],
    [layers.conv2dTranspose({ filters: 8, kernelSize: 3, strides: 2, outputPadding: 1 }), [4, 5, 2], [10, 12, 8]],
    [
      layers.conv2dTranspose({ filters: 8, kernelSize: 2, strides: [3, 4], outputPadding: [0, 3] }),
      [4, 5, 2],
      [11, 21, 8],
    ],
    [
      layers.conv2dTranspose({ filters: 8, kernelSize: [3, 4], strides: 2, padding: "same", outputPadding: 0 }),
      [4, 5, 2],
      [7, 8, 8],
    ],
    [
      layers.conv2dTranspose({
        filters: 8,
        kernelSize: 4,
        strides: 3,
        dilationRate: 2,
        padding: "same",
        outputPadding: 2,
      }),
      [4, 5, 2],
      [12, 15, 8],
    ],
    [layers.conv1dTranspose({ filters: 8, kernelSize: 2, strides: 4, outputPadding: 1 }), [3, 2], [11, 8]],
    [layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), [6, 6, 5], [4, 4, 10]],
    [layers.separableConv2d({ filters: 7, kernelSize: 3, padding: "same" }), [6, 6, 5], [6, 6, 7]],
    [layers.maxPooling2d(), [13, 12, 4], [6, 6, 4]],
    [layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }), [13, 12, 4], [7, 6, 4]],
    [layers.averagePooling1d({ poolSize: 3 }), [13, 4], [4, 4]],
    [layers.globalMaxPooling2d(), [13, 12, 4], [4]],
    [layers.globalAveragePooling1d({ keepdims: true }), [13, 4], [1, 4]],
    [layers.zeroPadding2d({ padding: [1, 2] }), [3, 4, 5], [5, 8, 5]],
    [
      layers.zeroPadding2d({
        padding: [
          [0, 1],
          [2, 3],
        ],
      }),
      [3, 4, 5],
      [4, 9, 5],
    ],
    [layers.upSampling2d({ size: [2, 3] }), [3, 4, 5], [6, 12, 5]],
  ])("%# of $kind", (layer, input, output) => {
    expect(shapeAfter(layer, ...input)).toEqual(output);
  });
});

describe("mistakes", () => {
  it.each([
    ["no channels", () => shapeAfter(layers.conv2d({ filters: 2, kernelSize: 3 }), 28, 28)],
    ["flat input", () => shapeAfter(layers.maxPooling2d(), 100)],
    ["an image for a sequence", () => shapeAfter(layers.conv1d({ filters: 2, kernelSize: 3 }), 8, 8, 3)],
    ["a large kernel", () => shapeAfter(layers.conv2d({ filters: 2, kernelSize: 5 }), 3, 9, 1)],
    ["a dilated kernel", () => shapeAfter(layers.conv1d({ filters: 2, kernelSize: 3, dilationRate: 4 }), 8, 1)],
    ["a large window", () => shapeAfter(layers.averagePooling2d({ poolSize: 4 }), 3, 9, 1)],
    ["channels and groups", () => shapeAfter(layers.conv2d({ filters: 4, kernelSize: 1, groups: 2 }), 3, 3, 3)],
    ["filters and groups", () => layers.conv2d({ filters: 3, kernelSize: 1, groups: 2 })],
    ["three sizes", () => layers.conv2d({ filters: 3, kernelSize: [1, 2, 3] })],
    ["two sizes of a sequence", () => layers.conv1d({ filters: 3, kernelSize: [1, 2] })],
    ["no kernel", () => layers.conv2d(wrong({ filters: 3 }))],
    ["causal images", () => layers.conv2d({ filters: 3, kernelSize: 3, padding: wrong("causal") })],
    ["a misspelt option", () => layers.conv2d(wrong({ filters: 3, kernelSize: 3, stride: 2 }))],
    ["output padding like the strides", () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, outputPadding: 1 })],
    [
      "output padding like one stride",
      () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: [3, 2], outputPadding: 2 }),
    ],
    [
      "negative output padding",
      () => layers.conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2, outputPadding: -1 }),
    ],
    [
      "no output at all",
      () => {
        const options = { filters: 3, kernelSize: 2, strides: 2, padding: "same", outputPadding: 0 } as const;
        return shapeAfter(layers.conv1dTranspose(options), 1, 5);
      },
    ],
    ["zero strides", () => layers.maxPooling2d({ strides: 0 })],
    [
      "negative padding",
      () =>
        layers.zeroPadding2d({
          padding: [
            [0, -1],
            [0, 0],
          ],
        }),
    ],
    ["three paddings", () => layers.zeroPadding2d({ padding: wrong([1, 2, 3]) })],
    ["an interpolation", () => layers.upSampling2d({ interpolation: wrong("bicubic") })],
  ])("%s", (_, make) => {
    expect(make).toThrowErrorMatchingSnapshot();
  });
});

it("finds a bright spot, and remembers how after saving and loading", async () => {
  const side = 6;
  const count = 72;
  const pixels = Float32Array.from({ length: count * side * side }, (_, i) => {
    const [image, place] = [Math.floor(i / (side * side)), i % (side * side)];
    return place === (image * 5) % (side * side) ? 1 : ((i * 7919) % 13) / 40;
  });
  const x = tensor(pixels, [count, side, side, 1]);
  const y = tensor(
    Float32Array.from({ length: count }, (_, i) => Number((i * 5) % (side * side) >= 18)),
    [count, 1],
  );
  const model = sequential({
    seed: 3,
    layers: [
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [0, 1],
        ],
        inputShape: [side, side, 1],
      }),
      layers.separableConv2d({ filters: 4, kernelSize: 2, depthMultiplier: 2, activation: "relu" }),
      layers.averagePooling2d({ poolSize: 3, strides: 1, padding: "same" }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }),
      layers.conv2d({ filters: 6, kernelSize: 3, groups: 3, padding: "same", activation: "relu" }),
      layers.maxPooling2d(),
      layers.depthwiseConv2d({ kernelSize: 2 }),
      layers.upSampling2d({ interpolation: "bilinear" }),
      layers.reshape({ targetShape: [100, 6] }),
      layers.conv1d({ filters: 5, kernelSize: 3, padding: "causal", strides: 10 }),
      layers.flatten(),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
  await model.fit(x, y, { epochs: 120, batchSize: 16 });
  expect((await model.evaluate(x, y)).accuracy).toBeGreaterThan(0.95);

  const loaded = await loadModel(await model.toBytes());
  expect(await loaded.predict(x)).toEqual(await model.predict(x));
  const further = { epochs: 1, batchSize: 16 };
  expect((await loaded.fit(x, y, further)).history.loss).toEqual((await model.fit(x, y, further)).history.loss);
});
