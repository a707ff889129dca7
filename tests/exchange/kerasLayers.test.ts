import { describe, expect, it } from "vitest";
import { loadModel, type Tensor } from "../../src/index";
import {
  type Config,
  functional,
  importConfig,
  layer,
  near,
  outputsOf,
  sequential,
  tensorOf,
  used,
  type Weights,
} from "./kerasConfig";

const dense = (name: string, units: number, config: Config = {}) => layer("Dense", name, { units, ...config });
const identity: Weights = {
  "d/kernel": [
    [2, 2],
    [1, 0, 0, 1],
  ],
  "d/bias": [[2], [0, 0]],
};

describe("layers of Keras", () => {
  /** The outputs of one layer without weights. */
  const one = async (className: string, config: Config, input: unknown, version?: string) => {
    const shape: number[] = [];
    for (let at = (input as unknown[])[0]; Array.isArray(at); at = at[0]) shape.push(at.length);
    const made = await importConfig(sequential(shape, layer(className, "it", config)), {}, version ? { version } : {});
    return outputsOf(made, input);
  };

  it("hard_sigmoid has the slope of its version", async () => {
    const x = [[-2, -1, 0, 1]];
    const config = { activation: "hard_sigmoid" };
    expect(near(await one("Activation", config, x, "2.3.1"), [[0.1, 0.3, 0.5, 0.7]])).toBe(true);
    expect(near(await one("Activation", config, x, "3.4.0"), [[1 / 6, 1 / 3, 1 / 2, 2 / 3]])).toBe(true);
  });

  it("ReLU has a maximum, a slope and a threshold", async () => {
    const config = { max_value: 2, negative_slope: 0.1, threshold: 0.5 };
    const found = await one("ReLU", config, [[-1, 0, 0.5, 1, 3]]);
    expect(near(found, [[-0.15, -0.05, 0.5, 1, 2]])).toBe(true);
    expect(near(await one("ReLU", { max_value: 6, negative_slope: 0, threshold: 0 }, [[-1, 5, 9]]), [[0, 5, 6]])).toBe(
      true,
    );
    expect(
      near(await one("ReLU", { max_value: null, negative_slope: 0, threshold: 1 }, [[0.9, 1.5]]), [[0, 1.5]]),
    ).toBe(true);
  });

  it("LeakyReLU and ELU read names of both versions", async () => {
    expect(near(await one("LeakyReLU", { alpha: 0.5 }, [[-2, 2]]), [[-1, 2]])).toBe(true);
    expect(near(await one("LeakyReLU", { negative_slope: 0.25 }, [[-2, 2]]), [[-0.5, 2]])).toBe(true);
    expect(near(await one("LeakyReLU", {}, [[-2, 2]]), [[-0.6, 2]])).toBe(true);
    expect(near(await one("ELU", { alpha: 2 }, [[-1]]), [[2 * Math.expm1(-1)]])).toBe(true);
  });

  it("Softmax goes along any axis, or several", async () => {
    const x = [
      [
        [0, 1],
        [2, 3],
      ],
    ];
    const [a, b] = [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-2))];
    expect(
      near(await one("Softmax", { axis: 1 }, x), [
        [
          [a, a],
          [b, b],
        ],
      ]),
    ).toBe(true);
    const all = [0, 1, 2, 3].map((value) => Math.exp(value));
    const sum = all.reduce((s, value) => s + value, 0);
    const [p, q, r, s] = all.map((value) => value / sum);
    expect(
      near(await one("Softmax", { axis: [1, 2] }, x), [
        [
          [p, q],
          [r, s],
        ],
      ]),
    ).toBe(true);
  });

  it("Cropping2D, ZeroPadding2D and UpSampling2D take all forms of sides", async () => {
    const image = [
      [
        [[1], [2], [3]],
        [[4], [5], [6]],
        [[7], [8], [9]],
      ],
    ];
    expect(
      await one(
        "Cropping2D",
        {
          cropping: [
            [1, 0],
            [0, 2],
          ],
        },
        image,
      ),
    ).toEqual([[[[4]], [[7]]]]);
    expect(await one("Cropping2D", { cropping: 1 }, image)).toEqual([[[[5]]]]);
    expect(await one("Cropping2D", { cropping: [0, 1] }, image)).toEqual([[[[2]], [[5]], [[8]]]]);
    expect(
      await one(
        "ZeroPadding2D",
        {
          padding: [
            [1, 0],
            [0, 1],
          ],
        },
        [[[[1]]]],
      ),
    ).toEqual([
      [
        [[0], [0]],
        [[1], [0]],
      ],
    ]);
    expect(await one("ZeroPadding1D", { padding: [2, 0] }, [[[1]]])).toEqual([[[0], [0], [1]]]);
    expect(await one("UpSampling2D", { size: [1, 2], interpolation: "nearest" }, [[[[1], [2]]]])).toEqual([
      [[[1], [1], [2], [2]]],
    ]);
  });

  it("channels before height and width stay there", async () => {
    const x = [
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ],
    ];
    const first = { data_format: "channels_first" };
    expect(await one("MaxPooling2D", { pool_size: [2, 2], padding: "valid", ...first }, x)).toEqual([[[[4]], [[8]]]]);
    expect(await one("GlobalAveragePooling2D", first, x)).toEqual([[2.5, 6.5]]);
    expect(await one("GlobalMaxPooling2D", { ...first, keepdims: true }, x)).toEqual([[[[4]], [[8]]]]);
    expect(await one("Flatten", first, x)).toEqual([[1, 5, 2, 6, 3, 7, 4, 8]]);
    expect(await one("Flatten", { data_format: "channels_last" }, x)).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(
      await one(
        "Cropping2D",
        {
          cropping: [
            [0, 1],
            [0, 1],
          ],
          ...first,
        },
        x,
      ),
    ).toEqual([[[[1]], [[5]]]]);
  });

  it("BatchNormalization works along an axis that is not the last, as a list too", async () => {
    const weights: Weights = {
      "b/gamma": [[2], [1, 2]],
      "b/beta": [[2], [0, 1]],
      "b/moving_mean": [[2], [1, 3]],
      "b/moving_variance": [[2], [1, 4]],
    };
    for (const axis of [1, [1]]) {
      const config = sequential([2, 2], layer("BatchNormalization", "b", { axis, epsilon: 1e-9, momentum: 0.9 }));
      const found = await outputsOf(await importConfig(config, weights), [
        [
          [1, 2],
          [3, 5],
        ],
      ]);
      expect(
        near(found, [
          [
            [0, 1],
            [1, 3],
          ],
        ]),
      ).toBe(true);
    }
  });

  it("UnitNormalization, Rescaling by channels and Normalization with its moments", async () => {
    expect(near(await one("UnitNormalization", { axis: -1 }, [[3, 4]]), [[0.6, 0.8]])).toBe(true);
    expect(near(await one("Rescaling", { scale: [1, 2], offset: [0, 1] }, [[3, 4]]), [[3, 9]])).toBe(true);
    const config = sequential([2], layer("Normalization", "n", { axis: [-1], mean: null, variance: null }));
    const weights: Weights = { "n/mean": [[2], [1, 2]], "n/variance": [[2], [4, 0.25]], "n/count": [[], [7]] };
    expect(near(await outputsOf(await importConfig(config, weights), [[3, 3]]), [[1, 2]])).toBe(true);
  });

  it("noise and penalties of training do nothing, and are told", async () => {
    const config = sequential(
      [2],
      layer("GaussianDropout", "g", { rate: 0.5 }),
      layer("ActivityRegularization", "a", { l1: 1 }),
    );
    const made = await importConfig(config);
    expect(await outputsOf(made, [[1, 2]])).toEqual([[1, 2]]);
    expect(made.report.warnings).toEqual([
      "g: GaussianDropout multiplies by noise in training; it does nothing here.",
      "a: ActivityRegularization adds to the loss in training; it does nothing here.",
    ]);
  });

  it("GRU without reset_after is that of Keras before TensorFlow 2", async () => {
    const gru = (config: Config) =>
      layer("GRU", "g", { units: 1, activation: "tanh", recurrent_activation: "sigmoid", ...config });
    const weights = (bias: readonly [number[], number[]]): Weights => ({
      "g/kernel": [
        [1, 3],
        [0.5, -0.3, 0.8],
      ],
      "g/recurrent_kernel": [
        [1, 3],
        [0.2, 0.7, -0.9],
      ],
      "g/bias": bias,
    });
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const run = (isAfter: boolean) =>
      [0.4, -0.6].reduce((h, x) => {
        const [z, r] = [sigmoid(0.5 * x + 0.2 * h + 0.1), sigmoid(-0.3 * x + 0.7 * h - 0.2)];
        const candidate = Math.tanh(0.8 * x + 0.3 + (isAfter ? r * (-0.9 * h + 0.05) : -0.9 * r * h));
        return z * h + (1 - z) * candidate;
      }, 0);
    const x = [[[0.4], [-0.6]]];
    const before = await importConfig(sequential([2, 1], gru({})), weights([[3], [0.1, -0.2, 0.3]]));
    expect(near(await outputsOf(before, x), [[run(false)]])).toBe(true);
    const after = await importConfig(
      sequential([2, 1], gru({ reset_after: true })),
      weights([
        [2, 3],
        [0.1, -0.2, 0.3, 0, 0, 0.05],
      ]),
    );
    expect(near(await outputsOf(after, x), [[run(true)]])).toBe(true);
  });

  it("CuDNNLSTM and CuDNNGRU have their weights gate by gate, row by row of what multiplies the input", async () => {
    const [inputs, units] = [3, 2];
    const number = (i: number) => Math.sin(7 * i + 1) / 2;
    const fill = (count: number, from: number) => Array.from({ length: count }, (_, i) => number(from + i));
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const x = [fill(inputs, 900), fill(inputs, 920)];
    for (const gates of [4, 3]) {
      const [kernel, recurrent, bias] = [
        fill(inputs * gates * units, 0),
        fill(units * gates * units, 100),
        fill(2 * gates * units, 300),
      ];
      /** A gate's part of a matrix [rows, gates · units] as cuDNN reads it: its numbers row by row as [units, rows]. */
      const product = (matrix: number[], rows: number, gate: number, vector: readonly number[], unit: number) => {
        const own = Array.from(
          { length: rows * units },
          (_, i) => matrix[Math.floor(i / units) * gates * units + gate * units + (i % units)],
        );
        return vector.reduce((sum, value, i) => sum + own[unit * rows + i] * value, 0);
      };
      let [h, c] = [
        [0, 0],
        [0, 0],
      ];
      for (const step of x) {
        const given = (gate: number, unit: number) =>
          product(kernel, inputs, gate, step, unit) + bias[gate * units + unit];
        const before = h;
        const own = (gate: number, unit: number) =>
          product(recurrent, units, gate, before, unit) + bias[(gates + gate) * units + unit];
        const both = (gate: number, unit: number) => given(gate, unit) + own(gate, unit);
        if (gates === 4) {
          c = c.map((old, u) => sigmoid(both(1, u)) * old + sigmoid(both(0, u)) * Math.tanh(both(2, u)));
          h = c.map((value, u) => sigmoid(both(3, u)) * Math.tanh(value));
        } else {
          h = before.map((old, u) => {
            const z = sigmoid(both(0, u));
            return z * old + (1 - z) * Math.tanh(given(2, u) + sigmoid(both(1, u)) * own(2, u));
          });
        }
      }
      const weights: Weights = {
        "r/kernel": [[inputs, gates * units], kernel],
        "r/recurrent_kernel": [[units, gates * units], recurrent],
        "r/bias": [[2 * gates * units], bias],
      };
      const className = gates === 4 ? "CuDNNLSTM" : "CuDNNGRU";
      const made = await importConfig(sequential([2, inputs], layer(className, "r", { units })), weights, {
        version: "2.2.4",
      });
      expect(near(await outputsOf(made, [x]), [h])).toBe(true);
    }
  });

  it("SeparableConv1D and DepthwiseConv1D go over sequences, also with a past only", async () => {
    const [time, channels, multiplier, filters, span] = [5, 2, 2, 3, 2];
    const number = (i: number) => Math.sin(5 * i + 2);
    const fill = (count: number, from: number) => Array.from({ length: count }, (_, i) => number(from + i));
    const x = Array.from({ length: time }, (_, t) => fill(channels, 10 * t));
    const [own, point, bias] = [
      fill(span * channels * multiplier, 100),
      fill(channels * multiplier * filters, 200),
      fill(filters, 300),
    ];
    /** The depthwise part at a step that begins at `from`, which may lie before the sequence. */
    const depthwise = (from: number, dilation: number) =>
      Array.from({ length: channels * multiplier }, (_, i) => {
        const [channel, m] = [Math.floor(i / multiplier), i % multiplier];
        const taps = Array.from(
          { length: span },
          (__, k) => (x[from + k * dilation]?.[channel] ?? 0) * own[(k * channels + channel) * multiplier + m],
        );
        return taps.reduce((sum, value) => sum + value, 0);
      });
    const pointwise = (row: number[]) =>
      bias.map((b, f) => row.reduce((sum, value, i) => sum + value * point[i * filters + f], b));
    const separable = { filters, kernel_size: [span], depth_multiplier: multiplier, strides: [1] };
    const weights: Weights = {
      "s/depthwise_kernel": [[span, channels, multiplier], own],
      "s/pointwise_kernel": [[1, channels * multiplier, filters], point],
      "s/bias": [[filters], bias],
    };
    const valid = await importConfig(
      sequential([time, channels], layer("SeparableConv1D", "s", { ...separable, padding: "valid" })),
      weights,
    );
    expect(near(await outputsOf(valid, [x]), [[0, 1, 2, 3].map((t) => pointwise(depthwise(t, 1)))])).toBe(true);
    const past = { ...separable, padding: "causal", dilation_rate: [2] };
    const causal = await importConfig(sequential([time, channels], layer("SeparableConv1D", "s", past)), weights);
    expect(near(await outputsOf(causal, [x]), [[0, 1, 2, 3, 4].map((t) => pointwise(depthwise(t - 2, 2)))])).toBe(true);
    const alone = { kernel_size: 2, depth_multiplier: multiplier, strides: 2, padding: "valid", use_bias: false };
    const strided = await importConfig(sequential([time, channels], layer("DepthwiseConv1D", "s", alone)), {
      "s/kernel": [[span, channels, multiplier], own],
    });
    expect(near(await outputsOf(strided, [x]), [[0, 2].map((t) => depthwise(t, 1))])).toBe(true);
  });

  it("Conv1DTranspose has the output_padding of Keras", async () => {
    const config = { filters: 1, kernel_size: 3, strides: 2, output_padding: 1, use_bias: false };
    const weights: Weights = {
      "t/kernel": [
        [3, 1, 1],
        [1, 10, 100],
      ],
    };
    const run = async (padding: string) =>
      outputsOf(
        await importConfig(sequential([2, 1], layer("Conv1DTranspose", "t", { ...config, padding })), weights),
        [[[1], [2]]],
      );
    // (2 − 1) · 2 + 3 + 1 = 6 steps; with "same" 4, for which TensorFlow pads 0 before and 1 behind.
    expect(await run("valid")).toEqual([[[1], [10], [102], [20], [200], [0]]]);
    expect(await run("same")).toEqual([[[1], [10], [102], [20]]]);
  });

  it("those of somebody's own are not taken for those of Keras, whatever their names", async () => {
    const config = sequential(
      [2],
      { ...dense("d", 2), module: "my_project.layers" },
      { ...dense("e", 2), registered_name: "mine>Dense" },
    );
    await expect(importConfig(config, {}, { version: "3.5.0" })).rejects.toThrow(
      /Dense "d": it is a class of somebody's own \(my_project\.layers\.Dense\)\n {2}mine>Dense "e": it is a class of somebody's own/,
    );
  });

  it("a model for every step of a sequence is saved and loaded", async () => {
    const step = { ...sequential([2], dense("d", 2, { activation: "linear", use_bias: true })), module: undefined };
    const config = sequential([3, 2], layer("TimeDistributed", "t", { layer: step }));
    const weights: Weights = {
      "t/d/kernel": [
        [2, 2],
        [1, 2, 3, 4],
      ],
      "t/d/bias": [[2], [10, 20]],
    };
    const made = await importConfig(config, weights);
    const x = [
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    ];
    const wanted = [
      [
        [11, 22],
        [13, 24],
        [14, 26],
      ],
    ];
    expect(await outputsOf(made, x)).toEqual(wanted);
    const loaded = await loadModel(made.model.toBytes());
    expect(((await loaded.predict(x)) as Tensor).toArray()).toEqual(wanted);
  });

  it("a mask ends at a layer that takes none, and the report says so", async () => {
    const config = sequential([2, 1], layer("Masking", "m", { mask_value: 0 }), layer("Flatten", "f"), dense("d", 2));
    const made = await importConfig(config, identity);
    expect(await outputsOf(made, [[[0], [2]]])).toEqual([[0, 2]]);
    expect(made.report.warnings).toEqual(["f: it takes no mask: behind it all places count."]);
  });
});

