import { describe, expect, it } from "vitest";
import { layers, sequential, tensor } from "../../src/index";
import type { PoolingOptions } from "../../src/layers/pooling/pooling";

/** Channels that all hold the same: four that are computed together, and one left over. */
const CHANNELS = 5;

/** dx for an image of these rows in every channel, where every output pixel is worth its number, counted from 1. */
async function gradientOf(
  engine: "wasm" | "js",
  options: PoolingOptions,
  image: readonly (readonly number[])[],
): Promise<number[][]> {
  const inputShape = [image.length, image[0].length, CHANNELS];
  const model = sequential({ layers: [layers.maxPooling2d({ ...options, inputShape }), layers.flatten()] });
  model.compile({ optimizer: "sgd", loss: "mse", engine });
  const pixels = image.flat().flatMap((value) => new Array<number>(CHANNELS).fill(value));
  const x = tensor(Float32Array.from(pixels), [1, ...inputShape]);
  const { data: outputs } = await model.predict(x);
  // d mean (x − y)² = 2·(x − y) / n, which is p for y = x − p·n / 2.
  const target = outputs.map((value, i) => value - ((Math.floor(i / CHANNELS) + 1) * outputs.length) / 2);
  const { inputs } = await model.gradients(x, tensor(target as Float32Array, [1, outputs.length]));
  const { data } = inputs[0];
  data.forEach((value, i) => {
    expect(value).toBe(data[i - (i % CHANNELS)]);
  });
  return image.map((row, y) => row.map((_, at) => data[(y * row.length + at) * CHANNELS]));
}

describe.each(["wasm", "js"] as const)("%s: of several largest numbers the first gets the gradient", (engine) => {
  it("where a relu has left zeros", async () => {
    const image = [
      [0, 0, 0, 1],
      [0, 0, 1, 0],
      [2, 0, 0, 0],
      [2, 2, 3, 3],
    ];
    expect(await gradientOf(engine, {}, image)).toEqual([
      [1, 0, 0, 2],
      [0, 0, 0, 0],
      [3, 0, 0, 0],
      [0, 0, 4, 0],
    ]);
  });

  it("where windows overlap and are cut off", async () => {
    const image = [
      [5, 5, 5],
      [5, 5, 5],
      [5, 5, 5],
    ];
    // Nine windows of 3×3 begin one up and one to the left of their pixel.
    expect(await gradientOf(engine, { poolSize: 3, strides: 1, padding: "same" }, image)).toEqual([
      [1 + 2 + 4 + 5, 3 + 6, 0],
      [7 + 8, 9, 0],
      [0, 0, 0],
    ]);
  });
});
