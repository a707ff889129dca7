import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cos, erf, exp, expm1, log, log1p, pow, sin, tanh } from "../../src/numeric/elementary";
import { normalQuantile } from "../../src/numeric/normalQuantile";

const elementary = { exp, expm1, log, log1p, tanh, erf, sin, cos };
type OfOne = keyof typeof elementary;

/** Largest error in units in the last place, as the doc comments state it. */
const statedUlps: Record<OfOne, number> = {
  exp: 1,
  expm1: 1.5,
  log: 1,
  log1p: 1,
  tanh: 2,
  erf: 1.5,
  sin: 1,
  cos: 1,
};

/** Numbers computed in high precision by tests/references/elementary.py and rounded to float64. */
const table = JSON.parse(readFileSync("tests/references/elementary.json", "utf8")) as Record<string, number[][]>;

/** The float64 numbers from a to b: 0 when they are the same, 1 for neighbours. NaN is nowhere but at NaN. */
function ulpDistance(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  const bits = new BigInt64Array(new Float64Array([a, b]).buffer);
  // Negative zero stands one below zero, so that a lost sign shows.
  const ordered = (word: bigint) => (word < 0n ? -(word & 0x7fffffffffffffffn) - 1n : word);
  const distance = ordered(bits[0]) - ordered(bits[1]);
  return Number(distance < 0n ? -distance : distance);
}

// Distances are whole numbers between rounded ones: an error below n + ½ ulp shows as n or less.
const allowed = (ulps: number) => Math.floor(ulps + 0.5);

describe("against numbers of high precision", () => {
  for (const name of Object.keys(statedUlps) as OfOne[]) {
    test.each(table[name])(`${name}(%f) = %f`, (x, expected) => {
      expect(ulpDistance(elementary[name](x), expected)).toBeLessThanOrEqual(allowed(statedUlps[name]));
    });
  }

  test.each(table.pow)("pow(%f, %f) = %f", (x, y, expected) => {
    expect(ulpDistance(pow(x, y), expected)).toBeLessThanOrEqual(allowed(1.5));
  });

  test.each(table.normalQuantile)("normalQuantile(%f) = %f", (p, expected) => {
    expect(Math.abs(normalQuantile(p) - expected)).toBeLessThanOrEqual(1e-15 * Math.max(Math.abs(expected), 0.1));
  });
});

describe("against this engine's Math", () => {
  // V8's own errors are below 1 ulp for all of these, so one more than ours is allowed.
  const intervals: [Exclude<OfOne, "erf">, number, number][] = [
    ["exp", -745, 709.7],
    ["exp", -2, 2],
    ["expm1", -40, 709.7],
    ["expm1", -2, 2],
    ["log", 1e-3, 4],
    ["log", 1, 1e6],
    ["log1p", -0.999, 3],
    ["log1p", 3, 1e6],
    ["tanh", -23, 23],
    ["tanh", -1, 1],
    ["sin", -20, 20],
    ["sin", -1e5, 1e5],
    ["cos", -20, 20],
    ["cos", -1e5, 1e5],
  ];
  test.each(intervals)("%s from %f to %f", (name, low, high) => {
    let worst = 0;
    for (let i = 0; i < 20011; i++) {
      const x = low + ((high - low) * (i + 0.5)) / 20011;
      worst = Math.max(worst, ulpDistance(elementary[name](x), Math[name](x)));
    }
    expect(worst).toBeLessThanOrEqual(allowed(statedUlps[name]) + 1);
  });

  test("over all magnitudes", () => {
    for (const name of ["exp", "expm1", "log", "log1p", "tanh"] as const) {
      for (let exponent = -1070; exponent <= 1020; exponent += 0.37) {
        for (const x of [2 ** exponent, -(2 ** exponent)]) {
          const [ours, theirs] = [elementary[name](x), Math[name](x)];
          expect(ulpDistance(ours, theirs), `${name}(${x})`).toBeLessThanOrEqual(allowed(statedUlps[name]) + 1);
        }
      }
    }
  });
});

const special = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 5e-324, -5e-324, 1e-310, 1e308, -1e308];

describe("limits", () => {
  test.each(["exp", "expm1", "log", "log1p", "tanh"] as const)("%s agrees with Math", (name) => {
    for (const x of special) {
      const distance = ulpDistance(elementary[name](x), Math[name](x));
      expect(distance, `${name}(${x})`).toBeLessThanOrEqual(Number.isFinite(x) && x !== 0 ? 1 : 0);
    }
  });

  test("exp runs into 0 and ∞ exactly where float64 ends", () => {
    expect(exp(709.782712893384)).toBeLessThan(Infinity);
    expect(exp(709.7827128933841)).toBe(Infinity);
    expect(exp(-745.1332191019411)).toBe(5e-324);
    expect(exp(-745.1332191019412)).toBe(0);
  });

  test("erf", () => {
    expect(erf(0)).toBe(0);
    expect(erf(-0)).toBe(-0);
    expect(erf(Number.NaN)).toBeNaN();
    expect(erf(Infinity)).toBe(1);
    expect(erf(-Infinity)).toBe(-1);
    for (const x of [0.3, 1, 1.7, 5.9]) expect(erf(-x)).toBe(-erf(x));
  });

  test("sin and cos", () => {
    expect(sin(-0)).toBe(-0);
    expect(cos(0)).toBe(1);
    for (const x of [Number.NaN, Infinity, -Infinity]) {
      expect(sin(x)).toBeNaN();
      expect(cos(x)).toBeNaN();
    }
    // Documented: 4e-17 · |x| beyond 10⁶, and never outside [−1, 1].
    for (const x of [1e7, 12345678.9, 1e9]) expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThan(4e-17 * x);
    expect(Math.abs(sin(1e300))).toBeLessThanOrEqual(1);
  });

  test("pow follows JavaScript's ** for every pair of special values", () => {
    const values = [...special, 0.5, -0.5, 2, -2, 3, -3, 1e22, 9007199254740991, -9007199254740991, 1 / 3];
    for (const x of values) {
      for (const y of values) {
        const expected = x ** y;
        const exact = expected === 0 || !Number.isFinite(expected);
        expect(ulpDistance(pow(x, y), expected), `${x} ** ${y}`).toBeLessThanOrEqual(exact ? 0 : 2);
      }
    }
  });

  test("normalQuantile", () => {
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    for (const p of [-0.1, 1.1, Number.NaN]) expect(normalQuantile(p)).toBeNaN();
  });
});
