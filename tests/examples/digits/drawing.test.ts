import { describe, expect, it } from "vitest";
import { drawConfusion, drawImage, sideBySide } from "../../../examples/digits/drawing";
import { hashWeights, judge } from "../../../examples/digits/findings";
import { Tensor } from "../../../src/tensor/tensor";

const uint8 = (values: number[], shape: number[]) => new Tensor(Uint8Array.from(values), shape);
const float32 = (values: number[], shape: number[]) => new Tensor(Float32Array.from(values), shape);

describe("drawImage", () => {
  it("shades the mean of two rows, and an odd last row by itself", () => {
    const pixels = Uint8Array.of(0, 255, 255, 10, 0, 255, 0, 50, 255, 128, 0, 64);
    expect(drawImage(pixels, 4)).toEqual([" █▒ ", "█▒ ░"]);
  });
});

describe("sideBySide", () => {
  const pictures = [
    ["ab", "c"],
    ["d", "ef"],
    ["g", "h"],
  ];

  it("fills rows up to the width, and puts at least one picture into each", () => {
    expect(sideBySide(pictures, 12)).toEqual(["ab   d    g", "c    ef   h"]);
    expect(sideBySide(pictures, 11)).toEqual(["ab   d", "c    ef", "", "g", "h"]);
    expect(sideBySide(pictures, 1)).toEqual(["ab", "c", "", "d", "ef", "", "g", "h"]);
  });
});

describe("drawConfusion", () => {
  // What a person reads is the contract here, so the whole picture is written down.
  it("shows true classes as rows, predicted ones as columns", () => {
    const confusion = new Tensor(Int32Array.of(9, 1, 0, 0, 1234, 0, 1, 2, 0), [3, 3]);
    expect(drawConfusion(confusion, ["0", "1", "2"])).toEqual([
      "        predicted",
      "true    0    1    2   found",
      "0       9    1    ·    90.0 %",
      "1       · 1234    ·   100.0 %",
      "2       1    2    ·     0.0 %",
    ]);
    const named = drawConfusion(new Tensor(Int32Array.of(1, 0, 0, 0), [2, 2]), ["bag", "ankle boot"]);
    expect(named.slice(1)).toEqual([
      "true            0    1   found",
      "0 bag           1    ·   100.0 %",
      "1 ankle boot    ·    ·",
    ]);
  });
});

describe("judge", () => {
  it("counts right and wrong answers, and finds the surest of the wrong ones", () => {
    const predictions = float32([0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.5, 0.5], [4, 2]);
    const examples = { images: uint8([1, 2, 3, 4], [4, 1, 1]), labels: uint8([0, 0, 0, 1], [4]) };
    const { confusion, mistakes } = judge(predictions, examples);
    expect(confusion.toArray()).toEqual([
      [1, 2],
      [1, 0],
    ]);
    expect(mistakes).toEqual([
      { image: Uint8Array.of(3), label: 0, predicted: 1, probability: Math.fround(0.8) },
      { image: Uint8Array.of(2), label: 0, predicted: 1, probability: Math.fround(0.6) },
      { image: Uint8Array.of(4), label: 1, predicted: 0, probability: 0.5 },
    ]);
  });
});

describe("hashWeights", () => {
  it("is SHA-256 over the bytes as they stand in memory", () => {
    // printf '\x00\x00\x80\x3f\x00\x00\x00\x40' | sha256sum
    const expected = "b9c80b5adeca450753a16950c3cc655d271f7bef7a485bc83f112b72fef21d37";
    expect(hashWeights({ a: float32([1], [1]), b: float32([2], [1]) })).toBe(expected);
  });
});