describe("masks of merging layers", () => {
  it("are joined as the version of Keras does: all must count in Keras 2, any in Keras 3", async () => {
    const cell = { units: 1, activation: "linear", use_bias: false, return_sequences: false };
    const layers = (call: (...names: string[]) => Config) => [
      layer("Masking", "ma", { mask_value: 0 }, call("a")),
      layer("Masking", "mb", { mask_value: 0 }, call("b")),
      layer("Add", "sum", {}, call("ma", "mb")),
      layer("SimpleRNN", "r", cell, call("sum")),
    ];
    const weights: Weights = { "r/kernel": [[1, 1], [1]], "r/recurrent_kernel": [[1, 1], [1]] };
    const x = [[[[1], [2], [0]]], [[[10], [0], [0]]]];
    const old = (...names: string[]) => ({ inbound_nodes: [names.map((name) => [name, 0, 0, {}])] });
    const two = await importConfig(functional({ a: [3, 1], b: [3, 1] }, layers(old), ["r"]), weights);
    expect(await outputsOf(two, ...x)).toEqual([[11]]);
    const now = (...names: string[]) => {
      const tensors = names.map((name) => tensorOf(name));
      return { inbound_nodes: [{ args: names.length > 1 ? [tensors] : tensors, kwargs: {} }] };
    };
    const three = await importConfig(functional({ a: [3, 1], b: [3, 1] }, layers(now), ["r"]), weights, {
      version: "3.5.0",
    });
    expect(await outputsOf(three, ...x)).toEqual([[13]]);
  });
});

