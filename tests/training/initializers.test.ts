import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors";
import { type Initializer, readInitializer } from "../../src/initializers/initializer";
import { computeFans, initializers, resolveInitializer } from "../../src/initializers/initializers";
import { regularizers, resolveRegularizer } from "../../src/regularizers/regularizers";
import { deriveKey } from "../../src/numeric/random";

const key = deriveKey(2024, 7);

function filled(initializer: Initializer, shape: readonly number[], withKey = key): Float32Array {
  const target = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(Number.NaN);
  initializer.fill(target, shape, withKey);
  return target;
}

function moments(values: Float32Array) {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2 / values.length;
  const largest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return { mean, variance, largest };
}

const shape = [400, 250];
const dense = { fanIn: 400, fanOut: 250 };

describe("initializers", () => {
  it("zeros, ones and constant", () => {
    expect(filled(initializers.zeros(), [5])).toEqual(new Float32Array(5));
    expect(filled(initializers.ones(), [5])).toEqual(new Float32Array(5).fill(1));
    expect(filled(initializers.constant(), [3])).toEqual(new Float32Array(3));
    expect(filled(initializers.constant({ value: -0.1 }), [3])).toEqual(new Float32Array(3).fill(-0.1));
  });

  // Variance and bound by the papers; the standard error of a variance of 100000 values is below 0.5 %.
  const six = (fan: number) => Math.sqrt(6 / fan);
  it.each<[keyof typeof initializers, number, number]>([
    ["glorotUniform", 2 / (dense.fanIn + dense.fanOut), six(dense.fanIn + dense.fanOut)],
    ["glorotNormal", 2 / (dense.fanIn + dense.fanOut), Number.POSITIVE_INFINITY],
    ["heUniform", 2 / dense.fanIn, six(dense.fanIn)],
    ["heNormal", 2 / dense.fanIn, Number.POSITIVE_INFINITY],
    ["lecunUniform", 1 / dense.fanIn, Math.sqrt(3 / dense.fanIn)],
    ["lecunNormal", 1 / dense.fanIn, Number.POSITIVE_INFINITY],
    ["varianceScaling", 1 / dense.fanIn, Number.POSITIVE_INFINITY],
  ])("%s has its variance and stays within its bounds", (name, variance, bound) => {
    const actual = moments(filled(initializers[name](), shape));
    expect(Math.abs(actual.mean)).toBeLessThan(4 * Math.sqrt(variance / 100_000));
    expect(actual.variance / variance).toBeGreaterThan(0.98);
    expect(actual.variance / variance).toBeLessThan(1.02);
    const limit = Number.isFinite(bound) ? bound : (2 * Math.sqrt(variance)) / 0.87962566103423978;
    expect(actual.largest).toBeLessThanOrEqual(Math.fround(limit));
    expect(actual.largest).toBeGreaterThan(0.99 * limit);
  });

  it("varianceScaling in its other modes", () => {
    const variance = (options: object) => moments(filled(initializers.varianceScaling(options), shape)).variance;
    expect(variance({ mode: "fanOut" }) * dense.fanOut).toBeCloseTo(1, 1);
    expect(variance({ mode: "fanAvg", scale: 3 }) * 325).toBeCloseTo(3, 1);
    const untruncated = moments(filled(initializers.varianceScaling({ distribution: "untruncatedNormal" }), shape));
    expect(untruncated.variance * dense.fanIn).toBeCloseTo(1, 1);
    expect(untruncated.largest).toBeGreaterThan(3.5 / Math.sqrt(dense.fanIn));
    expect(() => initializers.varianceScaling({ mode: "fanin" as never })).toThrow('Did you mean "fanIn"?');
  });

  it("randomUniform, randomNormal and truncatedNormal", () => {
    const uniform = filled(initializers.randomUniform({ minval: 2, maxval: 4 }), shape);
    expect(moments(uniform).mean).toBeCloseTo(3, 1);
    expect(moments(uniform).variance).toBeCloseTo(4 / 12, 1);
    expect(Math.min(...uniform.slice(0, 1000))).toBeGreaterThanOrEqual(2);
    expect(moments(uniform).largest).toBeLessThanOrEqual(4);
    const normal = moments(filled(initializers.randomNormal({ mean: -1, stddev: 0.5 }), shape));
    expect(normal.mean).toBeCloseTo(-1, 2);
    expect(normal.variance).toBeCloseTo(0.25, 2);
    const truncated = moments(filled(initializers.truncatedNormal({ stddev: 1 }), shape));
    expect(truncated.largest).toBeLessThanOrEqual(2);
    expect(Math.sqrt(truncated.variance)).toBeCloseTo(0.8796, 2);
    expect(moments(filled(initializers.randomUniform(), shape)).largest).toBeLessThanOrEqual(Math.fround(0.05));
    expect(Math.sqrt(moments(filled(initializers.randomNormal(), shape)).variance)).toBeCloseTo(0.05, 3);
  });

  it("counts fans as Keras does", () => {
    expect(computeFans([])).toEqual({ fanIn: 1, fanOut: 1 });
    expect(computeFans([7])).toEqual({ fanIn: 7, fanOut: 7 });
    expect(computeFans([3, 5])).toEqual({ fanIn: 3, fanOut: 5 });
    expect(computeFans([3, 3, 8, 16])).toEqual({ fanIn: 72, fanOut: 144 });
    expect(moments(filled(initializers.heNormal(), [3, 3, 64, 128])).variance * 9 * 64).toBeCloseTo(2, 1);
  });

  it.each([
    [17, 17],
    [31, 8],
    [8, 31],
    [3, 3, 4, 10],
    [1, 5],
    [5, 1],
  ])("orthogonal %j %j", (...shape) => {
    const gain = 1.5;
    const matrix = filled(initializers.orthogonal({ gain }), shape);
    const columns = shape[shape.length - 1];
    const rows = matrix.length / columns;
    const tall = rows >= columns;
    const at = (vector: number, i: number) => (tall ? matrix[i * columns + vector] : matrix[vector * columns + i]);
    for (let a = 0; a < Math.min(rows, columns); a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < Math.max(rows, columns); i++) product += at(a, i) * at(b, i);
        expect(Math.abs(product - (a === b ? gain * gain : 0)), `${a}·${b}`).toBeLessThan(1e-6);
      }
    }
  });

  it("orthogonal favours no direction", () => {
    // Of a uniformly random rotation of the plane, the first column is a uniformly random point on the circle.
    const mean = [0, 0];
    for (let i = 0; i < 2000; i++) {
      const matrix = filled(initializers.orthogonal(), [2, 2], deriveKey(i));
      mean[0] += matrix[0] / 2000;
      mean[1] += matrix[3] / 2000;
    }
    for (const value of mean) expect(Math.abs(value)).toBeLessThan(4 / Math.sqrt(2 * 2000));
  });

  it("identity", () => {
    expect(Array.from(filled(initializers.identity({ gain: 2 }), [2, 3]))).toEqual([2, 0, 0, 0, 2, 0]);
    expect(() => filled(initializers.identity(), [2, 2, 2])).toThrow(ShapeError);
    expect(() => filled(initializers.orthogonal(), [2])).toThrow(ShapeError);
  });

  it("gives the same bits for the same key, others for another", () => {
    for (const [name, factory] of Object.entries(initializers)) {
      const values = filled(factory(), [6, 5]);
      expect(filled(factory(), [6, 5]), name).toEqual(values);
      const isDrawn = !["zeros", "ones", "constant", "identity"].includes(name);
      expect(
        filled(factory(), [6, 5], deriveKey(1)).some((value, i) => value !== values[i]),
        name,
      ).toBe(isDrawn);
      if (!isDrawn) continue;
      const seeded = factory({ seed: 3 } as never);
      expect(filled(seeded, [6, 5]), `${name} with a seed`).toEqual(filled(seeded, [6, 5], deriveKey(99)));
    }
  });

  it("gives these bits on every engine", () => {
    const first = (initializer: Initializer) => Array.from(filled(initializer, [4, 4]).slice(0, 3));
    expect(first(initializers.glorotUniform())).toMatchInlineSnapshot(`
      [
        -0.6102150082588196,
        -0.4731902480125427,
        0.41033321619033813,
      ]
    `);
    expect(first(initializers.heNormal())).toMatchInlineSnapshot(`
      [
        -0.7872112393379211,
        0.48324018716812134,
        -0.7543580532073975,
      ]
    `);
    expect(first(initializers.randomNormal())).toMatchInlineSnapshot(`
      [
        -0.05231912434101105,
        0.03169179707765579,
        -0.0500364750623703,
      ]
    `);
    expect(first(initializers.orthogonal())).toMatchInlineSnapshot(`
      [
        -0.6383900046348572,
        -0.05992627888917923,
        0.7543072700500488,
      ]
    `);
  });

  it("are found by name, by JSON and as they are", () => {
    expect(resolveInitializer("heNormal", "dense").name).toBe("heNormal");
    const given = initializers.randomUniform({ minval: -1, maxval: 1, seed: 5 });
    expect(resolveInitializer(given, "dense")).toBe(given);
    const again = resolveInitializer(JSON.parse(JSON.stringify(given)), "dense");
    expect(filled(again, [9])).toEqual(filled(given, [9]));
    expect(() => readInitializer("glorotUnifrom", "dense_1")).toThrow(
      'dense_1: initializer cannot be "glorotUnifrom". Did you mean "glorotUniform"?',
    );
    expect(() => readInitializer(7, "dense_1")).toThrow(ArgumentError);
    expect(() => initializers.randomNormal({ std: 1 } as never)).toThrow('unknown option "std"');
    expect(() => initializers.randomUniform({ minval: 1, maxval: 0 })).toThrow("maxval must be a finite number ≥ 1");
    expect(() => initializers.heNormal({ seed: 0.5 })).toThrow("seed must be an integer");
  });
});

