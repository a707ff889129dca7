import {
  type Callback,
  callbacks,
  data,
  type Model,
  type Pipeline,
  type PipelineOptions,
  pipeline,
  type Table,
  type Tensor,
  tableModel,
} from "wasmgrad";
import type { Plan, Recipe } from "./plan";
import { canPutAside, knownRows, mostFolds, type SplitColumns, splitRules } from "./putAside";

type TableModel = Model<Tensor | Tensor[]>;

/** A model, and how it came to be. */
export interface Learnt {
  readonly model: TableModel;
  readonly steps: Pipeline;
  /** Passes after which it was best. */
  readonly epochs: number;
  /** The loss of the rows put aside, after each pass. */
  readonly losses: readonly number[];
  /** The share of right classes of the rows put aside, after each pass; undefined where there are no classes, or several targets. */
  readonly accuracies: readonly number[] | undefined;
}

/** What all trainings of a command have in common. */
export interface Circumstances {
  readonly plan: Plan;
  readonly seed: number;
  readonly options: PipelineOptions;
  /** What says which rows are put aside together. */
  readonly columns?: SplitColumns | undefined;
  /** Of the model. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Shows a training; `stage` says which. */
  readonly progress: (stage: string) => readonly Callback[];
}

/** A loss of scaled quantities, or of classes, that falls by less has come to its end. */
export const MIN_DELTA = 5e-5;

/** Rows that are put aside, or how long it is to learn where nothing is. */
type Until = { readonly validation: Table } | { readonly epochs: number };

/** A network with the pipeline that rows give, which has learnt nothing yet. */
export async function untrained(
  rows: Table,
  { hidden, dropout, learningRate, weightDecay }: Recipe,
  { options, seed, name }: Pick<Circumstances, "options" | "seed" | "name">,
): Promise<{ readonly model: TableModel; readonly steps: Pipeline }> {
  const steps = await pipeline(rows, options);
  return { model: tableModel(steps, { hidden, dropout, learningRate, seed, weightDecay, name }), steps };
}

/** Trains a network on rows: until those put aside get no better, with the weights of the best pass; or for some passes. */
export async function learn(
  rows: Table,
  until: Until,
  recipe: Recipe,
  { plan, seed, options, name, signal, progress }: Circumstances,
  stage: string,
): Promise<Learnt> {
  const { model, steps } = await untrained(rows, recipe, { seed, options, name });
  const { x, y } = await steps.apply(rows);
  const seen = "validation" in until ? await steps.apply(knownRows(until.validation, steps)) : undefined;
  const { patience, batchSize } = plan;
  const stop = callbacks.earlyStopping({ monitor: "valLoss", minDelta: MIN_DELTA, patience, restoreBestWeights: true });
  const { history } = await model.fit(x, y, {
    epochs: "epochs" in until ? until.epochs : plan.epochs,
    batchSize: Math.min(batchSize, rows.rowCount),
    ...(seen ? { validationData: [seen.x, seen.y] } : {}),
    callbacks: [...(seen ? [stop] : []), ...progress(stage)],
    signal,
  });
  const losses = (history.valLoss ?? history.loss) as readonly number[];
  const accuracies = history.valAccuracy as readonly number[] | undefined;
  return { model, steps, epochs: seen ? lowest(losses) + 1 : losses.length, losses, accuracies };
}

/** What was chosen by rows that were put aside. */
export interface Choice {
  readonly recipe: Recipe;
  readonly epochs: number;
  /** The mean loss of each recipe. */
  readonly losses: readonly number[];
  /** The model that has learnt, where there are no folds. */
  readonly learnt: Learnt | undefined;
}

/** Passes over rows that are too few to put some aside. */
const UNSEEN_EPOCHS = 60;

/** Finds out by rows that are put aside which recipe does best, and for how long it is to learn. */
export async function choose(rows: Table, circumstances: Circumstances): Promise<Choice> {
  const { plan, seed, options, columns } = circumstances;
  const { recipes } = plan;
  const folds = foldsOf(plan, rows, columns);
  const share = folds === 1 ? plan.validation : 1 / folds;
  if (!canPutAside(rows, options, share, columns)) {
    return { recipe: recipes[0], epochs: Math.min(UNSEEN_EPOCHS, plan.epochs), losses: [], learnt: undefined };
  }
  const rules = { seed, ...splitRules(rows, options, columns) };
  const parts =
    folds === 1 ? [data.trainTest(rows, { test: plan.validation, ...rules })] : data.kFold(rows, { folds, ...rules });
  const found: (Choice & Standing)[] = [];
  for (const [i, recipe] of recipes.entries()) {
    const all: Learnt[] = [];
    for (const { train, test: validation } of parts) {
      const number = i * parts.length + all.length + 1;
      const stage =
        recipes.length * parts.length === 1 ? "learning" : `trying ${number} of ${recipes.length * parts.length}`;
      all.push(await learn(train, { validation }, recipe, circumstances, stage));
      // One of many has done its duty.
      if (parts.length > 1) all.at(-1)!.model.dispose();
    }
    const losses = meanOf(all.map((one) => one.losses));
    const best = lowest(losses);
    const learnt = parts.length > 1 ? undefined : all[0];
    const courses = all.map(({ accuracies }) => accuracies).filter((course) => course !== undefined);
    const accuracy = courses.length > 0 ? meanOf(courses)[best] : 0;
    found.push({ recipe, loss: losses[best], accuracy, epochs: best + 1, losses: [], learnt });
  }
  const best = found.reduce((a, b) => (isBetter(b, a) ? b : a));
  for (const one of found) if (one !== best) one.learnt?.model.dispose();
  return { ...best, losses: found.map(({ loss }) => loss) };
}

/** How good a recipe is. */
export interface Standing {
  readonly loss: number;
  /** Of classes; 0 for quantities. */
  readonly accuracy: number;
}

/** More classes are right, or as many with a smaller loss: how probable a class is said to be comes second. */
export const isBetter = (a: Standing, b: Standing): boolean =>
  a.accuracy === b.accuracy ? a.loss < b.loss : a.accuracy > b.accuracy;

/** How many folds there are to choose by: no more than there are groups or times; 1 for one part that is put aside. */
export const foldsOf = (plan: Plan, rows: Table, columns: SplitColumns | undefined): number =>
  Math.max(1, Math.min(plan.folds, mostFolds(rows, columns)));

/** The place of the smallest. */
const lowest = (values: readonly number[]): number =>
  values.reduce((best, value, place) => (value < values[best] ? place : best), 0);

/** The mean after each pass; one that has ended counts with what it ended with, which was no longer its best. */
function meanOf(courses: readonly (readonly number[])[]): number[] {
  const length = Math.max(...courses.map((course) => course.length));
  const at = (pass: number) => courses.reduce((sum, course) => sum + course[Math.min(pass, course.length - 1)], 0);
  return Array.from({ length }, (_, pass) => at(pass) / courses.length);
}
