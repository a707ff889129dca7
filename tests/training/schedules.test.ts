import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors";
import { readSchedule, type Schedule } from "../../src/optimizers/schedule";
import { reviveSchedule, schedules } from "../../src/optimizers/schedules";

const steps = [0, 1, 2, 3, 7, 9, 10, 11, 19, 20, 21, 29, 30, 31, 69, 70, 71, 100, 149, 150, 12345];

/** Compares a schedule with a formula of the step written with plain `Math`. */
function expectFormula(schedule: Schedule, formula: (step: number) => number): void {
  for (const step of steps) {
    const expected = formula(step);
    expect(Math.abs(schedule.at(step) - expected), `step ${step}`).toBeLessThanOrEqual(
      1e-14 * Math.abs(expected) + 1e-17,
    );
  }
}

describe("schedules", () => {
  it("exponentialDecay", () => {
    const options = { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.96 };
    expectFormula(schedules.exponentialDecay(options), (t) => 0.1 * 0.96 ** (t / 10));
    const staircase = schedules.exponentialDecay({ ...options, staircase: true });
    expectFormula(staircase, (t) => 0.1 * 0.96 ** Math.floor(t / 10));
    expect(staircase.at(9)).toBe(0.1);
    expect(staircase.at(10)).toBe(0.1 * 0.96);
  });

  it("inverseTimeDecay", () => {
    const options = { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 };
    expectFormula(schedules.inverseTimeDecay(options), (t) => 0.1 / (1 + (0.5 * t) / 10));
    const staircase = schedules.inverseTimeDecay({ ...options, staircase: true });
    expectFormula(staircase, (t) => 0.1 / (1 + 0.5 * Math.floor(t / 10)));
  });

  it("polynomialDecay", () => {
    const line = schedules.polynomialDecay({ initialLearningRate: 0.1, decaySteps: 10 });
    expectFormula(line, (t) => (0.1 - 1e-4) * (1 - Math.min(t, 10) / 10) + 1e-4);
    const options = { initialLearningRate: 0.1, decaySteps: 10, endLearningRate: 0.01, power: 0.5 };
    const root = schedules.polynomialDecay(options);
    expectFormula(root, (t) => 0.09 * Math.sqrt(1 - Math.min(t, 10) / 10) + 0.01);
    const cycle = schedules.polynomialDecay({ ...options, cycle: true });
    expectFormula(cycle, (t) => {
      const period = 10 * Math.max(1, Math.ceil(t / 10));
      return 0.09 * Math.sqrt(1 - t / period) + 0.01;
    });
    expect(cycle.at(0)).toBe(0.1);
    expect(cycle.at(20)).toBe(0.01);
    expect(cycle.at(21)).toBeGreaterThan(0.05);
  });

  it("piecewiseConstantDecay holds a value up to and including its boundary", () => {
    const schedule = schedules.piecewiseConstantDecay({ boundaries: [10, 20], values: [1, 0.5, 0.1] });
    expect([0, 10, 11, 20, 21, 1000].map((step) => schedule.at(step))).toEqual([1, 1, 0.5, 0.5, 0.1, 0.1]);
  });

  it("cosineDecay", () => {
    const plain = schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 20, alpha: 0.1, warmupSteps: 5 });
    const fall = (t: number) => 0.5 * (1 + Math.cos((Math.PI * Math.min(t, 20)) / 20));
    expectFormula(plain, (t) => 0.1 * (0.9 * fall(t) + 0.1));
    const warm = schedules.cosineDecay({
      initialLearningRate: 0.01,
      decaySteps: 20,
      alpha: 0.1,
      warmupTarget: 0.2,
      warmupSteps: 10,
    });
    expectFormula(warm, (t) => (t < 10 ? 0.01 + (0.19 * t) / 10 : 0.2 * (0.9 * fall(t - 10) + 0.1)));
    expect(warm.at(10)).toBe(0.2);
    expect(warm.at(31)).toBeCloseTo(0.02, 15);
  });

  it.each([
    [1, 1, 0],
    [2, 1, 0],
    [2, 0.5, 0.1],
    [3, 0.9, 0],
    [1.5, 0.9, 0.25],
    [1.1, 1, 0],
  ])("cosineDecayRestarts with tMul %d, mMul %d, alpha %d", (tMul, mMul, alpha) => {
    const options = { initialLearningRate: 0.1, firstDecaySteps: 10, tMul, mMul, alpha };
    const schedule = schedules.cosineDecayRestarts(options);
    for (let step = 0; step < 500; step++) {
      let [period, begin, length] = [0, 0, 10];
      while (step - begin - length >= -1e-9) [period, begin, length] = [period + 1, begin + length, length * tMul];
      const fall = 0.5 * mMul ** period * (1 + Math.cos((Math.PI * (step - begin)) / length));
      expect(Math.abs(schedule.at(step) - 0.1 * ((1 - alpha) * fall + alpha)), `step ${step}`).toBeLessThan(1e-14);
    }
  });

  it("restarts exactly where a period ends", () => {
    const schedule = schedules.cosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10 });
    for (const begin of [0, 10, 30, 70, 150, 310, 10 * (2 ** 20 - 1)]) expect(schedule.at(begin), `${begin}`).toBe(0.1);
    for (const end of [9, 29, 69, 149]) expect(schedule.at(end)).toBeLessThan(0.003);
    // log 1000 / log 10 is a little less than 3.
    const longer = schedules.cosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10, tMul: 10 });
    expect(longer.at(1110)).toBe(0.1);
  });

  it("gives the same bits on every engine", () => {
    const cosine = schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 1000 });
    const decay = schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 1000, decayRate: 0.9 });
    expect([1, 333, 777].map((step) => cosine.at(step))).toMatchInlineSnapshot(`
      [
        0.09999975326009292,
        0.0750453312680355,
        0.011776423428845424,
      ]
    `);
    expect([1, 333, 777].map((step) => decay.at(step))).toMatchInlineSnapshot(`
      [
        0.09998946450345664,
        0.09655232933542082,
        0.09213962276249166,
      ]
    `);
  });
});

