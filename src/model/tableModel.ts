import { ArgumentError } from "../errors";
import { input, type Node } from "../graph/node";
import { dense } from "../layers/core/dense";
import { dropout as dropoutLayer } from "../layers/core/dropout";
import { embedding } from "../layers/embedding/embedding";
import { concatenate } from "../layers/merging/concatenate";
import { flatten } from "../layers/shaping/reshape";
import { checkOptions, finiteNumber, integer, show } from "../options";
import { optimizers } from "../optimizers/optimizers";
import type { Pipeline } from "../pipeline/pipeline";
import type { Tensor } from "../tensor/tensor";
import type { Model } from "./model";
import { model } from "./sequential";

/** Options of `tableModel`. */
export interface TableModelOptions {
  /** The units of each hidden layer. Default [64, 64]. */
  hidden?: readonly number[] | undefined;
  /** The share of units that a step leaves out behind each hidden layer. Default 0. */
  dropout?: number | undefined;
  /** Of adam. Default 0.001. */
  learningRate?: number | undefined;
  /** What each step takes of every weight, as in adamW: learningRate · weightDecay. Default 0. */
  weightDecay?: number | undefined;
  /** Determines initial weights, order of samples and dropout. Default 0. */
  seed?: number | undefined;
  /** Default "table". */
  name?: string | undefined;
}

/** Numbers that are learnt for each of so many words: 1.6·n^0.56, at most 50, as a rule of thumb has it. */
const WIDTHS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 50];
const widthOf = (words: number): number =>
  WIDTHS[Math.min(WIDTHS.length - 1, Math.floor(Math.log2(Math.max(2, words))) - 1)];

/**
 * A dense network for the rows of a table, compiled and with the pipeline in it: relu layers over the numbers and over what is
 * learnt for the words of embedded columns; a softmax with its cross-entropy for each target of classes, the squared error of the
 * scaled quantity for others.
 *
 *     const steps = await pipeline(train);
 *     const model = tableModel(steps, { hidden: [64, 64], seed: 1 });
 *     const { x, y } = await steps.apply(train);
 *     await model.fit(x, y, { epochs: 50 });
 *     await model.predict({ island: "Dream", mass: 3800 });
 *
 * @throws ArgumentError
 */
export function tableModel(pipeline: Pipeline, options: TableModelOptions = {}): Model<Tensor | Tensor[]> {
  const who = "tableModel";
  if (typeof (pipeline as Partial<Pipeline> | undefined)?.takes !== "function") {
    throw new ArgumentError(`${who}: expects what pipeline() gives, got ${show(pipeline)}.`);
  }
  checkOptions(who, options, ["hidden", "dropout", "learningRate", "weightDecay", "seed", "name"]);
  const { hidden = [64, 64], dropout = 0, learningRate = 0.001, weightDecay = 0, seed = 0, name = "table" } = options;
  if (!Array.isArray(hidden)) throw new ArgumentError(`${who}: hidden must be numbers of units, got ${show(hidden)}.`);
  finiteNumber(who, "dropout", dropout, { min: 0, below: 1 });
  finiteNumber(who, "weightDecay", weightDecay, { min: 0 });

  const numbers = pipeline.names.length > 0 ? [input({ shape: [pipeline.names.length], name: "numbers" })] : [];
  const ids = pipeline.embeddings.map(({ column }) => input({ shape: [1], dtype: "int32", name: column }));
  const vectors = ids.map((node, i) => {
    const { size } = pipeline.embeddings[i];
    return flatten().apply(embedding({ inputDim: size, outputDim: widthOf(size) }).apply(node));
  });
  const parts: Node[] = [...numbers, ...vectors];
  let x = parts.length === 1 ? parts[0] : concatenate().apply(parts);
  for (const units of hidden as readonly number[]) {
    x = dense({ units: integer(who, "hidden", units), activation: "relu" }).apply(x);
    if (dropout > 0) x = dropoutLayer({ rate: dropout }).apply(x);
  }
  const { targets } = pipeline;
  const outputs = targets.map(({ classes }) =>
    (classes ? dense({ units: classes.length, activation: "softmax" }) : dense({ units: 1 })).apply(x),
  );
  const made = model({ inputs: [...numbers, ...ids], outputs, seed, name }) as Model<Tensor | Tensor[]>;
  const lossOf = (i: number) =>
    targets[i].classes ? ("sparseCategoricalCrossentropy" as const) : ("meanSquaredError" as const);
  const metricOf = (i: number) => (targets[i].classes ? ["accuracy" as const] : ["mae" as const]);
  made.compile({
    optimizer: weightDecay ? optimizers.adamW({ learningRate, weightDecay }) : optimizers.adam({ learningRate }),
    loss: targets.length === 1 ? lossOf(0) : targets.map((_, i) => lossOf(i)),
    metrics: targets.length === 1 ? metricOf(0) : (targets.map((_, i) => metricOf(i)) as never),
  });
  made.pipeline = pipeline;
  return made;
}
