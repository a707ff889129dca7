import { beforeAll, describe, expect, test } from "vitest";
import { erf } from "../../src/numeric/elementary";
import { deriveKey, RandomStream, randomBits, shuffle, uniform } from "../../src/numeric/random";
import { startVectorProbe } from "./vectorProbe";

// Seeds are fixed, so nothing here is left to chance; a threshold says how unlikely a good generator would be to miss it.
const NORMAL_QUANTILE_1E6 = 4.9; // |z| above this: one in a million, two-sided

/** The chi-square statistic of counts that should be equal, as a standard normal (Wilson & Hilferty 1931). */
function chiSquareDeviate(counts: ArrayLike<number>): number {
  const values = Array.from(counts);
  const expected = values.reduce((a, b) => a + b) / values.length;
  const statistic = values.reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
  const spread = 2 / (9 * (values.length - 1));
  return (Math.cbrt(statistic / (values.length - 1)) - (1 - spread)) / Math.sqrt(spread);
}

/** Correlation of pairs, times √n: standard normal when they are independent. */
function correlationDeviate(count: number, pair: (i: number) => [number, number]): number {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [a, b] = pair(i);
    sumA += a;
    sumB += b;
    sumAA += a * a;
    sumBB += b * b;
    sumAB += a * b;
  }
  const covariance = sumAB - (sumA * sumB) / count;
  return (covariance / Math.sqrt((sumAA - sumA ** 2 / count) * (sumBB - sumB ** 2 / count))) * Math.sqrt(count);
}

describe("the format is frozen: weights made by one version are those of every later one", () => {
  test("bits", () => {
    expect(deriveKey(0)).toBe(2532813748);
    expect(deriveKey(42, 1, 2)).toBe(2448996220);
    expect([0, 1, 2, 0xffffffff].map((i) => randomBits(deriveKey(42, 1, 2), i))).toEqual([
      808801937, 1422527209, 2634764932, 4118715663,
    ]);
  });

  test("stream", () => {
    const stream = new RandomStream(deriveKey(7));
    const drawn = [
      stream.uniform(),
      stream.uniform53(),
      stream.normal(),
      stream.truncatedNormal(),
      stream.integer(1000),
    ];
    expect(drawn).toEqual([0.2090020775794983, 0.12224729046728322, -0.8500322399398758, -1.958167828719674, 493]);
    expect([
      ...shuffle(
        Int32Array.from({ length: 13 }, (_, i) => i),
        deriveKey(7),
      ),
    ]).toEqual([7, 10, 4, 3, 5, 8, 9, 0, 12, 11, 6, 1, 2]);
  });
});

describe("the same bits in TypeScript and AssemblyScript", () => {
  let probe: Awaited<ReturnType<typeof startVectorProbe>>["probe"];
  beforeAll(async () => {
    ({ probe } = await startVectorProbe());
  });
  const awkward = [0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x9e3779b9, 123456789];

  test("keys", () => {
    for (const seed of awkward) {
      for (const stream of awkward) {
        for (const step of awkward) expect(probe.key(seed, stream, step) >>> 0).toBe(deriveKey(seed, stream, step));
      }
    }
  });

  test("12,312 numbers, one by one and by lanes, across the wrap of the index", () => {
    const count = 76;
    const lanes = new Uint32Array(probe.memory.buffer, 0, count);
    const numbers = new Float32Array(probe.memory.buffer, 4096, count);
    for (const key of [...awkward, deriveKey(1, 2, 3), deriveKey(5, 5, 5)]) {
      for (const index of [...awkward, 0xffffffff - 40, 3, 5, 7, 13, 17]) {
        probe.bitsOfLanes(key, index, 0, count);
        probe.uniformOfLanes(key, index, 4096, count);
        for (let i = 0; i < count; i++) {
          const at = (index + i) >>> 0;
          const expected = randomBits(key, at);
          if (lanes[i] !== expected || probe.bits(key, at) >>> 0 !== expected || numbers[i] !== uniform(key, at)) {
            expect.fail(`key ${key}, index ${at}`);
          }
        }
      }
    }
  });
});

