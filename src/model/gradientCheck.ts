import type { TensorsLike } from "../data/item";
import { ArgumentError, StateError } from "../errors";
import { checkOptions, finiteNumber, integer, show } from "../options";
import { deriveKey, RandomStream } from "../numeric/random";
import { loadAlone, ResidentFeed } from "../training/feed";
import { runSteps } from "../training/pass";
import { readSamples, type Samples } from "../training/samples";
import type { Compiled, Model } from "./model";
import { Lowerings } from "../compiler/lowerings";
import { Runtime } from "../runtime/runtime";

/** Options of `gradientCheck`. */
export interface GradientCheckOptions {
  /** How far a weight is moved in both directions. Default 1e-5. */
  epsilon?: number | undefined;
  /** Elements checked of every weight, all of them when it has no more. Default 20. */
  samples?: number | undefined;
  /** Determines which elements are checked. Default 0. */
  seed?: number | undefined;
  /** Largest relative error that passes. Default 1e-3: through ten layers float32 gradients stay within 4e-4. */
  tolerance?: number | undefined;
}

/** One element of one weight, and the derivative of the loss with respect to it, found in two ways. */
export interface CheckedElement {
  /** "dense_1/kernel" */
  readonly weight: string;
  /** Of the element in the flat weight. */
  readonly index: number;
  /** What `gradients` says: back propagation in the model's engine. */
  readonly analytic: number;
  /** What moving the weight does to the loss, in float64. */
  readonly numeric: number;
  /** Their distance, relative to the larger of them; to a share of the largest gradients when both are tiny. */
  readonly relativeError: number;
}

/** What `gradientCheck` found. */
export interface GradientCheck {
  /** Whether no element is off by more than the tolerance. */
  readonly ok: boolean;
  /** The element with the largest relative error. */
  readonly worst: CheckedElement;
  /** Elements checked. */
  readonly checked: number;
  /** How far each weight was moved. */
  readonly epsilon: number;
  /** Largest relative error that passes. */
  readonly tolerance: number;
}

/**
 * Compares the gradients of a model with numerical derivatives of its loss, (L(w + ε) − L(w − ε)) / 2ε. Those come from
 * the readable kernels in float64, so that ε can be small, in training mode with the dropout masks of the next step, and
 * include regularizers. Takes two forward passes in JavaScript for every element: give it a small batch.
 *
 * Where the loss has a kink within ε, as relu has, the derivatives to the left and to the right differ, and anything
 * between them passes.
 *
 * @param x inputs `[samples, …]`
 * @param y targets `[samples, …]`
 * @throws StateError before `compile` or when no weight is trained; ArgumentError, ShapeError, DataError
 */
export async function gradientCheck(
  model: Model,
  x: TensorsLike,
  y: TensorsLike,
  options: GradientCheckOptions = {},
): Promise<GradientCheck> {
  const who = "gradientCheck";
  checkOptions(who, options, ["epsilon", "samples", "seed", "tolerance"]);
  const epsilon = finiteNumber(who, "epsilon", options.epsilon ?? 1e-5, { above: 0 });
  const tolerance = finiteNumber(who, "tolerance", options.tolerance ?? 1e-3, { above: 0 });
  const count = integer(who, "samples", options.samples ?? 20);
  const seed = integer(who, "seed", options.seed ?? 0, { min: 0 });
  if (typeof (model as Model | undefined | null)?.internals !== "function") {
    throw new ArgumentError(`${who}: expects a model, got ${show(model)}.`);
  }
  const compiled = model.internals(who);
  const { recipe } = compiled;
  if (!recipe.optimizer) throw new StateError(`${who}: call compile({ optimizer, loss }) first.`);
  const samples = readSamples(recipe.model, recipe.objectives, x, y, who);
  const [loss, { weights: gradients }] = await Promise.all([lossIn64(compiled, samples), model.gradients(x, y)]);

  const largestOfAll = Object.values(gradients).reduce((most, { data }) => Math.max(most, largestOf(data)), 0);
  const elements: CheckedElement[] = [];
  for (const [position, weight] of recipe.model.weights.entries.entries()) {
    const gradient = gradients[weight.name]?.data;
    if (!gradient) continue;
    // float32 rounds every sum relative to its largest terms: what is tiny beside those has no digits of its own.
    const least = Math.max(1e-2 * largestOf(gradient), 1e-3 * largestOfAll);
    const start = recipe.model.weights.indexOf(weight);
    for (const index of chooseElements(weight.size, count, deriveKey(seed, position))) {
      const analytic = gradient[index];
      const numeric = derivative(loss, start + index, analytic, { epsilon, tolerance, least });
      const relativeError = relativeDistance(analytic, numeric, least);
      elements.push({ weight: weight.name, index, analytic, numeric, relativeError });
    }
  }
  if (elements.length === 0) throw new StateError(`${who}: the model has no weights that are trained.`);
  const worst = elements.reduce((a, b) => (b.relativeError > a.relativeError ? b : a));
  return { ok: worst.relativeError <= tolerance, worst, checked: elements.length, epsilon, tolerance };
}

/** The largest size; NaN has none. */
function largestOf(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > most) most = Math.abs(values[i]);
  return most;
}

/** Infinite where one of the two is no number. */
function relativeDistance(a: number, b: number, least: number): number {
  if (a === b) return 0;
  const distance = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), least);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

/** Different indices below `size`, in order. */
function chooseElements(size: number, count: number, key: number): number[] {
  if (size <= count) return Array.from({ length: size }, (_, i) => i);
  const stream = new RandomStream(key);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(stream.integer(size));
  return [...chosen].sort((a, b) => a - b);
}

/** The loss of one training step with a weight moved by some distance from where it is. */
type MovedLoss = (index: number, distance: number) => number;

/** The same program as the engine's, over float64 memory of its own. */
async function lossIn64({ recipe, runtime, state }: Compiled, samples: Samples): Promise<MovedLoss> {
  const { stepIndex } = state;
  const wide = new Runtime(new Lowerings(recipe), "float64", true);
  await runtime.copies.update();
  await runtime.betweenRuns(() => wide.persistent.set(runtime.persistent));
  wide.writesSlots();
  const feed = new ResidentFeed(samples, samples.count);
  await loadAlone(wide, "gradients", feed);
  const portion = feed.next(0, 0)!;
  const both = wide.program("gradients", samples.count, portion.feeds);
  const loaded = wide.engine.load({ ...both.loaded.program, backwardCount: 0 }, both.address);
  const run = { program: { ...both, loaded }, first: 0, steps: 1 };
  const { persistent } = wide;
  return (index, distance) => {
    const here = persistent[index];
    persistent[index] = here + distance;
    runSteps(wide, portion, run, stepIndex);
    persistent[index] = here;
    return wide.losses[0];
  };
}

interface Precision {
  readonly epsilon: number;
  readonly tolerance: number;
  /** Smallest size that a gradient is measured by. */
  readonly least: number;
}

/** The central difference; at a kink, of the derivatives from either side and those between the one nearest to `analytic`. */
function derivative(
  loss: MovedLoss,
  index: number,
  analytic: number,
  { epsilon, tolerance, least }: Precision,
): number {
  const [before, here, after] = [loss(index, -epsilon), loss(index, 0), loss(index, epsilon)];
  const [left, right] = [(here - before) / epsilon, (after - here) / epsilon];
  const isKink = Math.abs(right - left) > tolerance * Math.max(Math.abs(left), Math.abs(right), least);
  if (!isKink) return (after - before) / (2 * epsilon);
  return Math.min(Math.max(analytic, Math.min(left, right)), Math.max(left, right));
}
