// Options of layers: sizes that no memory holds, names that are not there, arrays that change after the call.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  input,
  type Layer,
  layers,
  loadModel,
  model,
  sequential,
  ShapeError,
  tensor,
} from "../../src/index";
import { descriptionOf } from "../model/modelFile";

/** For what TypeScript refuses and JavaScript lets through. */
const wrong = (value: unknown) => value as never;

const HUGE = 2 ** 31;

describe("sizes that no memory holds (R11)", () => {
  const most = "more than any memory holds. At most 1073741824.";

  it.each<[string, () => unknown, string]>([
    ["units", () => layers.dense({ units: HUGE }), "dense: units is 2147483648"],
    ["units, one too many", () => layers.dense({ units: 2 ** 30 + 1 }), "dense: units is 1073741825"],
    ["filters", () => layers.conv2d({ filters: HUGE, kernelSize: 1 }), "conv2d: filters is 2147483648"],
    [
      "filters",
      () => layers.separableConv2d({ filters: 1e12, kernelSize: 1 }),
      "separableConv2d: filters is 1000000000000",
    ],
    ["kernelSize", () => layers.conv1d({ filters: 1, kernelSize: HUGE }), "conv1d: kernelSize is 2147483648"],
    [
      "kernelSize[1]",
      () => layers.conv2d({ filters: 1, kernelSize: [1, HUGE] }),
      "conv2d: kernelSize[1] is 2147483648",
    ],
    [
      "strides",
      () => layers.conv2dTranspose({ filters: 1, kernelSize: 1, strides: HUGE }),
      "conv2dTranspose: strides is",
    ],
    ["dilationRate", () => layers.conv2d({ filters: 1, kernelSize: 3, dilationRate: HUGE }), "conv2d: dilationRate is"],
    ["groups", () => layers.conv2d({ filters: 1, kernelSize: 1, groups: HUGE }), "conv2d: groups is 2147483648"],
    ["groups", () => layers.groupNormalization({ groups: HUGE }), "groupNormalization: groups is 2147483648"],
    ["depthMultiplier", () => layers.depthwiseConv2d({ kernelSize: 1, depthMultiplier: HUGE }), "depthMultiplier is"],
    ["poolSize", () => layers.maxPooling2d({ poolSize: HUGE }), "maxPooling2d: poolSize is 2147483648"],
    ["strides", () => layers.averagePooling1d({ strides: HUGE }), "averagePooling1d: strides is 2147483648"],
    ["size", () => layers.upSampling2d({ size: [2, HUGE] }), "upSampling2d: size[1] is 2147483648"],
    ["padding", () => layers.zeroPadding2d({ padding: HUGE }), "zeroPadding2d: padding is 2147483648"],
    [
      "one side",
      () =>
        layers.zeroPadding2d({
          padding: [
            [0, 0],
            [0, HUGE],
          ],
        }),
      "zeroPadding2d: padding[1][1] is 2147483648",
    ],
    ["targetShape", () => layers.reshape({ targetShape: [HUGE, -1] }), "reshape: targetShape[0] is 2147483648"],
    ["inputShape", () => layers.dense({ units: 1, inputShape: [3, HUGE] }), "dense: inputShape[1] is 2147483648"],
    ["shape", () => input({ shape: [HUGE] }), "input: shape[0] is 2147483648"],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
    expect(make).toThrow(most);
  });

  it.each<[string, () => unknown, string]>([
    [
      "an input",
      () => input({ shape: [2 ** 15, 2 ** 15, 3] }),
      "input: shape [32768, 32768, 3] has 3221225472 numbers a sample, more than any memory holds. At most 1073741824.",
    ],
    [
      "inputShape",
      () => layers.flatten({ inputShape: [2 ** 30, 2], name: "flat" }),
      "flat: inputShape [1073741824, 2] has 2147483648 numbers a sample",
    ],
    [
      "padding of 1e9",
      () => layers.zeroPadding2d({ padding: 1e9 }).apply(input({ shape: [1, 1, 1] })),
      "zeroPadding2d: makes [batch, 2000000001, 2000000001, 1] of [batch, 1, 1, 1]: 4000000004000000000 numbers a sample",
    ],
    [
      "upSampling2d",
      () => layers.upSampling2d({ size: 2 ** 15 }).apply(input({ shape: [1, 1, 2] })),
      "upSampling2d: makes [batch, 32768, 32768, 2] of [batch, 1, 1, 2]: 2147483648 numbers a sample",
    ],
    [
      "dense over positions",
      () => layers.dense({ units: 2 ** 20 }).apply(input({ shape: [2 ** 11, 1] })),
      "dense: makes [batch, 2048, 1048576] of [batch, 2048, 1]: 2147483648 numbers a sample",
    ],
    [
      "conv2dTranspose",
      () => layers.conv2dTranspose({ filters: 1, kernelSize: 1, strides: 2 ** 30 }).apply(input({ shape: [9, 9, 1] })),
      "conv2dTranspose: makes [batch, 9663676416, 9663676416, 1] of [batch, 9, 9, 1]",
    ],
    [
      "filters over an image",
      () => layers.conv2d({ filters: 2 ** 20, kernelSize: 1 }).apply(input({ shape: [64, 64, 1] })),
      "conv2d: makes [batch, 64, 64, 1048576] of [batch, 64, 64, 1]: 4294967296 numbers a sample",
    ],
    [
      "two that join",
      () => layers.concatenate().apply([input({ shape: [2 ** 30] }), input({ shape: [1] })]),
      "concatenate: makes [batch, 1073741825] of [batch, 1073741824] and [batch, 1]: 1073741825 numbers a sample",
    ],
    [
      "a dilated kernel whose span is no 32-bit number",
      () => layers.conv2d({ filters: 1, kernelSize: 4, dilationRate: 2 ** 30, padding: "same" }),
      "conv2d: a kernel of 4, dilated by 1073741824, has 3221225473 pixels, more than any memory holds. At most 1073741824.",
    ],
    [
      "the same over a sequence",
      () => layers.conv1d({ filters: 1, kernelSize: 3, dilationRate: 2 ** 29, padding: "causal" }),
      "conv1d: a kernel of 3, dilated by 536870912, has 1073741825 pixels, more than any memory holds. At most 1073741824.",
    ],
  ])("a product: %s", (_, make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  it("as many as memory could hold are left to compile, which knows the batch", () => {
    expect(input({ shape: [2 ** 15, 2 ** 15] }).shape).toEqual([2 ** 15, 2 ** 15]);
    expect(layers.dense({ units: 2 ** 30 }).apply(input({ shape: [1] })).shape).toEqual([2 ** 30]);
    expect(layers.zeroPadding2d({ padding: 0 }).apply(input({ shape: [1, 1, 1] })).shape).toEqual([1, 1, 1]);
  });

  it("a window or a step that is merely larger than the image is none of them", () => {
    const image = input({ shape: [3, 3, 1] });
    const wide = layers.conv2d({ filters: 1, kernelSize: 1, strides: 2 ** 30 });
    expect(wide.apply(image).shape).toEqual([1, 1, 1]);
    const pool = { poolSize: 2 ** 30, padding: "same" } as const;
    expect(layers.maxPooling2d(pool).apply(image).shape).toEqual([1, 1, 1]);
    expect(layers.conv1d({ filters: 1, kernelSize: 2, dilationRate: 2 ** 30 - 1, padding: "same" }).kind).toBe(
      "conv1d",
    );
  });
});

describe.each(["wasm", "js"] as const)("sizes far beyond the image, on %s", (engine) => {
  // The image is 1 … 9, row by row; what lies beyond it never counts.
  const image = Float32Array.from({ length: 9 }, (_, i) => i + 1);
  const far = { dilationRate: 2 ** 29 - 1, padding: "same" } as const;
  it.each<[string, Layer, number[]]>([
    ["the largest of all", layers.maxPooling2d({ poolSize: 2 ** 30, padding: "same" }), [9]],
    ["the mean of all", layers.averagePooling2d({ poolSize: 2 ** 30, padding: "same" }), [5]],
    ["one pixel", layers.conv2d({ filters: 1, kernelSize: 1, strides: 2 ** 30, kernelInitializer: "ones" }), [1]],
    ["the middle tap", layers.conv2d({ filters: 1, kernelSize: 3, kernelInitializer: "ones", ...far }), [...image]],
    ["the same", layers.depthwiseConv2d({ kernelSize: 3, depthwiseInitializer: "ones", ...far }), [...image]],
  ])("%s", async (_, layer, values) => {
    const start = input({ shape: [3, 3, 1] });
    const network = model({ inputs: start, outputs: layer.apply(start) });
    network.compile({ optimizer: "sgd", loss: "mse", engine });
    expect(Array.from((await network.predict(tensor(image, [1, 3, 3, 1]))).data)).toEqual(values);
  });
});

describe("nodes (R11)", () => {
  it("are frozen with what they were made of, so that no circle can be closed", () => {
    const start = input({ shape: [2] });
    const first = layers.dense({ units: 2 }).apply(start);
    const second = layers.relu().apply(first);
    const assign = (node: object, name: string, value: unknown) => () => Object.assign(node, { [name]: value });
    for (const node of [start, first, second]) {
      expect(assign(node, "inputs", [second])).toThrow(TypeError);
      expect(assign(node, "layer", second.layer)).toThrow(TypeError);
      expect(() => (node.inputs as unknown[]).push(second)).toThrow(TypeError);
      expect(() => (node.shape as number[]).push(3)).toThrow(TypeError);
    }
    expect(() => (first.inputs as unknown[]).splice(0, 1, second)).toThrow(TypeError);
    expect(model({ inputs: start, outputs: second }).layers.map(({ kind }) => kind)).toEqual(["dense", "relu"]);
  });

  it("do not share the array that they were made of", () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const list = [a, b];
    const sum = layers.add().apply(list);
    list[0] = sum;
    expect(sum.inputs).toEqual([a, b]);
  });
});

describe("an option that is undefined (T25)", () => {
  it("counts as not given, also where a layer has none of that name", () => {
    const { shape } = layers
      .dense(wrong({ units: 2, activation: undefined, useBias: undefined, filters: undefined, name: undefined }))
      .apply(input({ shape: [3] }));
    expect(shape).toEqual([2]);
    expect(layers.flatten(wrong({ units: undefined })).name).toBe("flatten");
    expect(layers.normalization({ mean: undefined, variance: undefined }).kind).toBe("normalization");
  });

  it("is missing where one is needed", () => {
    expect(() => layers.dense(wrong({ units: undefined }))).toThrow(
      "dense: units must be an integer ≥ 1, got undefined.",
    );
    expect(() => layers.conv2d(wrong({ filters: undefined, kernelSize: 3 }))).toThrow("conv2d: filters must be");
  });

  it("of another name is refused as soon as it has a value, null and false too", () => {
    for (const value of [0, null, false, ""]) {
      expect(() => layers.dense(wrong({ units: 2, unit: value }))).toThrow(
        'dense: unknown option "unit". Did you mean "units"?',
      );
    }
  });

  it("is not kept in a file", () => {
    const layer = layers.dense(wrong({ units: 2, useBias: undefined, filters: undefined, inputShape: [3] }));
    const [{ options }] = descriptionOf(sequential({ layers: [layer] }).toBytes()).layers;
    expect(options).toEqual({ units: 2, inputShape: [3], name: "dense", trainable: true });
  });
});

describe("arrays among options", () => {
  it("are those of the call: filled anew they change neither the layer nor its file", async () => {
    const [kernelSize, inputShape, targetShape] = [
      [3, 3],
      [8, 8, 1],
      [6, 6, 2],
    ];
    const network = sequential({
      layers: [layers.conv2d({ filters: 2, kernelSize, inputShape }), layers.reshape({ targetShape })],
    });
    kernelSize[0] = 5;
    inputShape[0] = 4;
    targetShape[0] = 1;
    const bytes = network.toBytes();
    const [convolution, reshape] = descriptionOf(bytes).layers;
    expect(convolution.options).toMatchObject({ kernelSize: [3, 3], inputShape: [8, 8, 1] });
    expect(reshape.options).toMatchObject({ targetShape: [6, 6, 2] });
    const loaded = await loadModel(bytes);
    expect((await loaded.getWeights())["conv2d/kernel"].shape).toEqual([3, 3, 1, 2]);
  });

  it("of sides, two levels deep", () => {
    const padding: [[number, number], [number, number]] = [
      [1, 0],
      [0, 2],
    ];
    const layer = layers.zeroPadding2d({ padding });
    padding[0][0] = 7;
    expect(layer.options.padding).toEqual([
      [1, 0],
      [0, 2],
    ]);
    expect(layer.apply(input({ shape: [1, 1, 1] })).shape).toEqual([2, 3, 1]);
  });
});

describe("images without channels (T32)", () => {
  it.each([
    ["conv2d", () => layers.conv2d({ filters: 2, kernelSize: 3 }), [28, 28], "[28, 28, 1]"],
    ["conv2dTranspose", () => layers.conv2dTranspose({ filters: 2, kernelSize: 3 }), [28, 28], "[28, 28, 1]"],
    ["depthwiseConv2d", () => layers.depthwiseConv2d({ kernelSize: 3 }), [28, 28], "[28, 28, 1]"],
    ["maxPooling2d", () => layers.maxPooling2d(), [9, 7], "[9, 7, 1]"],
    ["globalAveragePooling2d", () => layers.globalAveragePooling2d(), [9, 7], "[9, 7, 1]"],
    ["upSampling2d", () => layers.upSampling2d(), [9, 7], "[9, 7, 1]"],
    ["zeroPadding2d", () => layers.zeroPadding2d(), [9, 7], "[9, 7, 1]"],
    ["conv1d", () => layers.conv1d({ filters: 2, kernelSize: 3 }), [100], "[100, 1]"],
  ] as const)("%s says which layer adds the channel", (_, make, shape, target) => {
    const apply = () => make().apply(input({ shape }));
    expect(apply).toThrow(ShapeError);
    expect(apply).toThrow(`Put layers.reshape({ targetShape: ${target} }) before it.`);
    const hinted = layers.reshape({ targetShape: JSON.parse(target) }).apply(input({ shape }));
    expect(make().apply(hinted).shape.length).toBeGreaterThan(0);
  });
});
