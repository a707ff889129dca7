import { describe, expect, test } from "vitest";
import { type FoldRun, type LearningRate, layers, optimizers, schedules, search, sequential } from "../../src/index";
import { bits, net, type NetParameters, points } from "./makers";

const data = points(60);
const base = { data, folds: 2, strategy: "successiveHalving", epochs: 9, batchSize: 16, seed: 3 } as const;
const units = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const space = { units, learningRate: [0.02] };

/** The parameter, read from the model. */
const unitsOf = async (model: { getWeights(): Promise<Record<string, { shape: readonly number[] }>> }) =>
  Object.values(await model.getWeights())[0].shape[1];

describe("search by successive halving", () => {
  test("goes on with those that a person would choose; of equal ones with the earlier", async () => {
    const runs: FoldRun[] = [];
    const { rows, best } = await search(net, space, {
      ...base,
      trials: 9,
      // 5 … 9 are alike.
      metric: async (model) => Math.min(5, await unitsOf(model)),
      better: "max",
      done: runs,
    });
    const order = rows.map(({ parameters }) => parameters.units as number);
    expect(order.toSorted()).toEqual(units);
    const chosen = order.filter((one) => one >= 5).slice(0, 3);
    const inRound = (round: number) => [
      ...new Set(runs.filter((run) => run.round === round).map(({ parameters }) => parameters.units)),
    ];
    expect(inRound(0)).toEqual(order);
    expect(inRound(1)).toEqual(chosen);
    expect(inRound(2)).toEqual([chosen[0]]);
    expect(best.parameters.units).toBe(chosen[0]);
    expect(rows.map(({ round }) => round).filter((round) => round === 0)).toHaveLength(6);
    expect(runs.map(({ budget }) => budget)).toEqual([...new Array(18).fill(1), ...new Array(6).fill(3), 9, 9]);
  });

  // scikit-learn 24901 and 24634: the best of the last round was not the first of the table.
  test("ranks by rounds first: the best is the first of the table", async () => {
    let tests = 0;
    // The longer it goes on, the worse it looks.
    const { rows, best } = await search(net, space, { ...base, trials: 9, metric: () => tests++, better: "min" });
    expect(best).toMatchObject({ rank: 1, round: 2 });
    expect(best.score).toBeGreaterThan(Math.max(...rows.filter(({ round }) => round === 0).map(({ score }) => score!)));
    expect(rows.toSorted((a, b) => a.rank! - b.rank!).map(({ round }) => round)).toEqual([2, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  // scikit-learn 27740: another order of the same choices gave another result.
  test("finds the same whatever the order of choices", async () => {
    const of = async (list: number[]) => {
      const metric = async (model: Parameters<typeof unitsOf>[0]) => Math.abs((await unitsOf(model)) - 6.2);
      const { best } = await search(
        net,
        { ...space, units: list },
        { ...base, trials: 9, metric, better: "min", refit: false },
      );
      return best.parameters;
    };
    expect(await of(units.toReversed())).toEqual(await of(units));
    expect((await of(units)).units).toBe(6);
  });

  describe("goes on training where a round has ended:", () => {
    const few = { units: [3, 4, 5, 6], learningRate: [0.02] };
    const of = async (
      change: (parameters: NetParameters, context: { seed: number }) => ReturnType<typeof net> | object,
    ) => {
      let made = 0;
      const result = await search(
        (_: unknown, parameters: NetParameters, context: { seed: number }) => {
          made++;
          return change(parameters, context) as ReturnType<typeof net>;
        },
        few,
        { ...base, trials: 4, epochs: 6, metric: "loss" },
      );
      return { result: bits(result), weights: await result.model!.getWeights(), made };
    };

    test("the same bits as from the beginning", async () => {
      const continued = await of((parameters, context) => net({} as never, parameters, context));
      // Callbacks of one's own have seen other epochs: with them it begins anew.
      const restarted = await of((parameters, context) => ({
        model: net({} as never, parameters, context),
        fit: { callbacks: [{ onEpochEnd() {} }] },
      }));
      expect(continued.result).toEqual(restarted.result);
      expect(continued.weights).toEqual(restarted.weights);
      // Four trials of two folds, and the best on all rows; from the beginning two more.
      expect([continued.made, restarted.made]).toEqual([9, 11]);
    });

    test("the same bits with dropout and another order in each epoch, as the trial alone", async () => {
      const withDropout = ({ units, learningRate }: NetParameters, { seed }: { seed: number }) => {
        const model = sequential({
          layers: [
            layers.dense({ units, activation: "tanh", inputShape: [2] }),
            layers.dropout({ rate: 0.3 }),
            layers.dense({ units: 2, activation: "softmax" }),
          ],
          seed,
        });
        model.compile({ optimizer: optimizers.adam({ learningRate }), loss: "sparseCategoricalCrossentropy" });
        return model;
      };
      const all = await of(withDropout);
      expect(all.made).toBe(9);
      const { rows } = all.result as { rows: { parameters: NetParameters; round: number; scores: number[] }[] };
      const best = rows.find(({ round }) => round === 1)!;
      const alone = await search(
        (_, parameters, context) => withDropout(parameters, context),
        { units: [best.parameters.units], learningRate: [0.02] },
        { ...base, trials: 1, epochs: 6, metric: "loss", refit: false },
      );
      expect(alone.rows[0].scores).toEqual(best.scores);
    });

    test("a learning rate that is a function or a schedule goes on with its step", async () => {
      const withRate = (learningRate: LearningRate) => (parameters: NetParameters, context: { seed: number }) => {
        const model = net({} as never, parameters, context);
        model.compile({
          optimizer: optimizers.adam({ learningRate }),
          loss: "sparseCategoricalCrossentropy",
          metrics: ["accuracy"],
        });
        return model;
      };
      // 2 epochs of 30 rows in batches of 16 are 4 steps, and the search of two folds goes on to 12.
      const schedule = schedules.piecewiseConstantDecay({ boundaries: [3, 8], values: [0.02, 0.01, 0.005] });
      const byHand = (step: number) => (step <= 3 ? 0.02 : step <= 8 ? 0.01 : 0.005);
      const [scheduled, own] = [await of(withRate(schedule)), await of(withRate(byHand))];
      expect(own.result).toEqual(scheduled.result);
      expect(own.weights).toEqual(scheduled.weights);
      expect([scheduled.made, own.made]).toEqual([9, 9]);
      const restarted = await of((parameters, context) => ({
        model: withRate(byHand)(parameters, context),
        fit: { callbacks: [{ onEpochEnd() {} }] },
      }));
      expect(restarted.result).toEqual(own.result);
    });

    test("what no file can keep begins anew: a tokenizer of one's own", async () => {
      const own = (parameters: NetParameters, context: { seed: number }) => {
        const model = net({} as never, parameters, context);
        model.tokenizer = { encode: () => [], decode: () => "", vocabularySize: 1 };
        return model;
      };
      const continued = await of((parameters, context) => net({} as never, parameters, context));
      const other = await of(own);
      expect(other.result).toEqual(continued.result);
      expect([continued.made, other.made]).toEqual([9, 11]);
    });
  });

  test("refuses epochs of makeModel, which the strategy decides on", async () => {
    const failing = search(
      (train, parameters: NetParameters, context) => ({ model: net(train, parameters, context), fit: { epochs: 3 } }),
      space,
      { ...base, trials: 9 },
    );
    await expect(failing).rejects.toThrow(/successive halving decides on epochs/);
  });
});
