import { ArgumentError } from "../../errors";
import type { Model, Prediction } from "wasmgrad";
import type { WeightTable } from "../../compiler/weightTable";
import type { Node } from "../../graph/node";
import { Tensor } from "../../tensor/tensor";
import { type ImportReport, ReportWriter } from "../report";
import type { Draft } from "./draft";
import { type StoredTensor, withoutWrappers } from "./file";
import { matchWeights } from "./matchWeights";
import type { ImportWeightsOptions } from "./options";
import { readWeightFile } from "./readFile";

/** The model's weights and graph. */
function graphOf(model: unknown, who: string): { weights: WeightTable; nodes: readonly Node[] } {
  const internals = (
    model as {
      internals?: (who: string) => { recipe: { model: { weights: WeightTable; nodes: readonly Node[] } } };
    } | null
  )?.internals;
  if (typeof internals !== "function") throw new ArgumentError(`${who}: the first argument must be a model.`);
  return internals.call(model, who).recipe.model;
}

/** Writes down what was done to get the weights. */
function writeReport(report: ReportWriter, drafts: readonly Draft[], tensors: readonly StoredTensor[]): void {
  for (const { fillings, warnings } of drafts) {
    for (const warning of warnings) report.warn(warning);
    for (const { weight, from, how } of fillings) {
      const names = from.map(({ name, fileName = name }) => fileName);
      if (how) report.convert(`${names.join(" and ")} → ${weight.name}: ${how}.`);
      for (const name of names) report.rename(name, weight.name);
    }
  }
  const types = new Map<string, number>();
  for (const { dtype } of tensors) types.set(dtype, (types.get(dtype) ?? 0) + 1);
  for (const [dtype, count] of types) {
    if (dtype !== "float32") report.convert(`${count} tensor${count === 1 ? "" : "s"} of ${dtype} became float32.`);
  }
}

/** Reads a file, finds what belongs where, and puts it there. */
export async function fillModel<Output extends Prediction>(
  who: string,
  model: Model<Output>,
  bytes: Uint8Array,
  key: string | undefined,
  options: ImportWeightsOptions,
): Promise<ImportReport> {
  const { weights, nodes } = graphOf(model, who);
  const read = await readWeightFile(bytes, who, key);
  const file = { ...read, tensors: withoutWrappers(read.tensors) };
  const report = new ReportWriter(file.format);
  report.producer = file.producer;
  for (const what of file.skipped) report.skip(what);
  const drafts = matchWeights(who, file, weights, nodes, options, report);
  const fillings = drafts.flatMap((draft) => draft.fillings);
  const used = [...new Set(fillings.flatMap(({ from }) => from))];
  writeReport(report, drafts, used);
  const record: Record<string, Tensor> =
    fillings.length < weights.entries.length ? { ...(await model.getWeights()) } : {};
  for (const { weight, make } of fillings) record[weight.name] = new Tensor(make(), weight.spec.shape);
  await model.setWeights(record);
  return report.finish();
}
