import { type Bar, type Panel, shorten } from "../chart";
import { median, medianRatio } from "../measure";
import { showNumber, showTime } from "../table";
import type { Row } from "./rows";

export interface Effort {
  readonly turnMilliseconds: number;
  readonly warmUpMilliseconds: number;
  /** The shortest time that the clock tells well: calls are timed in groups that take as long. */
  readonly clockMilliseconds: number;
}

/** What a turn has found: milliseconds of a call, samples a second. */
export interface Turn {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  /** Calls that were timed together. */
  readonly group: number;
}

/** A library's turns over one row. */
export interface Result {
  readonly library: string;
  readonly outputs: readonly number[];
  readonly turns: Turn[];
}

/** How far outputs may be from those of the first library. */
const TOLERANCE = 1e-4;

/** @throws Error when a library computes something else than the others */
export function checkOutputs({ name, batch }: Row, results: readonly Result[]): void {
  const [{ outputs: expected }] = results;
  for (const { library, outputs } of results) {
    const isSame =
      outputs.length === expected.length && outputs.every((y, i) => Math.abs(y - expected[i]) <= TOLERANCE);
    if (!isSame)
      throw new Error(`${library} has other outputs than ${results[0].library} for ${name}, batch ${batch}.`);
  }
}

const timesOf = ({ turns }: Result) => turns.map(({ p50 }) => p50);

/** How many times as fast a result of ours is, by the median latency of a round. */
function timesAsFast(result: Result, ours: Result): string {
  return showNumber(medianRatio(timesOf(result), timesOf(ours)));
}

export const tableHead = [
  "what",
  "batch",
  "library",
  "p50",
  "p99",
  "samples/s",
  "calls timed together",
  "÷ predict",
  "÷ predictSync",
];

/** One line for each library. The first two are predict and predictSync of wasmgrad. */
export function tableRows({ name, batch }: Row, results: readonly Result[]): string[][] {
  const [predict, predictSync] = results;
  const middle = (result: Result, key: keyof Turn) => median(result.turns.map((turn) => turn[key]));
  return results.map((result) => [
    name,
    String(batch),
    result.library,
    showTime(1e6 * middle(result, "p50")),
    showTime(1e6 * middle(result, "p99")),
    shorten(middle(result, "perSecond")),
    String(middle(result, "group")),
    timesAsFast(result, predict),
    timesAsFast(result, predictSync),
  ]);
}

/** The rows in which another library is faster than the slowest way of ours. */
export function losses({ name, batch }: Row, results: readonly Result[]): string[] {
  const ours = results.filter(({ library }) => library.startsWith("wasmgrad"));
  const others = results.filter((result) => !ours.includes(result));
  return others.flatMap((other) =>
    ours
      .filter((own) => medianRatio(timesOf(other), timesOf(own)) < 1)
      .map(
        (own) =>
          `${name}, batch ${batch}: ${other.library} is ${timesAsFast(own, other)} times as fast as ${own.library}`,
      ),
  );
}

export function panelOf({ name, batch }: Row, results: readonly Result[]): Panel {
  const bars = results.map((result): Bar => {
    const value = median(result.turns.map(({ perSecond }) => perSecond));
    return { label: result.library, value, text: shorten(value), isMain: result.library.startsWith("wasmgrad") };
  });
  return { title: `${name}, batch ${batch}`, unit: "samples/s", bars, isLogarithmic: true };
}
