// Masks against numbers that numpy made from the rules of Keras 3 (tests/references/masks.py), through the public API, on every
// engine and number of threads.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { input, losses, metrics, model, ops, type Tensor, tensor } from "../../src/index";
import type { Node } from "../../src/graph/node";

interface Numbers {
  readonly shape: number[];
  readonly values: number[];
}

interface Batch {
  readonly yTrue: Numbers;
  readonly yPred: Numbers;
  readonly mask: Numbers;
  readonly sampleWeight?: Numbers;
}

interface Case {
  readonly name: string;
  readonly kind: "loss" | "metric";
  readonly reduction?: "sumOverBatchSize" | "sum";
  readonly fromLogits?: boolean;
  readonly batches: readonly Batch[];
  readonly value: number;
  readonly gradient?: Numbers;
}

const cases: readonly Case[] = JSON.parse(readFileSync("tests/references/masks.json", "utf8"));

/** The samples of all batches in a row. */
function join(parts: readonly (Numbers | undefined)[]): Tensor<"float32"> | undefined {
  const given = parts.flatMap((part) => part ?? []);
  if (given.length === 0) return undefined;
  const samples = given.reduce((sum, { shape }) => sum + shape[0], 0);
  return tensor(Float32Array.from(given.flatMap(({ values }) => values)), [
    samples,
    ...given[0].shape.slice(1),
  ]) as Tensor<"float32">;
}

function dataOf({ batches }: Case) {
  const [yTrue, yPred, mask, sampleWeight] = (["yTrue", "yPred", "mask", "sampleWeight"] as const).map((part) =>
    join(batches.map((batch) => batch[part])),
  );
  return { x: [yPred!, mask!], y: yTrue!, ...(sampleWeight && { sampleWeight }) };
}

/** A model that predicts what comes in, with a mask that comes in beside it. */
function passing({ batches: [{ yPred }] }: Case) {
  const [time, features] = yPred.shape.slice(1);
  const [x, mask] = [input({ shape: [time, features] }), input({ shape: [time] })];
  return model({ inputs: [x, mask], outputs: ops.withMask(x, mask) });
}

const oneHot = (labels: Node, classes: number) => ops.oneHot(ops.cast(labels, "int32"), classes);

function crossentropy(yTrue: Node, yPred: Node): Node {
  const p = ops.clip(ops.divide(yPred, ops.sum(yPred, { axis: -1, keepDims: true })), 1e-7, 1 - 1e-7);
  return ops.negative(ops.sum(ops.multiply(yTrue, ops.log(p)), { axis: -1 }));
}

/** Metrics that are none of the library's are written with ops. */
const ownMetrics: Record<string, (yTrue: Node, yPred: Node) => Node> = {
  categoricalCrossentropy: crossentropy,
  sparseCategoricalCrossentropy: (yTrue, yPred) => crossentropy(oneHot(yTrue, yPred.shape.at(-1)!), yPred),
  binaryCrossentropy: (yTrue, yPred) =>
    ops.mean(
      ops.subtract(
        ops.log1p(ops.exp(ops.negative(ops.abs(yPred)))),
        ops.subtract(ops.multiply(yTrue, yPred), ops.relu(yPred)),
      ),
      { axis: -1 },
    ),
};

const names: Record<string, "mse" | "mae"> = { meanSquaredError: "mse", meanAbsoluteError: "mae" };
const engines = [
  { engine: "js" },
  { engine: "wasm", threads: 1 },
  { engine: "wasm", threads: 2 },
  { engine: "wasm", threads: 3 },
] as const;

function expectNear(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - value), `${actual[i]} instead of ${value} at ${i}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(value)),
    );
  });
}

describe("masks as Keras 3 takes them", () => {
  it("there are 44 cases", () => {
    expect(cases.length).toBe(44);
  });

  it.each(cases.map((one, i) => [i, one.kind, one.name, one] as const))("%i: %s %s", async (_, kind, name, one) => {
    const { x, y, sampleWeight } = dataOf(one);
    const weights = sampleWeight ? { sampleWeight } : {};
    const loss =
      losses[
        (kind === "loss"
          ? name
          : name.startsWith("sparse")
            ? "sparseCategoricalCrossentropy"
            : "meanSquaredError") as "huber"
      ];
    const options = kind === "loss" ? { reduction: one.reduction, ...(one.fromLogits && { fromLogits: true }) } : {};
    const metric =
      kind === "loss"
        ? []
        : [name in ownMetrics ? metrics.custom(ownMetrics[name], { name: "own" }) : (names[name] ?? name)];
    const seen: unknown[] = [];
    for (const engine of engines) {
      const network = passing(one);
      network.compile({
        optimizer: "sgd",
        loss: loss(options as object),
        weightedMetrics: metric as ["mse"],
        ...engine,
      });
      const results = await network.evaluate(x, y, { batchSize: one.batches[0].mask.shape[0], ...weights });
      if (kind === "metric") {
        expectNear([Object.values(results)[1] as number], [one.value], 2e-6);
        seen.push(results);
        continue;
      }
      const gradients = await network.gradients(x, y, weights);
      expectNear([results.loss, gradients.loss], [one.value, one.value], 2e-6);
      expectNear(gradients.inputs[0].data, one.gradient!.values, 2e-6);
      seen.push([results, gradients.inputs[0].data]);
      if (one.batches.length > 1) throw new Error("a loss has one batch");
    }
    expect(seen[2]).toEqual(seen[1]);
    expect(seen[3]).toEqual(seen[1]);
  });
});
