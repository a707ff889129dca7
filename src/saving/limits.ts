import { flopsOf } from "../compiler/flops";
import { lower, type ModelGraph } from "../compiler/lower";
import { scratchBytes } from "../compiler/plan";
import { LimitError } from "../errors";
import { shapeOf } from "../graph/node";
import { usualLength } from "../graph/openShapes";
import { checkOptions, finiteNumber } from "../options";
import { sizeOf } from "../tensor/shape";
import { DEFAULT_LIMITS, type LoadLimits } from "./loadOptions";

/**
 * The limits that `loadModel` was given, with the defaults in place of those it was not.
 *
 * @throws ArgumentError
 */
export function readLimits(limits: LoadLimits | undefined): Required<LoadLimits> {
  checkOptions("loadModel: limits", limits, Object.keys(DEFAULT_LIMITS));
  const read = (name: keyof LoadLimits) => {
    const value = limits?.[name] ?? DEFAULT_LIMITS[name];
    return value === Number.POSITIVE_INFINITY ? value : finiteNumber("loadModel: limits", name, value, { above: 0 });
  };
  return { memoryBytes: read("memoryBytes"), operationsPerSample: read("operationsPerSample") };
}

/**
 * Counts what a model takes for one sample, from the shapes of its operations: nothing is planned or allocated.
 *
 * @throws LimitError with the figures and the layer that takes most, when that is more than a limit
 */
export function checkLimits(model: ModelGraph, limits: Required<LoadLimits>): void {
  // Of sequences of an open length, short ones: how long they will be is not for the file to say.
  const length = usualLength(model, 1);
  const columns = model.inputs.map((node) => ({ dtype: node.dtype, offset: 0, size: sizeOf(shapeOf(node, length)) }));
  const { graph } = lower(model, { batchSize: 1, training: false, columns });
  const { weights, state } = model.weights.bytes;
  const bytes = new Sum();
  for (const { owner, shape, place, viewOf } of graph.values)
    if (!place && !viewOf) bytes.add(owner, 4 * sizeOf(shape));
  const operations = new Sum();
  let scratch = 0;
  for (const operation of graph.operations) {
    operations.add(operation.owner, flopsOf(operation));
    scratch = Math.max(scratch, scratchBytes(operation));
  }
  bytes.add("", weights + state + scratch);
  check("memoryBytes", "bytes of memory", bytes, limits.memoryBytes);
  check("operationsPerSample", "floating-point operations", operations, limits.operationsPerSample);
}

/** A sum, and the layer that adds most to it. */
class Sum {
  total = 0;
  largest = "";
  #most = 0;

  add(owner: string, amount: number): void {
    this.total += amount;
    if (amount > this.#most) [this.largest, this.#most] = [owner, amount];
  }
}

function check(name: keyof LoadLimits, what: string, { total, largest }: Sum, limit: number): void {
  if (total <= limit) return;
  const most = largest && `, most of them for ${largest}`;
  throw new LimitError(
    `loadModel: the model in the file takes ${total} ${what} a sample${most}, the limit is ${limit}. ` +
      `If you trust the file: loadModel(source, { limits: { ${name}: ${total} } }).`,
  );
}
