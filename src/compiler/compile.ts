import type { Arithmetic, Program } from "../program/program";
import type { Optimizer } from "../optimizers/optimizers";
import { assembleRows, assembleUpdates, type Bases } from "./assemble";
import { type Differentiation, differentiate, NO_DIFFERENTIATION } from "./differentiate";
import { isSmall } from "./flops";
import { fuse } from "./fuse";
import { writeFormulas } from "./formulaCode";
import type { Operation } from "../graph/graph";
import { type Feeds, type Lowered, lower, type ModelGraph } from "./lower";
import { emitObjectives, emitPenalties, LOSS_TOTAL, type Objective, ownLossBytes } from "./objectives";
import { type Plan, planMemory } from "./plan";
import { tablesOf, updateTakenRows } from "./takenRows";
import { updateRows } from "./updates";
import type { Weight } from "./weightTable";

/** A model with everything that training it takes. */
export interface Recipe {
  readonly model: ModelGraph;
  /** One for each output; empty before `compile`. */
  readonly objectives: readonly Objective[];
  readonly optimizer?: Optimizer;
  /** Threads for the steps that are large enough. Default 1. */
  readonly threads?: number;
  /** Whether steps run in a worker. Default false. Counts when the engine is made, by the first thing that is computed. */
  worker?: boolean;
  /** Whether WebAssembly was asked for by name, so that nothing may stand in for it. Default false. */
  readonly requiresWasm?: boolean;
  /** Default "strict". */
  readonly math?: Arithmetic;
  /** For models of an open length: memory is planned for sequences as long as this from the beginning. */
  readonly maxLength?: number | undefined;
}

/**
 * What a program is for. `gradients` is a training step without the update that keeps what it computed, `predictTraining` a
 * prediction with layers as they are in training.
 */
export type Kind = "train" | "gradients" | "evaluate" | "predict" | "predictTraining";

/** Kinds that put something out and measure nothing. */
export function isPrediction(kind: Kind): boolean {
  return kind === "predict" || kind === "predictTraining";
}

/** A graph ready to be placed. */
export interface Lowering extends Lowered {
  readonly kind: Kind;
  readonly differentiation: Differentiation;
  readonly plan: Plan;
  /** Where in the constants of the graph the code of its formulas begins. */
  readonly codes: ReadonlyMap<Operation, number>;
}

/** Bytes of the float64 sums of losses and metrics of one pass over data, in outputs' order. */
export function metricSumsBytes({ objectives, model }: Recipe): number {
  const columns = model.outputs.map(({ shape }) => shape.at(-1) as number);
  return objectives.reduce(
    (bytes, { metrics }, i) =>
      metrics.reduce((sum, metric) => sum + metric.sumsCount(columns[i]) * 8, bytes + ownLossBytes(objectives)),
    0,
  );
}

/** Byte offset of the metric sums in the totals region: training and evaluation have their own. */
export function metricSumsOffset(recipe: Recipe, kind: Kind): number {
  return LOSS_TOTAL + 8 + (kind === "evaluate" ? metricSumsBytes(recipe) : 0);
}

/** Layers to a planned graph. Pure: needs no engine and no memory. */
export function lowerFor(recipe: Recipe, kind: Kind, batchSize: number, feeds: Feeds): Lowering {
  const learns = kind === "train" || kind === "gradients";
  const training = learns || kind === "predictTraining";
  const objectives = isPrediction(kind) ? [] : recipe.objectives;
  const beforehand = objectives.length ? emitPenalties : undefined;
  const lowered = lower(recipe.model, { batchSize, training, columns: feeds.x }, beforehand);
  if (objectives.length) {
    emitObjectives(lowered, {
      feeds,
      objectives,
      nodes: recipe.model.outputs,
      metricSums: metricSumsOffset(recipe, kind),
    });
  }
  const isKept = kind === "gradients" || isPrediction(kind);
  const { graph } = lowered;
  const readByUpdates = () => (kind === "train" ? graph.updates.flatMap(({ values }) => Object.values(values)) : []);
  const kept = () => (isKept ? lowered.outputs : readByUpdates());
  const ofInputs = kind === "gradients" ? lowered.inputs : [];
  fuse(graph, [...kept(), ...ofInputs]);
  const ofAll = learns ? differentiate(graph, ofInputs) : NO_DIFFERENTIATION;
  const differentiation = kind === "train" ? updateTakenRows(graph, ofAll, recipe.optimizer) : ofAll;
  const keptGradients = [...ofInputs, ...graph.updates.flatMap(({ gradients = {} }) => Object.values(gradients))];
  const plan = planMemory(graph, differentiation, { kept: kept(), keptGradients });
  const codes = writeFormulas(graph, differentiation);
  return { ...lowered, kind, differentiation, plan, codes };
}

/** The weights that a training step of this graph changes. */
export function trainedWeights({ model }: Recipe, { differentiation }: Lowering): Weight[] {
  const trained = new Set([...differentiation.gradients].map(({ owner }) => owner));
  return model.weights.entries.filter(({ name }) => trained.has(name));
}

/** The end of a training step on its own: gradients that stand in memory become new weights. */
export function compileUpdate(recipe: Recipe, lowering: Lowering, bases: Bases): Program {
  return {
    forward: [],
    backwardCount: 0,
    updates: updateRows(recipe.optimizer!, recipe.model.weights, trainedWeights(recipe, lowering), bases),
    constants: [],
    batchSize: 0,
    loss: bases.totals + LOSS_TOTAL,
    isSmall: isSmall(lowering),
  };
}

/**
 * A planned graph to rows. `plan` is that of the same graph at the largest batch size, so that a partial last batch
 * uses the same addresses.
 */
export function compileProgram(recipe: Recipe, lowering: Lowering, plan: Plan, bases: Bases, feeds: Feeds): Program {
  const { graph, differentiation, kind } = lowering;
  const forward = assembleRows(lowering, plan, bases, feeds);
  const tables = new Set([...tablesOf(graph)].map(({ owner }) => owner));
  const weights = trainedWeights(recipe, lowering).filter(({ name }) => !tables.has(name));
  const updates =
    kind === "train" && recipe.optimizer
      ? [...updateRows(recipe.optimizer, recipe.model.weights, weights, bases), ...assembleUpdates(graph, plan, bases)]
      : [];
  return {
    forward,
    backwardCount: differentiation.operations.size ? forward.length : 0,
    updates,
    constants: graph.constants,
    batchSize: graph.batchSize,
    loss: bases.totals + LOSS_TOTAL,
    isSmall: isSmall(lowering),
  };
}
