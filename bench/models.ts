import type { Candidate, Item, Unit } from "./item";
import type { Contender } from "./measure";
import type { Variant } from "./variants";
import { flopsOf, makeModel, makeTensors, type Workload, workloads } from "./workloads";

/** Whole trainings through `fit`, as a user writes them. */
export function modelCandidates(variants: readonly Variant[]): Candidate[] {
  return Object.values(workloads).map((workload) => ({
    kind: "models",
    name: workload.name,
    make: () => makeItem(workload, variants),
  }));
}

/** An epoch of training, on each of the variants. */
function makeItem(workload: Workload, variants: readonly Variant[]): Item {
  const { samples, batchSize, unit } = workload.network;
  const contenders = variants.map((variant) => makeTraining(workload, variant));
  const amount = unit === "samples/s" ? samples : samples / batchSize;
  return { contenders, amount, unit: unit as Unit, flops: workload.own?.flops ?? flopsOf(workload.network) };
}

/**
 * Every round begins with the initial weights: a model that has learned its few samples by heart has gradients below
 * float32's normal numbers, which are slow.
 */
function makeTraining(workload: Workload, { name, compile }: Variant): Contender {
  const { batchSize, samples } = workload.network;
  const { x, y } = makeTensors(workload);
  const options = { ...compile, ...(workload.loss && { loss: workload.loss() }) };
  const model = workload.own?.makeModel(options) ?? makeModel(workload.network, options);
  const initial = model.getWeights();
  // The full batch, over and over, needs no order.
  const shuffle = samples > batchSize;
  return {
    name,
    isAsync: true,
    run: (epochs) => model.fit(x, y, { epochs, batchSize, shuffle }),
    reset: async () => model.setWeights(await initial),
  };
}
