// What the examples of ops/attention do not show: long sequences, large logits, and sums that do not depend on other queries.
import { describe, expect, it } from "vitest";
import { compileModule } from "../../src/engine/module/modules";
import { attention, attentionExample } from "../../src/ops/attention";
import type { Example } from "../../src/ops/op";
import { differenceInBits, Fixture, ReadableMachine, relativeError, WasmMachine } from "./harness";

const module = await compileModule();

/** All fields after forward and backward of the SIMD kernels, with other contents of some fields. */
function runWasm(example: Example, contents: Record<string, ArrayLike<number>> = {}) {
  const fixture = new Fixture(attention, example);
  const machine = new WasmMachine(module, fixture.bytes);
  fixture.prepare(machine, () => 0, { ...fixture.contents, ...contents });
  fixture.run(machine, "forward");
  const forward = fixture.read(machine);
  fixture.run(machine, "backward");
  return { forward, backward: fixture.read(machine), fixture };
}

describe("attention", () => {
  it.each([
    ["heads of 32", attentionExample(1, 70, 70, 32, { causal: 1, heads: 2 })],
    ["heads of 64, shared keys", attentionExample(2, 65, 65, 64, { causal: 1, heads: 2, keyHeads: 1 })],
    ["more keys than are summed at a time", attentionExample(1, 9, 530, 7, { masks: ["keyMask"] })],
    ["a window over many keys", attentionExample(1, 600, 600, 8, { causal: 1, window: 40 })],
    ["a window on both sides", attentionExample(1, 300, 300, 5, { window: 33, rate: 0.25 })],
    ["fewer keys than queries", attentionExample(2, 90, 17, 8, { causal: 1, window: 12, scores: true })],
  ])("is as in float64 for %s", (_, example) => {
    const { forward, backward, fixture } = runWasm(example);
    const truth = fixture.runBoth(new ReadableMachine(fixture.bytes, Float64Array));
    expect(relativeError(forward.y, truth.forward.y)).toBeLessThanOrEqual(4e-6);
    for (const name of ["dq", "dk", "dv"]) {
      expect(relativeError(backward[name], truth.backward[name]), name).toBeLessThanOrEqual(1e-5);
    }
  });

  it("gives a query the same bits whatever the queries beside it and the keys it does not see", () => {
    const [keys, heads, keyDim] = [531, 2, 5];
    for (const window of [0, 70]) {
      const whole = runWasm(attentionExample(1, keys, keys, keyDim, { causal: 1, heads, window }));
      const { q, k, v } = whole.fixture.contents;
      const width = heads * keyDim;
      for (const i of [0, 1, 2, 7, 8, 63, 255, 256, 257, 299, 530]) {
        // One step of a stream: this query, and the keys up to it, of which the window hides the first.
        const first = window ? Math.max(0, i - window + 1) : 0;
        const masks = window ? (["keyMask"] as const) : [];
        const step = attentionExample(1, 1, i + 1, keyDim, { heads, masks });
        const one = runWasm(step, {
          q: Array.from(q).slice(i * width, (i + 1) * width),
          k: Array.from(k).slice(0, (i + 1) * width),
          v: Array.from(v).slice(0, (i + 1) * width),
          ...(window ? { keyMask: Array.from({ length: i + 1 }, (_, j) => Number(j >= first)) } : {}),
        });
        const expected = Array.from(whole.forward.y).slice(i * width, (i + 1) * width);
        expect(differenceInBits(one.forward.y, expected), `query ${i}, window ${window}`).toBeUndefined();
      }
    }
  });

  it("does not overflow, whatever the size of logits", () => {
    for (const size of [1e3, 1e6, 1e18]) {
      const example = attentionExample(1, 6, 11, 4, { causal: 0, scores: true });
      const scaled = { ...example, fill: { ...example.fill, q: (u: number) => size * (2 * u - 1) } };
      const { forward, backward, fixture } = runWasm(scaled);
      const truth = fixture.runBoth(new ReadableMachine(fixture.bytes, Float64Array));
      for (const values of [forward.y, forward.scores, backward.dq, backward.dk, backward.dv]) {
        expect(Array.from(values).every(Number.isFinite)).toBe(true);
      }
      for (let i = 0; i < 6; i++) {
        const sum = Array.from(forward.scores)
          .slice(11 * i, 11 * (i + 1))
          .reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
      }
      // Products of such numbers are rounded by as much as tells them apart, so only the clearest of large ones compare.
      if (size === 1e3) expect(relativeError(forward.y, truth.forward.y)).toBeLessThanOrEqual(2e-4);
    }
  });

  it("gives 0, and no gradient, where a query sees no key", () => {
    const example = attentionExample(2, 5, 9, 4, { heads: 2, masks: ["mask"], scores: true });
    const mask = Array.from({ length: 2 * 5 * 9 }, (_, at) => Number(Math.floor(at / 9) % 5 !== 2));
    const { forward, backward } = runWasm(example, { mask });
    const isUnseen = (at: number, width: number) => Math.floor(at / width) % 5 === 2;
    Array.from(forward.y).forEach((value, at) => {
      if (isUnseen(at, 8)) expect(value).toBe(0);
      else expect(value).not.toBe(0);
    });
    Array.from(backward.dq).forEach((value, at) => {
      if (isUnseen(at, 8)) expect(value).toBe(0);
    });
    for (const name of ["dq", "dk", "dv"]) expect(Array.from(backward[name]).every(Number.isFinite), name).toBe(true);
  });

  it("shows NaN of a key to every query that sees it, and to no other", () => {
    const example = attentionExample(1, 12, 12, 4, { causal: 1 });
    const plain = new Fixture(attention, example).contents.k;
    const k = Array.from(plain, (value, at) => (Math.floor(at / 4) === 5 ? Number.NaN : value));
    const { forward } = runWasm(example, { k });
    const isNaNAt = (i: number) =>
      Array.from(forward.y)
        .slice(4 * i, 4 * i + 4)
        .map(Number.isNaN);
    for (let i = 0; i < 12; i++) expect(isNaNAt(i)).toEqual(new Array(4).fill(i >= 5));
    // All keys that a query sees.
    const all = runWasm(example, { k: Array.from(plain, () => Number.NaN) });
    expect(Array.from(all.forward.y).every(Number.isNaN)).toBe(true);
  });

  it("has a workspace that grows linearly with the length", () => {
    const bytesAt = (length: number) => {
      const { counts } = attentionExample(1, length, length, 32, { heads: 4, causal: 1 });
      return attention.workspace!(counts!);
    };
    for (const length of [64, 256, 1024, 4096]) {
      expect(bytesAt(2 * length)).toBeLessThanOrEqual(2 * bytesAt(length));
      expect(bytesAt(length)).toBeLessThan(300 * length + 20_000);
    }
  });
});
