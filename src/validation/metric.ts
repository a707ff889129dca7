import { ArgumentError, DataError } from "../errors";
import { betterDirection, type Direction } from "../metrics/metrics";
import type { Model, Prediction } from "../model/model";
import { didYouMean, show } from "../options";
import type { TrainTensors } from "./examples";
import { mistake } from "./made";
import type { ValidationSettings } from "./options";

/** What a test has said. */
export interface Measured {
  readonly score: number;
  readonly results: Record<string, number | null>;
}

/** What is judged by, in words. */
export const metricName = ({ metric }: Pick<ValidationSettings, "metric">): string =>
  typeof metric === "string" ? metric : metric.name || "score";

/** Which way the metric should go, where its name says it. */
export function knownDirection({ metric, better }: ValidationSettings): Direction | undefined {
  if (better !== undefined || typeof metric !== "string") return better;
  const plain = plainName(metric);
  return plain === "loss" ? "min" : betterDirection(plain);
}

/** Which way it should go, as a metric of the user's own says it of itself. */
export function directionOfOwn(model: Model<Prediction>, metric: string): Direction | undefined {
  const { objectives } = model.internals("metric").recipe;
  for (const { metrics } of objectives) {
    const found = metrics.find(({ name }) => name === plainName(metric));
    if (found?.source?.better) return found.source.better;
  }
  return undefined;
}

/** @throws ArgumentError, which ends everything */
export function directionUnknown({ who }: ValidationSettings, metric: string): ArgumentError {
  return mistake(
    new ArgumentError(`${who}: whether ${show(metric)} should fall or rise is not known. Give better: "min" or "max".`),
  );
}

/** `species/topKAccuracy_1` → `topKAccuracy`. */
const plainName = (metric: string): string => metric.slice(metric.lastIndexOf("/") + 1).replace(/_\d+$/, "");

/**
 * Measures a trained model on rows that it does not know.
 *
 * @param taken the rows in the form in which they came
 * @throws DataError when the score is no finite number; ArgumentError, which ends everything, when it is not measured
 */
export async function measure(
  settings: ValidationSettings,
  model: Model<Prediction>,
  taken: unknown,
  batchSize: number | undefined,
): Promise<Measured> {
  const { who, metric, examples } = settings;
  const { x, y, sampleWeight } = (await examples.tensors(model, taken)) as TrainTensors;
  const measured = await model.evaluate(x, y, { batchSize, sampleWeight });
  const numbers = Object.entries(measured).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  if (typeof metric === "string" && !numbers.some(([name]) => name === metric)) {
    const names = numbers.map(([name]) => name);
    throw mistake(
      new ArgumentError(`${who}: metric: the model does not measure ${show(metric)}.${didYouMean(metric, names)}`),
    );
  }
  const score = typeof metric === "string" ? measured[metric] : await metric(model, taken);
  if (typeof score !== "number") {
    throw mistake(new ArgumentError(`${who}: the function metric must return a number, got ${show(score)}.`));
  }
  if (!Number.isFinite(score))
    throw new DataError(`${who}: ${metricName(settings)} is ${score} on the rows of the test.`);
  return {
    score,
    results: Object.fromEntries(numbers.map(([name, value]) => [name, Number.isFinite(value) ? value : null])),
  };
}
