import { beforeAll, describe, expect, test } from "vitest";
import { erf, exp, expm1, log, log1p, tanh } from "../../src/numeric/elementary";
import { type MappedFunction, startVectorProbe } from "./vectorProbe";

let probe: Awaited<ReturnType<typeof startVectorProbe>>["probe"];
let text: string;
beforeAll(async () => {
  ({ probe, text } = await startVectorProbe());
});

const SOURCE = 0;
const TARGET = 1 << 20;

/** The lanes a function makes of these numbers. */
function map(name: MappedFunction, values: ArrayLike<number>): Float32Array {
  const padded = Math.ceil(values.length / 4) * 4;
  new Float32Array(probe.memory.buffer, SOURCE, padded).set(values);
  probe[name](SOURCE, TARGET, padded);
  return new Float32Array(probe.memory.buffer, TARGET, values.length).slice();
}

const sigmoid = (x: number) => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)));
const softplus = (x: number) => Math.max(x, 0) + log1p(exp(-Math.abs(x)));

interface Claim {
  truth: (x: number) => number;
  /** Largest relative error, as the comment in assembly/simd/vector.ts states it. */
  stated: number;
  /** Evenly spaced sweeps. */
  intervals: [number, number][];
  /** Geometric sweeps of both signs where the domain allows, as powers of two. */
  magnitudes: [number, number];
}

// biome-ignore format: one function a line
const claims: Partial<Record<MappedFunction, Claim>> = {
  exp: { truth: exp, stated: 9e-8, intervals: [[-86.98, 88.72], [-2, 2]], magnitudes: [-60, 6.43] },
  expMinusOne: { truth: expm1, stated: 1.2e-7, intervals: [[-30, 88.72], [-2, 2]], magnitudes: [-120, 6.46] },
  log: { truth: log, stated: 9e-8, intervals: [[1e-3, 10], [0.5, 2]], magnitudes: [-126, 127.9] },
  logOnePlus: { truth: log1p, stated: 1.4e-7, intervals: [[-0.9999, 10], [-0.5, 2]], magnitudes: [-120, 127.9] },
  tanh: { truth: tanh, stated: 1.8e-7, intervals: [[-10, 10], [-1, 1]], magnitudes: [-120, 127] },
  sigmoid: { truth: sigmoid, stated: 1.5e-7, intervals: [[-87.3, 90], [-5, 5]], magnitudes: [-60, 6.44] },
  softplus: { truth: softplus, stated: 1.8e-7, intervals: [[-86.98, 90], [-5, 5]], magnitudes: [-60, 6.43] },
  erf: { truth: erf, stated: 1.5e-7, intervals: [[-5, 5], [-1, 1]], magnitudes: [-120, 60] },
};
const POINTS = 40_009;

function worstRelativeError(name: MappedFunction, truth: (x: number) => number, values: Float32Array): number {
  const results = map(name, values);
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const expected = truth(values[i]);
    const error = Math.abs(results[i] - expected);
    // Written so that NaN fails.
    if (!(error <= worst * Math.abs(expected))) worst = error / Math.abs(expected);
  }
  return worst;
}

describe.each(Object.entries(claims) as [MappedFunction, Claim][])("%s against float64", (name, claim) => {
  test.each(claim.intervals)("relative error from %f to %f", (low, high) => {
    const values = Float32Array.from({ length: POINTS }, (_, i) => low + ((high - low) * (i + 0.5)) / POINTS);
    expect(worstRelativeError(name, claim.truth, values)).toBeLessThanOrEqual(claim.stated);
  });

  test("relative error over all magnitudes", () => {
    const [low, high] = claim.magnitudes;
    const positive = Float32Array.from({ length: POINTS }, (_, i) => 2 ** (low + ((high - low) * i) / (POINTS - 1)));
    expect(worstRelativeError(name, claim.truth, positive)).toBeLessThanOrEqual(claim.stated);
    if (name === "log") return;
    const negative = positive.filter((x) => name !== "logOnePlus" || x < 1).map((x) => -x);
    expect(worstRelativeError(name, claim.truth, negative)).toBeLessThanOrEqual(claim.stated);
  });

  test("NaN stays NaN, in any lane", () => {
    for (let lane = 0; lane < 4; lane++) {
      const values = [0.5, 0.5, 0.5, 0.5];
      values[lane] = Number.NaN;
      expect([...map(name, values)].map(Number.isNaN)).toEqual(values.map(Number.isNaN));
    }
  });
});