describe("regularizers", () => {
  it("have the defaults of Keras", () => {
    expect(regularizers.l1()).toMatchObject({ name: "l1", l1: 0.01, l2: 0 });
    expect(regularizers.l2()).toMatchObject({ name: "l2", l1: 0, l2: 0.01 });
    expect(regularizers.l1l2()).toMatchObject({ l1: 0, l2: 0 });
    expect(regularizers.l1l2({ l1: 0.1, l2: 0.2 })).toMatchObject({ l1: 0.1, l2: 0.2 });
  });

  it("are found by name, by JSON and as they are; nothing stays nothing", () => {
    expect(resolveRegularizer(undefined, "dense")).toBeUndefined();
    expect(resolveRegularizer(null, "dense")).toBeUndefined();
    expect(resolveRegularizer("l2", "dense")).toEqual(regularizers.l2());
    const given = regularizers.l1l2({ l1: 0.1 });
    expect(resolveRegularizer(given, "dense")).toEqual(given);
    expect(resolveRegularizer(JSON.parse(JSON.stringify(given)), "dense")).toEqual(given);
    expect(() => resolveRegularizer("l3", "dense")).toThrow(ArgumentError);
    expect(() => regularizers.l1({ l2: 1 } as never)).toThrow('Did you mean "l1"?');
    expect(() => regularizers.l2({ l2: -1 })).toThrow("l2 must be a finite number ≥ 0");
  });
});
