import type { Recipe } from "../compiler/compile";
import { Tensor } from "../tensor/tensor";
import { shapeOf } from "../graph/node";
import { lengthOf } from "../graph/openShapes";
import { sizeOf } from "../tensor/shape";
import { ArgumentError } from "../errors";
import type { Loss } from "../losses/losses";
import { show } from "../options";
import type { Samples } from "./samples";

/**
 * The samples with a weight for each row of the output: that of its class times its own. The class is a label, the 1 of a one-hot
 * row (or of one of probabilities the largest), or in a single column 1 for yes and 0 for no; −1 is no, too, where the loss is of
 * signs. Weights are `[samples]`, or for outputs of several rows a sample `[samples, …rows]`.
 *
 * @param entries of `classWeight` when it was given
 * @throws ArgumentError for what is no map from classes to weights, names a class that the output does not have, or comes with
 *   targets that are no classes
 */
export function weighClasses(
  { model, objectives }: Recipe,
  given: Samples,
  classWeight: unknown,
  entries: readonly [string, number][],
  who: string,
): Samples {
  if (given.y.length > 1) {
    throw new ArgumentError(
      `${who}: classWeight needs a model of one output, this one has ${given.y.length}. Use sampleWeight.`,
    );
  }
  const [{ loss }] = objectives;
  if (loss.targets === "own") {
    throw new ArgumentError(
      `${who}: classWeight needs targets that are classes, those of losses.custom have a shape of their own.`,
    );
  }
  const [{ data }] = given.y;
  const [sampleWeight] = given.sampleWeights ?? [];
  const length = lengthOf(model.inputs, given.x);
  const outputShape = shapeOf(model.outputs[0], length);
  const columns = outputShape.at(-1)!;
  const steps = outputShape.slice(0, -1);
  const rowsPerSample = sizeOf(steps);
  const classes = Math.max(2, columns);
  const weights = readClassWeight(classWeight, entries, loss.outputs === "signs" && columns === 1, who);
  const unknown = [...weights.keys()].find((label) => label >= classes);
  if (unknown !== undefined) {
    throw new ArgumentError(`${who}: classWeight names class ${unknown}, the classes are 0…${classes - 1}.`);
  }
  const classOf = classReader(loss, data, columns);
  const samples = data.length / (loss.targets === "sparse" ? 1 : columns) / rowsPerSample;
  const result = new Float32Array(samples * rowsPerSample);
  const ownPerSample = sampleWeight ? sampleWeight.size / samples : 1;
  for (let row = 0; row < result.length; row++) {
    const label = classOf(row);
    if (label === undefined) throw noClass(who, Math.floor(row / rowsPerSample), classes);
    const own = sampleWeight?.data[Math.floor((row * ownPerSample) / rowsPerSample)] ?? 1;
    result[row] = (weights.get(label) ?? 1) * own;
  }
  return { ...given, sampleWeights: [new Tensor(result, [samples, ...steps])] };
}

function noClass(who: string, sample: number, classes: number): ArgumentError {
  return new ArgumentError(
    `${who}: classWeight needs targets that are classes 0…${classes - 1}, those of sample ${sample} are none. ` +
      "Use sampleWeight.",
  );
}

/** How to read the class of a row; undefined where the row stands for none. */
function classReader(
  { targets, outputs }: Loss,
  data: Tensor["data"],
  columns: number,
): (row: number) => number | undefined {
  const valueAt = (index: number) => (outputs === "signs" && data[index] === -1 ? 0 : data[index]);
  if (targets === "sparse") return (row) => data[row];
  if (columns === 1) {
    return (row) => (valueAt(row) === 0 || valueAt(row) === 1 ? valueAt(row) : undefined);
  }
  return (row) => {
    const first = row * columns;
    let best = 0;
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const value = valueAt(first + j);
      if (!(value >= 0)) return undefined;
      sum += value;
      if (value > valueAt(first + best)) best = j;
    }
    return Math.abs(sum - 1) < 1e-3 ? best : undefined;
  };
}

/** Weights by class: a record `{ 0: 1, 1: 2.5 }` or an array; of signs −1 is another name of 0. */
function readClassWeight(
  classWeight: unknown,
  entries: readonly [string, number][],
  areSigns: boolean,
  who: string,
): Map<number, number> {
  if (typeof classWeight !== "object" || entries.length === 0) {
    throw new ArgumentError(
      `${who}: classWeight must map classes to numbers, such as { 0: 1, 1: 2.5 }, got ${show(classWeight)}.`,
    );
  }
  const weights = new Map<number, number>();
  for (const [name, weight] of entries) {
    const label = areSigns && name === "-1" ? "0" : name;
    if (!/^\d+$/.test(label) || !Number.isFinite(weight) || weight < 0) {
      throw new ArgumentError(
        `${who}: classWeight must map classes 0, 1, … to numbers ≥ 0, got ${name}: ${show(weight)}.`,
      );
    }
    if (weights.has(Number(label))) {
      throw new ArgumentError(`${who}: classWeight has −1 and 0, which are the same class. Leave one out.`);
    }
    weights.set(Number(label), weight);
  }
  return weights;
}
