import { describe, expect, it } from "vitest";
import { layers, sequential, tensor } from "../../src/index";
import type { PoolingOptions } from "../../src/layers/pooling";

/** dx for an image [height, width, 1] of these rows, where every output is worth its number, counted from 1. */
async function gradientOf(
  engine: "wasm" | "js",
  options: PoolingOptions,
  image: readonly (readonly number[])[],
): Promise<number[][]> {
  const inputShape = [image.length, image[0].length, 1];
  const model = sequential({ layers: [layers.maxPooling2d({ ...options, inputShape }), layers.flatten()] });
  model.compile({ optimizer: "sgd", loss: "mse", engine });
  const x = tensor(Float32Array.from(image.flat()), [1, ...inputShape]);
  const { data: outputs } = await model.predict(x);
  // d mean (x − y)² = 2·(x − y) / n, which is i + 1 for y = x − (i + 1)·n / 2.
  const target = outputs.map((value, i) => value - ((i + 1) * outputs.length) / 2);
  const { inputs } = await model.gradients(x, tensor(target as Float32Array, [1, outputs.length]));
  return image.map((row, y) => row.map((_, at) => inputs[0].data[y * row.length + at]));
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