describe("limits", () => {
  const { NaN: nan } = Number;
  const float32Max = 3.4028234663852886e38;
  // biome-ignore format: one function a line
  const cases: [MappedFunction, [number, number][]][] = [
    ["exp", [[0, 1], [-0, 1], [Infinity, Infinity], [-Infinity, 0], [88.73, Infinity], [float32Max, Infinity], [-87, 0], [-88, 0], [-104, 0], [-1e30, 0]]],
    ["expMinusOne", [[0, 0], [Infinity, Infinity], [-Infinity, -1], [88.73, Infinity], [float32Max, Infinity], [-18, -1], [-1e30, -1]]],
    ["log", [[1, 0], [0, -Infinity], [-0, -Infinity], [1e-40, -Infinity], [-1, nan], [-Infinity, nan], [-1e-40, nan], [Infinity, Infinity]]],
    ["logOnePlus", [[0, 0], [-1, -Infinity], [-1.5, nan], [-Infinity, nan], [Infinity, Infinity], [1e-40, Math.fround(1e-40)]]],
    ["tanh", [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [10, 1], [-50, -1], [1e-40, Math.fround(1e-40)]]],
    ["sigmoid", [[0, 0.5], [Infinity, 1], [-Infinity, 0], [float32Max, 1], [-float32Max, 0], [-90, 0]]],
    ["softplus", [[Infinity, Infinity], [-Infinity, 0], [float32Max, float32Max], [-float32Max, 0], [100, 100], [-90, 0]]],
    ["erf", [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [4, 1], [-4.5, -1], [float32Max, 1], [-float32Max, -1]]],
    ["copySign", [[2, 3], [-2, -3], [0, 3], [-0, -3], [Infinity, 3], [-Infinity, -3]]],
    ["selectAboveOne", [[2, 2], [1, -1], [Infinity, Infinity], [nan, -1]]],
  ];
  test.each(cases)("%s", (name, pairs) => {
    expect([
      ...map(
        name,
        pairs.map(([x]) => x),
      ),
    ]).toEqual(pairs.map(([, y]) => y));
  });

  test("no function leaves its range", () => {
    const values = Float32Array.from({ length: POINTS }, (_, i) => -12 + (24 * i) / POINTS);
    for (const name of ["tanh", "erf"] as const) expect(Math.max(...map(name, values).map(Math.abs))).toBe(1);
    expect(Math.max(...map("sigmoid", values))).toBeLessThanOrEqual(1);
  });

  test("the probability above a number is as close to the truth as stated, and falls to 0", () => {
    const values = Float32Array.from({ length: POINTS }, (_, i) => (14 * i) / POINTS);
    const results = map("probabilityAbove", values);
    const errors = results.map((result, i) => Math.abs(result - (1 - erf(values[i] * Math.SQRT1_2)) / 2));
    expect(Math.max(...errors)).toBeLessThanOrEqual(7e-8);
    expect([...map("probabilityAbove", [0, 30, float32Max, Infinity, nan])]).toEqual([0.5, 0, 0, 0, nan]);
  });

  test("clamp", () => {
    new Float32Array(probe.memory.buffer, SOURCE, 8).set([-3, -2, 0.5, 4, 5, Infinity, -Infinity, Number.NaN]);
    probe.clamp(SOURCE, TARGET, 8, -2, 4);
    expect([...new Float32Array(probe.memory.buffer, TARGET, 8)]).toEqual([-2, -2, 0.5, 4, 4, 4, -2, Number.NaN]);
  });
});

describe("across lanes", () => {
  const lanes = (...values: number[]) => new Float32Array(probe.memory.buffer, SOURCE, 4).set(values);

  test("sum4 adds (0 + 1) + (2 + 3)", () => {
    lanes(1, 2, 4, 8);
    expect(probe.sum(SOURCE)).toBe(15);
    // 2²⁴ + 1 is lost to rounding in that order only.
    lanes(16777216, 1, 1, -16777216);
    expect(probe.sum(SOURCE)).toBe(Math.fround(16777216 + 1) + Math.fround(1 - 16777216));
  });

  test("sum4Float64 loses nothing float64 keeps", () => {
    lanes(16777216, 1, 0.5, 16777215);
    expect(probe.sumFloat64(SOURCE)).toBe(33554432.5);
  });

  test("max4 finds the largest in any lane", () => {
    for (let lane = 0; lane < 4; lane++) {
      const values = [-7, -5, -6, -8];
      values[lane] = -1;
      lanes(...values);
      expect(probe.max(SOURCE)).toBe(-1);
    }
  });
});

test("everything inlines: the probe has no call", () => {
  expect(text).toContain("f32x4.mul");
  expect(text).not.toMatch(/\bcall(_indirect)?\b/);
});
