import { ArgumentError, ShapeError } from "../errors";
import { BATCH, type Dimension, showDimension, showDimensions } from "../graph/dimension";
import { checkFloat, type Node } from "../graph/node";
import { type Placeholder, type Trace, TracedFunction } from "../graph/traced";
import { checkOptions, integer, oneOf, show } from "../options";
import type { OpenShape } from "../tensor/shape";
import type { Loss, LossOptions, Reduction } from "./losses";
import { targetShapeOf } from "./targetShape";

/** Options of `losses.custom`. */
export interface CustomLossOptions extends LossOptions {
  /**
   * Shape of the targets of one sample, without the batch; by default that of the output. `[]` for one number a sample; `null` is the
   * output's size along the same axis, also where that is open: `[null]` for one number a place.
   */
  targetShape?: readonly (number | null)[] | undefined;
}

/** The arguments of a function of targets and predictions. */
export function comparedPlaceholders(
  targetShape: readonly Dimension[],
  outputShape: readonly Dimension[],
): Placeholder[] {
  return [
    { name: "yTrue", dimensions: [BATCH, ...targetShape] },
    { name: "yPred", dimensions: [BATCH, ...outputShape] },
  ];
}

/** A loss that is a function over nodes. */
export class CustomLoss implements Loss {
  readonly name = "custom";
  readonly options: Readonly<Record<string, unknown>>;
  readonly numbers = {};
  readonly outputs = "numbers";
  readonly targets: Loss["targets"];
  readonly reduction: Reduction;
  readonly targetShape?: OpenShape;

  constructor(
    readonly traced: TracedFunction,
    options: CustomLossOptions,
  ) {
    const who = "losses.custom";
    checkOptions(who, options, ["reduction", "targetShape"]);
    const { reduction = "sumOverBatchSize", targetShape } = options;
    this.reduction = oneOf(who, "reduction", reduction, ["sumOverBatchSize", "sum"]);
    if (targetShape !== undefined && !Array.isArray(targetShape)) {
      throw new ArgumentError(`${who}: targetShape must be an array of sizes, got ${show(targetShape)}.`);
    }
    if (targetShape)
      this.targetShape = targetShape.map((size) =>
        size === null ? null : integer(who, "each size of targetShape", size),
      );
    this.targets = this.targetShape ? "own" : "same";
    this.options = { reduction, ...(this.targetShape ? { targetShape: this.targetShape } : {}) };
  }

  /**
   * The graph for outputs of a shape.
   *
   * @throws ShapeError when the function returns neither one number or more a sample nor one for the batch
   */
  trace(outputShape: readonly Dimension[]): Trace {
    const targetShape = targetShapeOf(this, outputShape);
    if (targetShape.includes(undefined as never)) {
      throw new ShapeError(
        `losses.custom: targetShape [${this.targetShape!.map(String)}] takes sizes of an output that has only [${outputShape.map(showDimension)}].`,
      );
    }
    const trace = this.traced.trace(comparedPlaceholders(targetShape, outputShape));
    checkPerSample("losses.custom", trace);
    return trace;
  }
}

/** Refuses a result that is neither of samples nor one number. */
export function checkPerSample(who: string, { outputs }: Trace): void {
  const [output] = outputs;
  checkFloat(who, output);
  const isOne = (sizes: readonly Dimension[]) => sizes.length === 0;
  if (outputs.length === 1 && (output.isBatched || isOne(output.dimensions))) return;
  throw new ShapeError(
    `${who}: the function must return one number or more for each sample, [batch, …], or one for the batch, [], ` +
      `got ${outputs.map(({ dimensions }) => showDimensions(dimensions)).join(" and ")}.`,
  );
}

/**
 * A loss of your own: a function of targets and predictions, nodes of `[batch, …]`, that returns a loss for each sample, several
 * (whose mean counts), or one number for the batch. It is called once, in `compile`, and kept in model files as a graph.
 *
 *     losses.custom((yTrue, yPred) => ops.mean(ops.abs(ops.subtract(yTrue, yPred)), { axis: -1 }))
 *
 * @throws ArgumentError when it is no function or an option is out of range
 */
export function custom(call: (yTrue: Node, yPred: Node) => Node, options: CustomLossOptions = {}): Loss {
  return new CustomLoss(new TracedFunction("losses.custom", call as never), options);
}
