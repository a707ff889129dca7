import { describe, expect, it } from "vitest";
import { compileModule } from "../../src/engine/module/modules";
import { dropout } from "../../src/ops/dropout";
import { Fixture, WasmMachine } from "./harness";

const module = await compileModule();
const count = 40_000;

/** Which of `count` ones the kernels keep, in either direction. */
function masks(options: { rate: number; seed?: number; stream?: number; step?: number }) {
  const { rate, seed = 1, stream = 0, step = 0 } = options;
  const fixture = new Fixture(dropout, {
    shapes: { x: [count], y: [count] },
    counts: { count, seed, stream },
    numbers: { rate },
    fill: { x: () => 1, dy: () => 1 },
    step: { index: step },
  });
  const { forward, backward } = fixture.runBoth(new WasmMachine(module, fixture.bytes));
  return { forward: forward.y, backward: backward.dx };
}

function shareOfEqual(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).filter((value, i) => value === b[i]).length / count;
}

describe("dropout", () => {
  it.each([0.1, 0.5, 0.8])("drops a share of %d and keeps the mean", (rate) => {
    const { forward } = masks({ rate });
    const dropped = Array.from(forward).filter((value) => value === 0).length;
    // Four standard deviations of a binomial count.
    expect(Math.abs(dropped - rate * count)).toBeLessThan(4 * Math.sqrt(count * rate * (1 - rate)));
    expect(new Set(Array.from(forward))).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
  });

  it("drops the same elements on the way back", () => {
    const { forward, backward } = masks({ rate: 0.4 });
    expect(backward).toEqual(forward);
  });

  it("keeps everything unchanged at rate 0", () => {
    expect(new Set(Array.from(masks({ rate: 0 }).forward))).toEqual(new Set([1]));
  });

  it("draws anew for every seed, stream and step", () => {
    const { forward } = masks({ rate: 0.5 });
    for (const change of [{ seed: 2 }, { stream: 1 }, { step: 1 }]) {
      const share = shareOfEqual(masks({ rate: 0.5, ...change }).forward, forward);
      expect(Math.abs(share - 0.5), JSON.stringify(change)).toBeLessThan(0.01);
    }
  });
});
