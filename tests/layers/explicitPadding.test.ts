// Padding in pixels, as PyTorch and ONNX have it, against float64 loops over the formula; gradients against differences.
import { describe, expect, test } from "vitest";
import { gradientCheck, layers, loadModel, sequential, tensor } from "../../src/index";

type Sides = readonly [readonly [number, number], readonly [number, number]];
type Image = readonly [height: number, width: number, channels: number];

/** The same numbers on every machine, in (−1, 1). */
const numbers = (count: number, seed = 13) =>
  Float32Array.from({ length: count }, (_, i) => Math.fround((((i * 7919 + 31 * seed) % 2001) - 1000) / 1000));

/** No number is further than that from what it must be. */
function expectClose(data: ArrayLike<number>, expected: readonly number[], limit: number): void {
  expect(data.length).toBe(expected.length);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - data[i])))).toBeLessThan(limit);
}

const pad = (
  values: ArrayLike<number>,
  [height, width, channels]: Image,
  [[top, bottom], [left, right]]: Sides,
  by: number,
) => {
  const size: Image = [top + height + bottom, left + width + right, channels];
  const padded = new Float64Array(size[0] * size[1] * channels).fill(by);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width * channels; x++) {
      padded[((top + y) * size[1] + left) * channels + x] = values[y * width * channels + x];
    }
  }
  return { padded, size };
};

/** What a window over a padded image makes, by a function of the numbers under it and where they stand. */
function slide(
  { padded, size: [height, width, channels] }: ReturnType<typeof pad>,
  [kernelY, kernelX]: readonly [number, number],
  [strideY, strideX]: readonly [number, number],
  of: (taps: readonly Float64Array[]) => readonly number[],
): number[] {
  const result: number[] = [];
  for (let y = 0; y + kernelY <= height; y += strideY) {
    for (let x = 0; x + kernelX <= width; x += strideX) {
      const taps = Array.from({ length: kernelY * kernelX }, (_, tap) => {
        const at = ((y + Math.floor(tap / kernelX)) * width + x + (tap % kernelX)) * channels;
        return padded.subarray(at, at + channels);
      });
      result.push(...of(taps));
    }
  }
  return result;
}

const paddings: readonly [Sides, readonly [number, number], readonly [number, number]][] = [
  [
    [
      [1, 1],
      [1, 1],
    ],
    [3, 3],
    [2, 2],
  ], // PyTorch's padding 1 on an even size is not "same"
  [
    [
      [2, 0],
      [0, 1],
    ],
    [3, 2],
    [1, 1],
  ],
  [
    [
      [0, 3],
      [4, 1],
    ],
    [2, 5],
    [2, 3],
  ],
  [
    [
      [5, 4],
      [3, 6],
    ],
    [3, 3],
    [1, 2],
  ], // windows that see nothing of the image
];

