import { ArgumentError } from "../errors";
import { binaryCrossentropy } from "../ops/losses/binaryCrossentropy";
import { binaryCrossentropyFromLogits } from "../ops/losses/binaryCrossentropyFromLogits";
import { categoricalCrossentropy } from "../ops/losses/categoricalCrossentropy";
import { categoricalCrossentropyFromLogits } from "../ops/losses/categoricalCrossentropyFromLogits";
import { categoricalHinge } from "../ops/losses/categoricalHinge";
import { cosineSimilarity } from "../ops/losses/cosineSimilarity";
import { hinge } from "../ops/losses/hinge";
import { huber } from "../ops/losses/huber";
import { kullbackLeiblerDivergence } from "../ops/losses/kullbackLeiblerDivergence";
import { logCosh } from "../ops/losses/logCosh";
import { meanAbsoluteError } from "../ops/losses/meanAbsoluteError";
import { meanAbsolutePercentageError } from "../ops/losses/meanAbsolutePercentageError";
import { meanSquaredError } from "../ops/losses/meanSquaredError";
import { meanSquaredLogarithmicError } from "../ops/losses/meanSquaredLogarithmicError";
import { poisson } from "../ops/losses/poisson";
import { sparseCategoricalCrossentropy } from "../ops/losses/sparseCategoricalCrossentropy";
import { sparseCategoricalCrossentropyFromLogits } from "../ops/losses/sparseCategoricalCrossentropyFromLogits";
import { squaredHinge } from "../ops/losses/squaredHinge";
import type { Op } from "../ops/op";
import type { OpenShape } from "../tensor/shape";
import { CustomLoss, custom } from "./custom";
import { boolean, checkOptions, finiteNumber, oneOf, show } from "../options";

export { checkTargets } from "./targets";
export { targetShapeOf } from "./targetShape";

/** How the losses of the rows of a batch become one number: their mean, or their sum. */
export type Reduction = "sumOverBatchSize" | "sum";

/** A loss as the compiler and model files see it. `{ name, options }` is all that is saved. */
export interface Loss {
  /** The factory that made it, as in `losses.huber`. */
  readonly name: string;
  /** Every option, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
  /** @internal Maps predictions [rows, columns] and targets to one loss a row; absent where a function over nodes does. */
  readonly op?: Op;
  /** @internal The number fields of `op`. */
  readonly numbers: Readonly<Record<string, number>>;
  /** @internal Shaped like the output, class numbers, one for each row of the output, or of a shape of their own. */
  readonly targets: "same" | "sparse" | "own";
  /** @internal Shape of the targets of one sample where it is their own. */
  readonly targetShape?: OpenShape | undefined;
  /** @internal What targets may be, where not every finite number makes sense. */
  readonly targetRange?: { readonly min: number; readonly max?: number };
  /**
   * @internal What outputs stand for: numbers as they are, probabilities, logits, or signs, of which a positive one says
   * yes and targets are −1 and 1, or 0 and 1.
   */
  readonly outputs: "numbers" | "probabilities" | "logits" | "signs";
  /** @internal The activation that makes the probabilities, of logits where outputs are those. */
  readonly activation?: "softmax" | "sigmoid";
  /** @internal Whether it divides probabilities by their sum, so that any numbers above 0 will do. */
  readonly normalizes?: boolean;
  /** @internal Stands in the options, too. */
  readonly reduction: Reduction;
  /** @internal The operation to use on what went into the model's last activation, when that is `activation`. */
  readonly fusesWith?: Op;
}

/** Options of every loss. */
export interface LossOptions {
  /**
   * "sumOverBatchSize" (default) divides the sum by the number of rows of the output, "sum" does not. Weights multiply
   * the losses of their samples and do not change what is divided by.
   */
  reduction?: Reduction | undefined;
}

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** Where the loss turns from quadratic to linear, > 0; default 1. */
  delta?: number | undefined;
}

/** Options of the cross-entropies. */
export interface CrossentropyOptions extends LossOptions {
  /** Whether predictions are logits, any real numbers, rather than probabilities; default false. */
  fromLogits?: boolean | undefined;
  /** How much of the target is spread evenly over all classes, 0 (default) to 1 (Szegedy et al. 2016). */
  labelSmoothing?: number | undefined;
}

/** What a loss adds to its name, its operation and its reduction. */
type Details = Partial<Omit<Loss, "name" | "op" | "reduction">>;

const REDUCTIONS: readonly Reduction[] = ["sumOverBatchSize", "sum"];

function readReduction(who: string, { reduction = "sumOverBatchSize" }: LossOptions): Reduction {
  return oneOf(who, "reduction", reduction, REDUCTIONS);
}

/** The factory of a loss whose only option is the reduction. */
function plainLoss(op: Op, details: Details = {}): (options?: LossOptions) => Loss {
  const who = `losses.${op.name}`;
  return (options = {}) => {
    checkOptions(who, options, ["reduction"]);
    const reduction = readReduction(who, options);
    const form = { targets: "same", outputs: "numbers" } as const;
    return { name: op.name, options: { reduction }, op, numbers: {}, ...form, reduction, ...details };
  };
}

