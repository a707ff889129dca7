// The built package trains in real browsers to the very bits it trains to in Node: plain and threadless, every
// optimizer, both engines. A missing browser skips its test, but in CI it fails.
import { existsSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { chromium, firefox, programOf, runPage } from "./browser";

/** What a page saw of itself while it trained; gaps between frames in milliseconds. */
interface Frames {
  readonly samplesPerSecond: number;
  readonly frames: number;
  readonly medianGap: number;
  readonly longestGap: number;
}

type Results = Record<string, { history: Record<string, number[]>; weightsSha256: string }>;

const files = new Map([
  ["/", "tests/browser/page.html"],
  ["/training.js", "tests/browser/training.js"],
]);
const inNode: Results = {};
// Paths in variables: neither file has types, and TypeScript is not to look for them.
const [libraryPath, testsPath] = ["../../dist/index.js", "./training.js"];
let library: unknown;
let tests: Record<"train" | "trainInWorker", (library: unknown) => Promise<Results>>;

beforeAll(async () => {
  if (!existsSync("dist/index.js")) throw new Error("There is no dist/index.js to test. Run: npm run build");
  for (const name of readdirSync("dist")) files.set(`/dist/${name}`, `dist/${name}`);
  [library, tests] = await Promise.all([import(libraryPath), import(testsPath)]);
  Object.assign(inNode, await tests.train(library));
});

describe("bit-identical training", () => {
  test("Node itself learns, with every optimizer on both engines", () => {
    const { "adam wasm": adam, "lion js": lion } = inNode;
    expect(Object.keys(inNode).length).toBeGreaterThanOrEqual(18);
    expect(new Set(Object.values(inNode).map(({ weightsSha256 }) => weightsSha256)).size).toBe(
      Object.keys(inNode).length,
    );
    for (const { history } of [adam, lion]) {
      expect(history.loss[2]).toBeLessThan(0.75 * history.loss[0]);
      expect(history.valAccuracy[2]).toBeGreaterThan(0.8);
    }
  });

  for (const browser of [chromium, firefox]) {
    test(`${browser.name} gets the weights and losses of Node`, async ({ skip }) => {
      const report = await runPage(browser, programOf(browser, skip), { files, deadlineMilliseconds: 200_000 });
      expect(report).toEqual({ isIsolated: false, workers: 0, results: inNode });
    });
  }
});

describe("training in workers and on threads", () => {
  let results: Results;
  beforeAll(async () => {
    results = await tests.trainInWorker(library);
  });

  test("changes no bit in Node", () => {
    const [alone, ...others] = Object.values(results);
    expect(others).toEqual([alone, alone, alone]);
  });

  for (const browser of [chromium, firefox]) {
    for (const isIsolated of [false, true]) {
      const kind = isIsolated ? "a cross-origin isolated page" : "an ordinary page";
      test(`changes no bit on ${kind} in ${browser.name}`, async ({ skip }) => {
        const program = programOf(browser, skip);
        const page = { files, isIsolated, test: "trainInWorker", deadlineMilliseconds: 200_000 };
        // One worker, two threads, three in workers; where memory cannot be shared one, none and one.
        const workers = isIsolated ? 1 + 2 + 3 : 1 + 0 + 1;
        expect(await runPage(browser, program, page)).toEqual({ isIsolated, workers, results });
      });
    }
  }
});

describe("a page whose model trains in a worker", () => {
  for (const isIsolated of [false, true]) {
    const kind = isIsolated ? "cross-origin isolated" : "ordinary";
    // Where others want the processor, too, a browser may draw late for their sake.
    test(`goes on drawing frames, ${kind}`, { retry: 3 }, async ({ skip }) => {
      const program = programOf(chromium, skip);
      const page = { files, isIsolated, test: "drawFrames", deadlineMilliseconds: 200_000 };
      const { results } = (await runPage(chromium, program, page)) as { results: Record<string, Frames> };
      console.log(`${chromium.name}, ${kind}, batch size and worker:\n${JSON.stringify(results, null, 1)}`);
      const [here, away] = [results["2048 false"], results["2048 true"]];
      expect(away.medianGap).toBeLessThan(here.medianGap / 2);
      expect(away.longestGap).toBeLessThan(here.longestGap);
    });
  }
});