describe.each(["wasm", "js"] as const)("%s: padding in pixels", (engine) => {
  const image: Image = [6, 7, 3];
  const x = numbers(6 * 7 * 3);

  test.each(paddings)("of a convolution: %j, kernel %j, strides %j", async (sides, kernelSize, strides) => {
    const filters = 5;
    const layer = layers.conv2d({ filters, kernelSize, strides, padding: sides, inputShape: image });
    const model = sequential({ layers: [layer] });
    model.compile({ optimizer: "sgd", loss: "mse", engine });
    const w = numbers(kernelSize[0] * kernelSize[1] * 3 * filters, 2);
    await model.setWeights({
      "conv2d/kernel": tensor(w, [...kernelSize, 3, filters]),
      "conv2d/bias": tensor(numbers(filters, 3), [filters]),
    });
    const bias = numbers(filters, 3);
    const expected = slide(pad(x, image, sides, 0), kernelSize, strides, (taps) =>
      Array.from({ length: filters }, (_, f) => {
        let sum = bias[f];
        for (const [t, tap] of taps.entries())
          for (const [c, value] of tap.entries()) sum += value * w[(t * 3 + c) * filters + f];
        return sum;
      }),
    );
    const { data, shape } = await model.predict(tensor(x, [1, ...image]));
    expect(shape[1] * shape[2] * filters).toBe(expected.length);
    expectClose(data, expected, 3e-6);
    const { ok, worst } = await gradientCheck(model, tensor(x, [1, ...image]), tensor(numbers(data.length, 5), shape));
    expect(ok, JSON.stringify(worst)).toBe(true);
  });

  test.each(paddings.slice(0, 3))(
    "of a depthwise convolution: %j, kernel %j, strides %j",
    async (sides, kernelSize, strides) => {
      const layer = layers.depthwiseConv2d({ kernelSize, strides, padding: sides, useBias: false, inputShape: image });
      const model = sequential({ layers: [layer] });
      model.compile({ optimizer: "sgd", loss: "mse", engine });
      const w = numbers(kernelSize[0] * kernelSize[1] * 3, 2);
      await model.setWeights({ "depthwiseConv2d/kernel": tensor(w, [...kernelSize, 3, 1]) });
      const expected = slide(pad(x, image, sides, 0), kernelSize, strides, (taps) =>
        [0, 1, 2].map((c) => taps.reduce((sum, tap, t) => sum + tap[c] * w[t * 3 + c], 0)),
      );
      const { data, shape } = await model.predict(tensor(x, [1, ...image]));
      expect(data.length).toBe(expected.length);
      expectClose(data, expected, 3e-6);
      const { ok, worst } = await gradientCheck(
        model,
        tensor(x, [1, ...image]),
        tensor(numbers(data.length, 5), shape),
      );
      expect(ok, JSON.stringify(worst)).toBe(true);
    },
  );

  test.each([
    [
      [
        [1, 1],
        [1, 1],
      ],
      [3, 3],
      [2, 2],
    ],
    [
      [
        [0, 1],
        [2, 0],
      ],
      [2, 3],
      [1, 2],
    ],
    [
      [
        [3, 0],
        [0, 3],
      ],
      [4, 4],
      [3, 1],
    ],
  ] as const)("of poolings: %j, window %j, strides %j", async (sides, poolSize, strides) => {
    const options = { poolSize, strides, padding: sides };
    // Weights to check the gradients of: they leave the image as it is.
    const scale = { kernelSize: 1, depthwiseInitializer: "ones", inputShape: image } as const;
    for (const [layer, nothing, of] of [
      [layers.maxPooling2d(options), Number.NEGATIVE_INFINITY, (values: number[]) => Math.max(...values)],
      // Padding does not count, whatever its side.
      [
        layers.averagePooling2d(options),
        Number.NaN,
        (values: number[]) => {
          const inside = values.filter((value) => !Number.isNaN(value));
          return inside.reduce((sum, value) => sum + value, 0) / inside.length;
        },
      ],
    ] as const) {
      const model = sequential({ layers: [layers.depthwiseConv2d(scale), layer] });
      model.compile({ optimizer: "sgd", loss: "mse", engine });
      // All negative: a zero of the padding would win.
      const below = x.map((value) => value - 2);
      const expected = slide(pad(below, image, sides, nothing), poolSize, strides, (taps) =>
        [0, 1, 2].map((c) => of(taps.map((tap) => tap[c]))),
      );
      const { data, shape } = await model.predict(tensor(below, [1, ...image]));
      expect(data.length).toBe(expected.length);
      expectClose(data, expected, 1e-6);
      const target = tensor(numbers(data.length, 5), shape);
      const { ok, worst } = await gradientCheck(model, tensor(below, [1, ...image]), target);
      expect(ok, JSON.stringify(worst)).toBe(true);
    }
  });

  test("of a transposed convolution: what a full one gives, cut, and outputPadding behind", async () => {
    const make = async (options: object) => {
      const layer = layers.conv2dTranspose({
        filters: 2,
        kernelSize: [4, 3],
        strides: [2, 3],
        inputShape: [3, 4, 2],
        ...options,
      });
      const model = sequential({ layers: [layer] });
      model.compile({ optimizer: "sgd", loss: "mse", engine });
      await model.setWeights({
        "conv2dTranspose/kernel": tensor(numbers(4 * 3 * 2 * 2, 2), [4, 3, 2, 2]),
        "conv2dTranspose/bias": tensor(Float32Array.of(0.25, -0.5), [2]),
      });
      return model;
    };
    const input = tensor(numbers(24), [1, 3, 4, 2]);
    const full = await (await make({})).predict(input);
    const model = await make({
      padding: [
        [1, 2],
        [0, 1],
      ],
      outputPadding: [1, 2],
    });
    const cut = await model.predict(input);
    expect(full.shape).toEqual([1, 8, 12, 2]);
    expect(cut.shape).toEqual([1, 6, 13, 2]);
    for (let y = 0; y < 6; y++) {
      for (let at = 0; at < 13 * 2; at++) {
        const inside = at < 12 * 2 ? full.data[(y + 1) * 24 + at] : [0.25, -0.5][at % 2];
        expect(cut.data[y * 26 + at]).toBeCloseTo(inside, 6);
      }
    }
    const { ok, worst } = await gradientCheck(model, input, tensor(numbers(cut.data.length, 5), cut.shape));
    expect(ok, JSON.stringify(worst)).toBe(true);
  });

  test("over sequences: [before, behind]", async () => {
    const model = sequential({
      layers: [
        layers.conv1d({ filters: 2, kernelSize: 3, padding: [2, 1], dilationRate: 2, inputShape: [5, 2] }),
        layers.maxPooling1d({ poolSize: 3, strides: 2, padding: [1, 1] }),
      ],
    });
    model.compile({ optimizer: "sgd", loss: "mse", engine });
    const w = numbers(12, 2);
    await model.setWeights({ "conv1d/kernel": tensor(w, [3, 2, 2]), "conv1d/bias": tensor(new Float32Array(2), [2]) });
    const sequence = numbers(10);
    const at = (t: number, c: number) => (t < 0 || t > 4 ? 0 : sequence[2 * t + c]);
    const convolved = [0, 1, 2, 3].map((t) =>
      [0, 1].map((f) =>
        [0, 1, 2].reduce(
          (sum, k) => sum + at(t - 2 + 2 * k, 0) * w[4 * k + f] + at(t - 2 + 2 * k, 1) * w[4 * k + 2 + f],
          0,
        ),
      ),
    );
    const pooled = [
      [0, 1],
      [1, 2, 3],
    ].flatMap((steps) => [0, 1].map((f) => Math.max(...steps.map((t) => convolved[t][f]))));
    const { data, shape } = await model.predict(tensor(sequence, [1, 5, 2]));
    expect(shape).toEqual([1, 2, 2]);
    expectClose(data, pooled, 3e-6);
  });
});