describe("inputs of merging layers are broadcast", () => {
  const merged = async (className: string, shapes: Record<string, number[]>, ...inputs: unknown[]) => {
    const names = Object.keys(shapes);
    const config = functional(shapes, [used(className, "m", {}, [[names.map((name) => tensorOf(name))]])], ["m"]);
    const made = await importConfig(config, {}, { version: "3.5.0" });
    return { y: await outputsOf(made, ...inputs), report: made.report };
  };

  it("along axes of length 1", async () => {
    const image = [
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ];
    const { y, report } = await merged("Multiply", { a: [1, 2, 2], b: [1, 1, 2] }, image, [[[[10, 100]]]]);
    expect(y).toEqual([
      [
        [
          [10, 200],
          [30, 400],
        ],
      ],
    ]);
    expect(report.conversions).toEqual(["m: its inputs are broadcast."]);
  });

  it("of fewer axes, which come behind the batch", async () => {
    expect(
      (
        await merged(
          "Add",
          { a: [2, 2], b: [2] },
          [
            [
              [1, 2],
              [3, 4],
            ],
          ],
          [[10, 20]],
        )
      ).y,
    ).toEqual([
      [
        [11, 22],
        [13, 24],
      ],
    ]);
    expect((await merged("Average", { a: [2, 1], b: [1, 2] }, [[[1], [3]]], [[[1, 5]]])).y).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
    ]);
    expect((await merged("Maximum", { a: [2], b: [1] }, [[1, 3]], [[2]])).y).toEqual([[2, 3]]);
  });
});
