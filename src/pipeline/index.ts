/** From raw rows to numbers, and from outputs to answers. */
import { ArgumentError } from "../errors";
import { checkArity, show } from "../options";
import type { Table } from "../table/table";
import type { Pipeline } from "./pipeline";
import type { PipelineOptions } from "./rules";

export type { Answer, EmbeddedColumn, Pipeline, PipelineTensors, RawRow, RawRows, ResultFor } from "./pipeline";
export type { ColumnRules, Encoding, PipelineOptions } from "./rules";
export type { DateFeature } from "./steps/dateParts";
export type { FillRule, ScaleRule } from "./steps/numbers";
export type { Target, TargetAnswer } from "./target";

/**
 * Learns from a table how its rows become numbers for a model, and its outputs answers in words and units. What it learns, it
 * learns from these rows: give it those of training only. It knows columns by name, and is data: models keep it in their files.
 *
 *     const table = await data.table("penguins.csv", { target: "species" });
 *     const steps = await pipeline(table);
 *     const { x, y } = await steps.apply(table);
 *
 * Gaps in numbers are filled by the median, and a number of its own says where they were; numbers are scaled to mean 0 and
 * variance 1 in float64, long tails by logarithms before; words have a number each; dates give the time, and the place in year,
 * week and day as sine and cosine; columns of texts take part when the table has them as features.
 *
 * @throws ArgumentError for settings that mean nothing; DataError when nothing can be learnt
 */
export async function pipeline(table: Table, options: PipelineOptions = {}, ...rest: unknown[]): Promise<Pipeline> {
  checkArity("pipeline", rest, "pipeline(table, { target, columns, … })");
  if (typeof (table as Partial<Table> | undefined)?.column !== "function") {
    throw new ArgumentError(`pipeline: expects a table, as data.table gives one, got ${show(table)}.`);
  }
  return (await import("./learn")).learnPipeline(table, options);
}
