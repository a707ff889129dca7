import { batchSizeOf, checkBatches } from "../graph/batches";
import type { Kind } from "../compiler/compile";
import { StateError, ThreadError } from "../errors";
import { shapeOf } from "../graph/node";
import { lengthOf } from "../graph/openShapes";
import type { Runtime } from "../runtime/runtime";
import { Tensor } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
import { ResidentFeed } from "../training/feed";
import { predictionStep } from "../program/stepNumbers";
import { nextRun, runSteps } from "../training/pass";

/** The outputs for some inputs, computed at once on this thread, as many samples at a time as there is room for. */
export function predictSync(
  runtime: Runtime,
  inputs: readonly Tensor[],
  /** `first` is how many batches have been predicted before. */
  { batchSize, kind, first: firstBatch }: { batchSize: number; kind: Kind; first: number },
): { outputs: Tensor[]; batches: number } {
  const { model } = runtime.recipe;
  const length = lengthOf(model.inputs, inputs);
  const most = Math.min(batchSize, runtime.samplesOf(inputs));
  checkBatches(model, inputs[0].shape[0], most);
  const capacity =
    length === undefined ? Math.min(most, runtime.batchCapacity(kind)) : roomFor(runtime, kind, most, length);
  if (capacity < (batchSizeOf(model) ?? 1)) {
    const call = `Await predict(x${kind === "predict" ? "" : ", { training: true }"}) once before`;
    throw new StateError(
      length === undefined
        ? `predictSync: WebAssembly is compiled asynchronously. ${call}, with as large a batch.`
        : `predictSync: there is no memory for sequences of length ${length}. ${call}, with as long ones.`,
    );
  }
  if (runtime.runsInWorker) {
    throw new ThreadError("predictSync: the model runs in a worker. Await predict(x), or compile with worker: false.");
  }
  runtime.copies.updateAtOnce();
  const [count] = inputs[0].shape;
  const shapes = model.outputs.map((output) => shapeOf(output, length));
  const results = shapes.map((shape) => new Float32Array(count * sizeOf(shape)));
  for (let first = 0; first < count; first += capacity) {
    const samples = Math.min(capacity, count - first);
    const feed = new ResidentFeed(
      { x: inputs.map((input) => rowsOf(input, first, samples)), y: [], count: samples },
      samples,
    );
    feed.loadAtOnce(runtime);
    const portion = feed.next(0, 0)!;
    const run = nextRun(runtime, kind, portion, 0, 1);
    runSteps(runtime, portion, run, predictionStep(firstBatch + first / capacity));
    run.program.lowering.outputs.forEach((value, i) => {
      results[i].set(runtime.read(run.program, value), first * sizeOf(shapes[i]));
    });
  }
  runtime.copies.changed("carried");
  const tensors = results.map((data, i) => new Tensor(data, [count, ...shapes[i]]));
  return { outputs: tensors, batches: Math.ceil(count / capacity) };
}

/** How many sequences of an open length can be computed at a time in the memory there is, found by halves. */
function roomFor(runtime: Runtime, kind: Kind, most: number, length: number): number {
  let count = most;
  while (count >= 1 && !runtime.hasRoomForProgram({ kind, batchSize: count, length })) count >>= 1;
  return count;
}

function rowsOf(tensor: Tensor, first: number, samples: number): Tensor {
  const { data, shape } = tensor;
  if (samples === shape[0]) return tensor;
  const size = data.length / shape[0];
  return new Tensor(data.subarray(first * size, (first + samples) * size), [samples, ...shape.slice(1)]);
}