describe("a schedule", () => {
  it("is made again from its JSON", () => {
    const common = { initialLearningRate: 0.1, decaySteps: 10 };
    const all = [
      schedules.exponentialDecay({ ...common, decayRate: 0.5, staircase: true }),
      schedules.inverseTimeDecay({ ...common, decayRate: 0.5 }),
      schedules.polynomialDecay({ ...common, power: 2, cycle: true }),
      schedules.piecewiseConstantDecay({ boundaries: [5], values: [1, 0.5] }),
      schedules.cosineDecay({ ...common, warmupTarget: 0.2, warmupSteps: 3 }),
      schedules.cosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10, mMul: 0.5 }),
    ];
    expect(all.map(({ name }) => name).sort()).toEqual(Object.keys(schedules).sort());
    for (const schedule of all) {
      const again = reviveSchedule(JSON.parse(JSON.stringify(schedule)), "test");
      expect(again.name).toBe(schedule.name);
      for (const step of steps) expect(again.at(step), `${schedule.name} at ${step}`).toBe(schedule.at(step));
    }
  });

  it("may be of the user's own", () => {
    const own = { name: "mine", options: {}, at: (step: number) => 1 / (1 + step) };
    expect(readSchedule(own, "test")).toBe(own);
  });

  it("refuses what is no schedule, and bad options", () => {
    expect(() => reviveSchedule({ name: "cosineDeca", options: {} }, "adam")).toThrow('Did you mean "cosineDecay"?');
    expect(() => readSchedule("cosineDecay", "adam: learningRate")).toThrow("adam: learningRate must be a schedule");
    expect(() => reviveSchedule({ name: "cosineDecay" }, "adam")).toThrow(ArgumentError);
    const decay = { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 };
    expect(() => schedules.exponentialDecay({ ...decay, decaySteps: 0 })).toThrow(
      "decaySteps must be a finite number > 0",
    );
    expect(() => schedules.exponentialDecay({ ...decay, decayrate: 1 } as never)).toThrow('Did you mean "decayRate"?');
    expect(() => schedules.piecewiseConstantDecay({ boundaries: [1, 2], values: [1, 2] })).toThrow(
      "need 3 values, got 2",
    );
    expect(() => schedules.piecewiseConstantDecay({ boundaries: [2, 2], values: [1, 2, 3] })).toThrow("must increase");
    expect(() => schedules.cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 1, tMul: 0.5 })).toThrow(
      "tMul",
    );
  });
});
