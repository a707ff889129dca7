import { data, type Model, type Pipeline, pipeline, type Tensor, tableModel } from "../../src/index";
import type { Table } from "../../src/table/table";

/** A model for rows, trained a little. */
export interface Trained {
  readonly table: Table;
  readonly steps: Pipeline;
  readonly model: Model<Tensor | Tensor[]>;
}

export async function trained(
  rows: readonly Record<string, unknown>[],
  target: string | string[],
  { epochs = 30, columns = {} as object, hidden = [8] } = {},
): Promise<Trained> {
  const table = await data.table(rows as never, { target, columns } as never);
  const steps = await pipeline(table);
  const model = tableModel(steps, { hidden, seed: 1, learningRate: 0.02 });
  const { x, y } = await steps.apply(table);
  if (epochs > 0) await model.fit(x, y, { epochs });
  return { table, steps, model };
}

/** Numbers between 0 and 1 that look drawn. */
export const drawn = (i: number, of = 1) => ((Math.imul(i + 1, 2654435761) ^ Math.imul(of, 40503)) >>> 0) / 2 ** 32;

/** Rows of a class that a and b tell apart nearly, and of noise; the price is 100 a. */
export const flowers = (count: number, classes: readonly string[]) =>
  Array.from({ length: count }, (_, i) => {
    const kind = i % classes.length;
    const a = Math.round(100 * (kind + drawn(i) * 1.3)) / 100;
    return {
      kind: classes[kind],
      a,
      noise: Math.round(1000 * drawn(i, 7)),
      town: ["Ulm", "Köln"][i % 2],
      price: 100 * a + 1,
    };
  });

/** What no reader shall see. */
export const oddWords = (text: string): string[] => text.match(/\bNaN\b|\bundefined\b|\bInfinity\b|\[object/g) ?? [];

/** Every number of JSON is finite, and none is missing. */
export function nonFinite(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  if (value === undefined) return [path];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, one]) => nonFinite(one, `${path}.${name}`));
}