test("padding in pixels is kept in files", async () => {
  const inputShape = [5, 5, 1];
  const model = sequential({
    layers: [
      layers.conv2d({
        filters: 1,
        kernelSize: 3,
        padding: [
          [1, 0],
          [0, 2],
        ],
        inputShape,
      }),
      layers.averagePooling2d({
        poolSize: 2,
        strides: 2,
        padding: [
          [1, 1],
          [0, 1],
        ],
      }),
    ],
  });
  const x = tensor(numbers(25), [1, ...inputShape]);
  const loaded = await loadModel(await model.toBytes());
  expect((await loaded.predict(x)).data).toEqual((await model.predict(x)).data);
});

describe("paddings that are none", () => {
  const conv = (padding: unknown) => () => layers.conv2d({ filters: 1, kernelSize: 3, padding: padding as "same" });
  test.each([
    [[1, 1], /padding\[0\] must be \[before, behind\], got 1/],
    [
      [
        [1, 1, 1],
        [0, 0],
      ],
      /padding\[0\] must be \[before, behind\]/,
    ],
    [
      [
        [1, -1],
        [0, 0],
      ],
      /padding\[0\]\[1\] must be/,
    ],
    [
      [
        [0, 0],
        [0.5, 0],
      ],
      /padding\[1\]\[0\] must be/,
    ],
    [[[1, 1]], /padding must be "valid", "same" or \[\[top, bottom\], \[left, right\]\]/],
    ["causal", /padding must be/],
    [1, /padding must be/],
  ])("%j", (padding, message) => {
    expect(conv(padding)).toThrow(message);
  });

  test("a window of nothing but padding", () => {
    expect(() =>
      layers.maxPooling2d({
        poolSize: 2,
        padding: [
          [0, 2],
          [0, 0],
        ],
      }),
    ).toThrow(/padding must be smaller than poolSize \(2 × 2\)/);
    expect(() => layers.averagePooling1d({ poolSize: 3, padding: [3, 0] })).toThrow(/smaller than poolSize \(3\)/);
  });

  test("a padding that leaves nothing of a transposed convolution", () => {
    const layer = layers.conv2dTranspose({
      filters: 1,
      kernelSize: 2,
      padding: [
        [1, 1],
        [0, 0],
      ],
      inputShape: [1, 1, 1],
    });
    expect(() => sequential({ layers: [layer] })).toThrow(/the padding leaves nothing of \[1, 1, 1\]/);
  });
});
