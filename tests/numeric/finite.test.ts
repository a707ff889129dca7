import { describe, expect, it } from "vitest";
import { areFinite } from "../../src/numeric/finite";

const finite = [0, -0, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -1e-45, 1.17549435e-38];
const others = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe("areFinite", () => {
  for (const Numbers of [Float32Array, Float64Array]) {
    it(`finds NaN and infinity at every place of a ${Numbers.name}, and takes nothing else for one`, () => {
      for (const length of [0, 1, 3, 7, 8, 9, 16, 17, 31]) {
        // From the second number on, so that a view of the buffer has to begin there, too.
        const values = new Numbers(length + 1).subarray(1);
        for (let i = 0; i < length; i++) values[i] = finite[i % finite.length];
        expect(areFinite(values)).toBe(true);
        for (let i = 0; i < length; i++) {
          const before = values[i];
          for (const value of others) {
            values[i] = value;
            expect(areFinite(values)).toBe(false);
          }
          values[i] = before;
        }
      }
    });
  }

  it("knows every NaN", () => {
    const bits = new Int32Array([0x7f800001, 0x7fffffff, -1, 0x7fc00000, 0xff800001 | 0]);
    for (const pattern of bits) expect(areFinite(new Float32Array(new Int32Array([pattern]).buffer))).toBe(false);
  });
});
