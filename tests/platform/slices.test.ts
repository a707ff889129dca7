import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { breathe, breatheBefore } from "../../src/platform/breathe";
import { inSlices } from "../../src/platform/slices";

/** Milliseconds of a clock that only work moves. */
let now = 0;
/** When the event loop ran. */
let turns: number[] = [];
let timer: NodeJS.Immediate;

beforeEach(async () => {
  now = 1e9;
  turns = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const turn = () => {
    turns.push(now);
    timer = setImmediate(turn);
  };
  timer = setImmediate(turn);
  await breathe();
});

afterEach(() => {
  clearImmediate(timer);
  vi.restoreAllMocks();
});

/** The longest time without a turn of the event loop. */
const longestTask = () => Math.max(...turns.map((turn, i) => turn - (turns[i - 1] ?? turn)));

/** So many pieces of work of some milliseconds. */
const work = (count: number, milliseconds: number) =>
  inSlices(count, 1, () => {
    now += milliseconds;
  });

it("work of a few milliseconds is done at once", () => {
  expect(work(3, 3)).toBeUndefined();
});

// T27: copying, shuffling and a checkpoint, each within its own 10 ms, were one task of 30.
it("pieces of work that follow each other are no longer together than one alone may be", async () => {
  for (let i = 0; i < 5; i++) {
    const working = work(4, 2);
    if (working) await working;
  }
  await work(100, 2);
  await breathe();
  expect(now).toBe(1e9 + 240);
  // A slice ends with the piece that began before its time was over.
  expect(longestTask()).toBeLessThanOrEqual(12);
});

it("work that cannot be divided begins with a breath, unless there was one a moment ago", async () => {
  expect(breatheBefore()).toBeUndefined();
  now += 2;
  expect(breatheBefore()).toBeUndefined();
  now += 1;
  await breatheBefore();
  now += 15;
  await breatheBefore();
  await breathe();
  expect(longestTask()).toBe(15);
});
