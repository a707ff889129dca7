import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Examples, loadDataset, parseImages } from "../../../examples/digits/datasets";
import { DataError } from "../../../src/errors";

function countLabels({ labels }: Examples): number[] {
  const counts = new Array(10).fill(0);
  for (const label of labels.data) counts[label]++;
  return counts;
}

function mean({ images }: Examples): number {
  let sum = 0;
  for (const pixel of images.data) sum += pixel;
  return sum / images.size;
}

describe("loadDataset", () => {
  it("has MNIST as it is known", async () => {
    const { train, test, classes } = await loadDataset("mnist");
    expect([train.images.shape, test.images.shape]).toEqual([
      [60000, 28, 28],
      [10000, 28, 28],
    ]);
    expect([train.images.dtype, train.labels.shape, test.labels.shape]).toEqual(["uint8", [60000], [10000]]);
    expect(classes).toEqual([..."0123456789"]);
    expect(countLabels(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(countLabels(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    // Everywhere digits are normalised by a mean of 0.1307.
    expect(mean(train) / 255).toBeCloseTo(0.1307, 4);
    expect([...train.labels.data.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  });

  it("has Fashion-MNIST, 7,000 of each, no training image among those for testing but for the few doubles", async () => {
    const { train, test } = await loadDataset("fashion");
    expect([train.images.shape, test.images.shape]).toEqual([
      [60000, 28, 28],
      [10000, 28, 28],
    ]);
    expect([countLabels(train), countLabels(test)]).toEqual([new Array(10).fill(6000), new Array(10).fill(1000)]);
    // 0.2860 is the mean that Fashion-MNIST is normalised by.
    expect(mean(train) / 255).toBeCloseTo(0.286, 3);
    // The first two images of the authors' training set: an ankle boot (row 3) and a T-shirt (row 0).
    const find = (pixels: readonly number[]) => Buffer.from(train.images.data.buffer).indexOf(Uint8Array.from(pixels));
    const boot = find([1, 0, 0, 13, 73, 0, 0, 1, 4, 0, 0, 0, 0, 1, 1, 0]);
    const shirt = find([41, 188, 103, 54, 48, 43, 87, 168, 133, 16]);
    expect([boot, shirt].map((at) => train.labels.data[Math.floor(at / 784)])).toEqual([9, 0]);
    const hashes = (examples: Examples) =>
      Array.from({ length: examples.labels.size }, (_, i) => {
        const image = examples.images.data.subarray(i * 784, (i + 1) * 784);
        return createHash("sha1").update(image).digest("base64");
      });
    const learned = new Set(hashes(train));
    expect(hashes(test).filter((hash) => learned.has(hash)).length).toBeLessThan(25);
  });
});

describe("parseImages", () => {
  const image = (value: number) => JSON.stringify(new Array(784).fill(value));
  const parse = (json: string, count: number) => parseImages(Buffer.from(json), count, "images");

  it("agrees with JSON.parse, and leaves out empty images", () => {
    const rows = [0, 7, 255].map((seed) => Array.from({ length: 784 }, (_, i) => (i * 31 + seed) % 256));
    const json = `{"data" : [${rows.map((row) => JSON.stringify(row)).join(", [], ")}, []]}`;
    const expected = (JSON.parse(json).data as number[][]).flat();
    expect([...parse(json, 3)]).toEqual(expected);
  });

  it.each([
    [`{"data":[${image(1)}]}`, 2, "expects 2 images of 784 pixels, found 784 pixels."],
    [`{"data":[${image(1)},${image(1)}]}`, 1, "expects 1 images of 784 pixels, found 1568 pixels."],
    [`{"data":[${image(256)}]}`, 1, "a pixel at byte 12 is larger than 255."],
    ['{"data":[[1,2,3]]}', 1, "the image that ends at byte 15 does not have 784 pixels."],
    ["", 1, "found 0 pixels."],
  ])("refuses what is not so many images (%#)", (json, count, message) => {
    expect(() => parse(json, count)).toThrow(DataError);
    expect(() => parse(json, count)).toThrow(message);
  });
});
