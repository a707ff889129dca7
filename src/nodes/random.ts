import type { Dimension } from "../graph/dimension";
import type { Node } from "../graph/node";
import type { Op } from "../ops/op";
import { randomBernoulli as bernoulliOp } from "../ops/randomBernoulli";
import { randomNormal as normalOp } from "../ops/randomNormal";
import { randomUniform as uniformOp } from "../ops/randomUniform";
import { checkOptions, finiteNumber, integer } from "../options";
import { sizeOf } from "../tensor/shape";
import { type NewSize, readSizes } from "./axes";
import { makeNode } from "./operation";

/** Options of random numbers. */
export interface RandomOptions {
  /** By default the model's seed. */
  seed?: number | undefined;
}

/** Options of `randomNormal`. */
export interface RandomNormalOptions extends RandomOptions {
  /** Default 0. */
  mean?: number | undefined;
  /** Standard deviation, at least 0. Default 1. */
  stddev?: number | undefined;
}

/** Options of `randomUniform`. */
export interface RandomUniformOptions extends RandomOptions {
  /** The least number. Default 0. */
  low?: number | undefined;
  /** The limit above. Default 1. */
  high?: number | undefined;
}

/** Options of `randomBernoulli`. */
export interface RandomBernoulliOptions extends RandomOptions {
  /** The probability of 1. Default 0.5. */
  rate?: number | undefined;
}

/** Random numbers of an operation: new ones in every step, whose numbers are those of src/program/stepNumbers.ts outside training. */
function randomNode(
  name: string,
  op: Op,
  shape: readonly NewSize[],
  numbers: Readonly<Record<string, number>>,
  seed: number | undefined,
): Node {
  const who = `ops.${name}`;
  const dimensions = readSizes(who, shape, false) as Dimension[];
  const own = seed === undefined ? undefined : integer(who, "seed", seed, { min: 0, max: 2 ** 32 - 1 });
  const options = { shape, ...numbers, ...(own === undefined ? {} : { seed: own }) };
  return makeNode(name, options, [], dimensions, (graph, _, sizes, owner) => {
    const counts = { count: sizeOf(sizes), seed: (own ?? graph.seed) | 0, stream: graph.nextStream() };
    return graph.emit(op, owner, {}, sizes, { counts, numbers });
  });
}

/**
 * Normal random numbers: new ones in every step of training, in every batch of every prediction, and in every batch of an
 * evaluation, which has the same ones each time. The same seed, the same calls and the same place in the model give the same bits
 * everywhere.
 *
 * @param shape sizes with the batch, which is `null`: `ops.randomNormal([null, 16])`
 */
export function randomNormal(shape: readonly NewSize[], options: RandomNormalOptions = {}): Node {
  checkOptions("ops.randomNormal", options, ["mean", "stddev", "seed"]);
  const mean = finiteNumber("ops.randomNormal", "mean", options.mean ?? 0);
  const stddev = finiteNumber("ops.randomNormal", "stddev", options.stddev ?? 1, { min: 0 });
  return randomNode("randomNormal", normalOp, shape, { mean, stddev }, options.seed);
}

/** Uniform random numbers from `low` (default 0) up to, not including, `high` (default 1); otherwise as `randomNormal`. */
export function randomUniform(shape: readonly NewSize[], options: RandomUniformOptions = {}): Node {
  checkOptions("ops.randomUniform", options, ["low", "high", "seed"]);
  const low = finiteNumber("ops.randomUniform", "low", options.low ?? 0);
  const high = finiteNumber("ops.randomUniform", "high", options.high ?? 1, { above: low });
  return randomNode("randomUniform", uniformOp, shape, { low, high }, options.seed);
}

/** 1 with a probability of `rate` (default 0.5), else 0; otherwise as `randomNormal`. */
export function randomBernoulli(shape: readonly NewSize[], options: RandomBernoulliOptions = {}): Node {
  checkOptions("ops.randomBernoulli", options, ["rate", "seed"]);
  const rate = finiteNumber("ops.randomBernoulli", "rate", options.rate ?? 0.5, { min: 0, max: 1 });
  return randomNode("randomBernoulli", bernoulliOp, shape, { rate }, options.seed);
}
