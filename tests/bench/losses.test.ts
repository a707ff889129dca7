import { describe, expect, it, vi } from "vitest";
import { findLosses, unmatched } from "../../bench/losses";

/** Searches with what each candidate gives attempt after attempt; the last value stays. */
function search(measured: Record<string, readonly number[]>, baseline: Record<string, number>, attempts = 4) {
  const pause = vi.fn(async () => {});
  const measure = vi.fn(async (name: string, attempt: number) => ({
    [name]: measured[name][attempt] ?? measured[name].at(-1)!,
  }));
  const losses = findLosses(Object.keys(measured), { baseline, tolerance: 0.15, attempts, measure, pause });
  return { losses, measure, pause };
}

describe("losses of speed", () => {
  it("are ratios that stay more than the tolerance below the baseline", async () => {
    const { losses, measure } = search({ dense: [8.4, 8.2, 8.49, 8.1], relu: [8.6] }, { dense: 10, relu: 10 });
    expect(await losses).toEqual([{ name: "dense", baseline: 10, best: 8.49 }]);
    expect(measure.mock.calls.map(([name]) => name)).toEqual(["dense", "relu", "dense", "dense", "dense"]);
  });

  it("are not what a busy neighbour slowed once", async () => {
    const { losses, measure, pause } = search({ dense: [5, 6, 9.9], relu: [2, 11] }, { dense: 10, relu: 10 });
    expect(await losses).toEqual([]);
    expect(measure).toHaveBeenCalledTimes(5);
    expect(pause).toHaveBeenCalledTimes(2);
  });

  it("are found when a measurement fails to give a number", async () => {
    const { losses } = search({ dense: [Number.NaN] }, { dense: 10 });
    expect(await losses).toMatchObject([{ name: "dense" }]);
  });

  it("are not asked of what the baseline does not know, which is named instead", async () => {
    const { losses, measure } = search({ fresh: [1] }, { old: 10 });
    expect(await losses).toEqual([]);
    expect(measure).toHaveBeenCalledTimes(1);
    expect(unmatched({ old: 10, both: 1 }, { fresh: 1, both: 1 })).toEqual({ unknown: ["fresh"], gone: ["old"] });
  });
});
