// How long the tasks of a page are, from Chromium's trace.
import { expect } from "vitest";
import type { TraceEvent } from "./devtools";

/** What a trace needs to have of `longestTask`. */
export const categories = ["disabled-by-default-devtools.timeline", "__metadata"];

/** The longest of at least so many tasks of the page's main thread, in milliseconds. */
export function longestTask(events: readonly TraceEvent[], least = 100) {
  // The page that was opened first has worked most: others are kept in reserve.
  const mains = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const tasksOf = (main: TraceEvent) =>
    events.filter(({ name, pid, tid, ph }) => name === "RunTask" && ph === "X" && pid === main.pid && tid === main.tid);
  const tasks = mains.map(tasksOf).reduce((most, some) => (some.length > most.length ? some : most));
  expect(tasks.length).toBeGreaterThan(least);
  const longest = (duration: "dur" | "tdur") => Math.max(...tasks.map((task) => task[duration] ?? 0)) / 1000;
  return { processor: longest("tdur"), clock: longest("dur") };
}
