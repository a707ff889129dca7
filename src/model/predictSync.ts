import type { Kind } from "../compiler/compile";
import { StateError, ThreadError } from "../errors";
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
  const capacity = Math.min(batchSize, runtime.batchCapacity(kind), runtime.samplesOf(inputs));
  if (capacity < 1) {
    throw new StateError(
      "predictSync: WebAssembly is compiled asynchronously. " +
        `Await predict(x${kind === "predict" ? "" : ", { training: true }"}) once before, with as large a batch.`,
    );
  }
  if (runtime.isElsewhere) {
    throw new ThreadError("predictSync: the model runs in a worker. Await predict(x), or compile with worker: false.");
  }
  runtime.copies.updateAtOnce();
  const [count] = inputs[0].shape;
  const { outputs } = runtime.recipe.model;
  const results = outputs.map(({ shape }) => new Float32Array(count * sizeOf(shape)));
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
      results[i].set(runtime.read(run.program, value), first * sizeOf(outputs[i].shape));
    });
  }
  const tensors = results.map((data, i) => new Tensor(data, [count, ...outputs[i].shape]));
  return { outputs: tensors, batches: Math.ceil(count / capacity) };
}

function rowsOf(tensor: Tensor, first: number, samples: number): Tensor {
  const { data, shape } = tensor;
  if (samples === shape[0]) return tensor;
  const size = data.length / shape[0];
  return new Tensor(data.subarray(first * size, (first + samples) * size), [samples, ...shape.slice(1)]);
}