describe("bits are independent of key and index", () => {
  // Raw neighbouring keys too, though keys in use come out of deriveKey.
  const keys = [
    0,
    1,
    2,
    3,
    0xffffffff,
    deriveKey(0),
    deriveKey(1),
    deriveKey(1, 0),
    deriveKey(1, 1),
    deriveKey(2, 0, 1),
  ];
  const count = 1 << 16;

  test.each(keys)("key %i: each byte of the word is uniform", (key) => {
    for (let shift = 0; shift < 32; shift += 8) {
      const counts = new Uint32Array(256);
      for (let i = 0; i < count; i++) counts[(randomBits(key, i) >>> shift) & 255]++;
      expect(Math.abs(chiSquareDeviate(counts))).toBeLessThan(NORMAL_QUANTILE_1E6);
    }
  });

  test.each(keys)("key %i: successive pairs fill the square evenly", (key) => {
    const counts = new Uint32Array(256);
    for (let i = 0; i < count; i++)
      counts[(randomBits(key, 2 * i) >>> 28) * 16 + (randomBits(key, 2 * i + 1) >>> 28)]++;
    expect(Math.abs(chiSquareDeviate(counts))).toBeLessThan(NORMAL_QUANTILE_1E6);
  });

  test.each([1, 2, 3, 4, 7, 10, 128, 784])("numbers %i apart do not correlate", (lag) => {
    for (const key of keys) {
      const z = correlationDeviate(count, (i) => [uniform(key, i), uniform(key, i + lag)]);
      expect(Math.abs(z)).toBeLessThan(NORMAL_QUANTILE_1E6);
    }
  });

  test("neighbouring keys, seeds, streams and steps do not correlate, aligned or shifted", () => {
    const pairs: [number, number][] = [];
    for (let i = 0; i < 8; i++) {
      pairs.push([i, i + 1], [deriveKey(i), deriveKey(i + 1)], [deriveKey(1, i), deriveKey(1, i + 1)]);
      pairs.push([deriveKey(1, 2, i), deriveKey(1, 2, i + 1)], [deriveKey(1, i, i + 1), deriveKey(1, i + 1, i)]);
    }
    for (const [a, b] of pairs) {
      for (const shift of [-1, 0, 1]) {
        const z = correlationDeviate(1 << 14, (i) => [uniform(a, i + 1), uniform(b, i + 1 + shift)]);
        expect(Math.abs(z)).toBeLessThan(NORMAL_QUANTILE_1E6);
      }
    }
  });

  test("the first numbers of successive steps are as random as those of one", () => {
    const counts = new Uint32Array(256);
    for (let step = 0; step < count; step++) counts[randomBits(deriveKey(3, 1, step), 0) >>> 24]++;
    expect(Math.abs(chiSquareDeviate(counts))).toBeLessThan(NORMAL_QUANTILE_1E6);
    const z = correlationDeviate(count, (i) => [uniform(deriveKey(3, 1, i), 5), uniform(deriveKey(3, 1, i + 1), 5)]);
    expect(Math.abs(z)).toBeLessThan(NORMAL_QUANTILE_1E6);
  });

  test("avalanche: one bit of key or index flips each bit of the result half of the time", () => {
    const samples = 2048;
    const flips = (flipped: (sample: number, bit: number) => number) => {
      let worst = 0;
      for (let bit = 0; bit < 32; bit++) {
        const counts = new Uint32Array(32);
        for (let s = 0; s < samples; s++) {
          const changed = randomBits(deriveKey(9, s), s * 77) ^ flipped(s, bit);
          for (let out = 0; out < 32; out++) counts[out] += (changed >>> out) & 1;
        }
        for (const c of counts) worst = Math.max(worst, Math.abs(c - samples / 2) / Math.sqrt(samples / 4));
      }
      return worst;
    };
    // The largest of 1,024 standard normal numbers: above 6.2 once in two million.
    expect(flips((s, bit) => randomBits(deriveKey(9, s), (s * 77) ^ (1 << bit)))).toBeLessThan(6.2);
    expect(flips((s, bit) => randomBits(deriveKey(9, s) ^ (1 << bit), s * 77))).toBeLessThan(6.2);
  });

  test("two streams are not one sequence read from two places", () => {
    const first = new Set(Array.from({ length: count }, (_, i) => randomBits(deriveKey(1), i)));
    let shared = 0;
    for (let i = 0; i < count; i++) if (first.has(randomBits(deriveKey(2), i))) shared++;
    // 2¹⁶ · 2¹⁶ / 2³² = 1 by chance (Poisson): 12 or more one time in a billion.
    expect(shared).toBeLessThan(12);
  });
});

