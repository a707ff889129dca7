import type { Kind, Recipe } from "../compiler/compile";
import type { Tensor } from "../data/tensor";
import type { Runtime } from "../model/runtime";

/**
 * Loss and metrics by name, as `evaluate` returns them. All are numbers but `confusionMatrix`, which is there when it was
 * asked for; an index signature cannot say so, an intersection can.
 */
export type Results = Record<string, number> & { readonly loss: number; readonly confusionMatrix: Tensor };

/**
 * The names of what is measured, in the order of the sums: of several outputs, `output/metric`. A name that is taken gets a
 * number: `topKAccuracy_1`.
 */
function namedMetrics({ model, objectives }: Recipe) {
  const prefix = (i: number) => (objectives.length > 1 ? `${model.outputs[i].layer?.name ?? `output_${i}`}/` : "");
  const taken = new Set<string>();
  const nameFree = (wanted: string) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
  return objectives.flatMap(({ metrics }, i) =>
    metrics.map((metric) => ({
      name: nameFree(prefix(i) + metric.name),
      metric,
      columns: model.outputs[i].shape.at(-1)!,
    })),
  );
}

/** Reads the metrics of a pass over data. */
export function readMetrics(runtime: Runtime, kind: Kind): Record<string, number | Tensor> {
  const sums = runtime.metricSums(kind);
  const results: Record<string, number | Tensor> = {};
  let start = 0;
  for (const { name, metric, columns } of namedMetrics(runtime.recipe)) {
    const end = start + metric.sumsCount(columns);
    results[name] = metric.result(sums.subarray(start, end), columns);
    start = end;
  }
  return results;
}
