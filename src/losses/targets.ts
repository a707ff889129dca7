import type { Tensor } from "../tensor/tensor";
import { sizeOf, showShape, sameShape } from "../tensor/shape";
import { DataError, ShapeError } from "../errors";
import type { Loss } from "./losses";
import { targetShapeOf } from "./targetShape";

const CLASS_NUMBERS = " For class numbers use sparseCategoricalCrossentropy.";

/** What a user most likely meant with targets of the wrong shape. */
function shapeHint(
  { name, targets }: Loss,
  got: readonly number[],
  expected: readonly number[],
  output: readonly number[],
) {
  const perRow = output.slice(0, -1);
  if (targets === "sparse" && sameShape(got, output)) return " For one-hot targets use categoricalCrossentropy.";
  if (name === "categoricalCrossentropy" && (sameShape(got, perRow) || sameShape(got, [...perRow, 1]))) {
    return CLASS_NUMBERS;
  }
  return sizeOf(got) === sizeOf(expected) ? ` Reshape them: tensor(y.data, ${showShape(expected)}).` : "";
}

function checkShape(loss: Loss, got: readonly number[], outputShape: readonly number[], who: string): void {
  const output = [got[0], ...outputShape];
  const expected = [got[0], ...targetShapeOf(loss, outputShape)];
  const fits = sameShape(got, expected) || (loss.targets === "sparse" && sameShape(got, [...expected, 1]));
  if (!fits) {
    const hint = shapeHint(loss, got, expected, output);
    throw new ShapeError(
      `${who}: ${loss.name} expects targets of shape ${showShape(expected)}, got ${showShape(got)}.${hint}`,
    );
  }
  const isOfClasses = loss.activation === "softmax" && (loss.fusesWith || loss.outputs === "logits");
  if (outputShape.at(-1) === 1 && isOfClasses) {
    throw new ShapeError(
      `${who}: ${loss.name} needs an output of at least 2 classes, got ${showShape(output)}. ` +
        "For one column use binaryCrossentropy with a sigmoid.",
    );
  }
}

/** `sample 7`, or `sample 7, position [3, 0]` where a sample has several targets. */
function showPosition(index: number, shape: readonly number[], firstSample: number): string {
  const position: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    position.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  rest += firstSample;
  return sizeOf(shape.slice(1)) === 1 ? `sample ${rest}` : `sample ${rest}, position ${showShape(position)}`;
}

/** Where 0 stands for −1, it cannot stand beside −1, or among numbers of which it is one. */
function checkSigns({ name }: Loss, { data, shape }: Tensor, who: string, firstSample: number): void {
  const zero = data.indexOf(0);
  const other = zero < 0 ? -1 : data.findIndex((value) => value !== 0 && value !== 1);
  if (other < 0) return;
  throw new DataError(
    `${who}: targets of ${name} are −1 and 1, or 0 and 1, got ${data[zero]} at ${showPosition(zero, shape, firstSample)} ` +
      `and ${data[other]} at ${showPosition(other, shape, firstSample)}. Leave samples out by a sampleWeight of 0.`,
  );
}

/**
 * Refuses targets that a loss cannot be computed from: a shape that is not the output's, class numbers that are not
 * whole numbers from 0 to classes − 1, probabilities out of range. That numbers are finite is checked where data is read.
 *
 * @param targets `[samples, …]`
 * @param firstSample the number of the first of these samples among all.
 * @param outputShape shape of the model's output, without the batch dimension.
 * @throws ShapeError for the shape, DataError for a value, naming the first wrong one.
 */
export function checkTargets(
  loss: Loss,
  targets: Tensor,
  outputShape: readonly number[],
  who: string,
  firstSample = 0,
): void {
  const { data, shape } = targets;
  checkShape(loss, shape, outputShape, who);
  if (loss.targets === "sparse") {
    const classes = outputShape[outputShape.length - 1];
    for (let i = 0; i < data.length; i++) {
      const label = data[i];
      if (label >= 0 && label < classes && Number.isInteger(label)) continue;
      const hint = label === classes ? " Classes are counted from 0." : "";
      const where = showPosition(i, shape, firstSample);
      throw new DataError(`${who}: target ${label} at ${where} is not a class of 0…${classes - 1}.${hint}`);
    }
    return;
  }
  if (loss.outputs === "signs") checkSigns(loss, targets, who, firstSample);
  if (!loss.targetRange) return;
  const { min, max = Number.POSITIVE_INFINITY } = loss.targetRange;
  for (let i = 0; i < data.length; i++) {
    if (data[i] >= min && data[i] <= max) continue;
    const range = Number.isFinite(max) ? `within ${min}…${max}` : `at least ${min}`;
    const hint = max === 1 && Number.isInteger(data[i]) ? CLASS_NUMBERS : "";
    throw new DataError(
      `${who}: target ${data[i]} at ${showPosition(i, shape, firstSample)} must be ${range} for ${loss.name}.${hint}`,
    );
  }
}