describe("distributions", () => {
  const count = 100_000;

  test.each(["uniform", "uniform53"] as const)("%s has mean ½ and variance 1/12, and stays in [0, 1)", (name) => {
    const stream = new RandomStream(deriveKey(11));
    let [sum, sumOfSquares] = [0, 0];
    for (let i = 0; i < count; i++) {
      const u = stream[name]();
      if (!(u >= 0 && u < 1)) expect.fail(String(u));
      sum += u;
      sumOfSquares += (u - 0.5) ** 2;
    }
    // Standard deviations of the two estimates: √(1/12n) and √(1/180n).
    expect(Math.abs(sum / count - 0.5)).toBeLessThan(NORMAL_QUANTILE_1E6 / Math.sqrt(12 * count));
    expect(Math.abs(sumOfSquares / count - 1 / 12)).toBeLessThan(NORMAL_QUANTILE_1E6 / Math.sqrt(180 * count));
  });

  /** Largest distance of the empirical distribution function from the true one, times √n (Kolmogorov & Smirnov). */
  function kolmogorovSmirnov(values: Float64Array, distribution: (x: number) => number): number {
    values.sort();
    let distance = 0;
    for (let i = 0; i < values.length; i++) {
      const p = distribution(values[i]);
      distance = Math.max(distance, p - i / values.length, (i + 1) / values.length - p);
    }
    return distance * Math.sqrt(values.length);
  }
  // Exceeded with probability 2e^{−2·2.7²} = 9e-7.
  const KOLMOGOROV_1E6 = 2.7;
  const normalDistribution = (x: number) => 0.5 * (1 + erf(x * Math.SQRT1_2));

  test("normal", () => {
    const stream = new RandomStream(deriveKey(12));
    const values = Float64Array.from({ length: count }, () => stream.normal());
    const mean = values.reduce((a, b) => a + b) / count;
    const variance = values.reduce((a, b) => a + b * b, 0) / count;
    expect(Math.abs(mean)).toBeLessThan(NORMAL_QUANTILE_1E6 / Math.sqrt(count));
    expect(Math.abs(variance - 1)).toBeLessThan(NORMAL_QUANTILE_1E6 * Math.sqrt(2 / count));
    expect(kolmogorovSmirnov(values, normalDistribution)).toBeLessThan(KOLMOGOROV_1E6);
  });

  test("truncated normal: that of redrawing outside ±2", () => {
    const stream = new RandomStream(deriveKey(13));
    const values = Float64Array.from({ length: count }, () => stream.truncatedNormal());
    const inside = normalDistribution(2) - normalDistribution(-2);
    const truncated = (x: number) => (normalDistribution(x) - normalDistribution(-2)) / inside;
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(kolmogorovSmirnov(values, truncated)).toBeLessThan(KOLMOGOROV_1E6);
  });

  test.each([1, 2, 3, 10, 1000])("integer(%i)", (n) => {
    const stream = new RandomStream(deriveKey(14, n));
    const counts = new Uint32Array(n);
    for (let i = 0; i < count; i++) counts[stream.integer(n)]++;
    expect(counts.reduce((a, b) => a + b)).toBe(count);
    if (n > 1) expect(Math.abs(chiSquareDeviate(counts))).toBeLessThan(NORMAL_QUANTILE_1E6);
  });

  test("integer is unbiased where a plain remainder or product is off by a half", () => {
    // With n = ¾ · 2³², every third result of an unchecked product would come twice as often.
    const n = 3 * 2 ** 30;
    const stream = new RandomStream(deriveKey(15));
    const counts = new Uint32Array(3);
    for (let i = 0; i < count; i++) counts[stream.integer(n) % 3]++;
    expect(Math.abs(chiSquareDeviate(counts))).toBeLessThan(NORMAL_QUANTILE_1E6);
  });

  test("integer(2³²) is the bits themselves", () => {
    const [a, b] = [new RandomStream(5), new RandomStream(5)];
    for (let i = 0; i < 100; i++) expect(a.integer(2 ** 32)).toBe(b.bits());
  });
});

describe("shuffle", () => {
  const range = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

  test.each([0, 1, 2, 3, 5, 7, 13, 17, 60_000])("of %i is a permutation, the same for the same key", (n) => {
    const shuffled = shuffle(range(n), deriveKey(1, 2));
    expect(shuffled).toEqual(shuffle(range(n), deriveKey(1, 2)));
    expect(shuffled.slice().sort()).toEqual(range(n));
    if (n > 5) expect(shuffled).not.toEqual(shuffle(range(n), deriveKey(1, 3)));
  });

  test("every one of the 120 orders of five is equally likely", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      const order = shuffle(range(5), deriveKey(16, i)).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(120);
    expect(Math.abs(chiSquareDeviate([...counts.values()]))).toBeLessThan(NORMAL_QUANTILE_1E6);
  });
});