/** The factory of a cross-entropy, with its two operations and the activation that turns logits into probabilities. */
function crossentropy(
  op: Op,
  opFromLogits: Op,
  activation: "softmax" | "sigmoid",
  details: Details,
): (options?: CrossentropyOptions) => Loss {
  const who = `losses.${op.name}`;
  return (options = {}) => {
    checkOptions(who, options, ["reduction", "fromLogits", "labelSmoothing"]);
    const reduction = readReduction(who, options);
    const fromLogits = boolean(who, "fromLogits", options.fromLogits ?? false);
    const labelSmoothing = finiteNumber(who, "labelSmoothing", options.labelSmoothing ?? 0, { min: 0, max: 1 });
    return {
      name: op.name,
      options: { reduction, fromLogits, labelSmoothing },
      op: fromLogits ? opFromLogits : op,
      numbers: { labelSmoothing },
      targets: "same",
      outputs: fromLogits ? "logits" : "probabilities",
      activation,
      reduction,
      fusesWith: fromLogits ? undefined : opFromLogits,
      ...details,
    };
  };
}

/**
 * Every loss, by name. All take the last axis of the output as columns and everything before it as rows, and give one
 * number a row; the formulas, those of Keras 3, stand in src/ops/losses.
 */
export const losses = {
  custom,
  /** mean (x − y)² */
  meanSquaredError: plainLoss(meanSquaredError),
  /** mean |x − y| */
  meanAbsoluteError: plainLoss(meanAbsoluteError),
  /** 100 · mean |x − y| / |y|. Targets near 0 outweigh all others. */
  meanAbsolutePercentageError: plainLoss(meanAbsolutePercentageError),
  /** mean (log(1 + x) − log(1 + y))². Predictions and targets below 0 count as 0. */
  meanSquaredLogarithmicError: plainLoss(meanSquaredLogarithmicError),
  /** Quadratic up to `delta`, linear beyond (Huber 1964). */
  huber(options: HuberOptions = {}): Loss {
    checkOptions("losses.huber", options, ["reduction", "delta"]);
    const reduction = readReduction("losses.huber", options);
    const delta = finiteNumber("losses.huber", "delta", options.delta ?? 1, { above: 0 });
    const form = { targets: "same", outputs: "numbers" } as const;
    return { name: "huber", options: { reduction, delta }, op: huber, numbers: { delta }, ...form, reduction };
  },
  /** mean log cosh(x − y): like half the squared error near 0, like the absolute error far away. */
  logCosh: plainLoss(logCosh),
  /** For outputs of one or several independent yes-or-no answers; targets within 0…1. */
  binaryCrossentropy: crossentropy(binaryCrossentropy, binaryCrossentropyFromLogits, "sigmoid", {
    targetRange: { min: 0, max: 1 },
  }),
  /** For one class out of several; targets are one-hot rows or probabilities. */
  categoricalCrossentropy: crossentropy(categoricalCrossentropy, categoricalCrossentropyFromLogits, "softmax", {
    targetRange: { min: 0 },
    normalizes: true,
  }),
  /** For one class out of several; targets are class numbers, counted from 0. */
  sparseCategoricalCrossentropy: crossentropy(
    sparseCategoricalCrossentropy,
    sparseCategoricalCrossentropyFromLogits,
    "softmax",
    { targets: "sparse", normalizes: true },
  ),
  /** Σ y·log(y/x) of two distributions. */
  kullbackLeiblerDivergence: plainLoss(kullbackLeiblerDivergence, {
    targetRange: { min: 0, max: 1 },
    outputs: "probabilities",
    activation: "softmax",
  }),
  /** mean x − y·log x, for counts. */
  poisson: plainLoss(poisson, { targetRange: { min: 0 } }),
  /** mean max(1 − y·x, 0). Targets are −1 or 1; 0 counts as −1, so that 0 and 1 will do. */
  hinge: plainLoss(hinge, { outputs: "signs" }),
  /** mean max(1 − y·x, 0)². Targets as for `hinge`. */
  squaredHinge: plainLoss(squaredHinge, { outputs: "signs" }),
  /** max(0, 1 + largest wrong column − right column); targets are one-hot rows. */
  categoricalHinge: plainLoss(categoricalHinge),
  /** Minus the cosine of the angle between x and y: −1 is best. */
  cosineSimilarity: plainLoss(cosineSimilarity),
};

type NamedLoss = Exclude<keyof typeof losses, "custom">;

const NAMES = Object.keys(losses).filter((name) => name !== "custom") as NamedLoss[];

/** The name of a loss, or a short one that Keras knows, too. */
export type LossName = Exclude<keyof typeof losses, "custom"> | "mse" | "mae" | "mape" | "msle" | "bce" | "kld";

/** Short names Keras knows, too. */
const ALIASES = new Map<string, NamedLoss>([
  ["mse", "meanSquaredError"],
  ["mae", "meanAbsoluteError"],
  ["mape", "meanAbsolutePercentageError"],
  ["msle", "meanSquaredLogarithmicError"],
  ["bce", "binaryCrossentropy"],
  ["kld", "kullbackLeiblerDivergence"],
]);

/**
 * The loss that a user names, makes with a factory, or that stands in a model file as `{ name, options }`.
 *
 * @throws ArgumentError for anything else, and for unknown names and options.
 */
export function resolveLoss(value: unknown, who: string): Loss {
  if (typeof value === "string") {
    return losses[oneOf(who, "loss", ALIASES.get(value.toLowerCase()) ?? value, NAMES)]();
  }
  if (typeof value === "function") {
    const factory = NAMES.find((name) => losses[name] === value);
    const hint = factory
      ? `Call it: losses.${factory}().`
      : "Wrap a loss of your own: losses.custom((yTrue, yPred) => node).";
    throw new ArgumentError(`${who}: loss cannot be ${show(value)}. ${hint}`);
  }
  if (value === null || typeof value !== "object") {
    throw new ArgumentError(`${who}: loss must be a name or made by losses.…(), got ${show(value)}.`);
  }
  if (value instanceof CustomLoss) return value;
  const { name, options } = value as { name?: unknown; options?: object };
  return losses[oneOf(who, "loss", name, NAMES)](options);
}
