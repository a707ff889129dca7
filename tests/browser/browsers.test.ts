// The built package trains in real browsers to the very bits it trains to in Node: plain and threadless, every
// optimizer, both engines. A missing browser skips its test, but in CI it fails.
import { existsSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { chromium, findProgram, firefox, runPage } from "./browser";

type Results = Record<string, { history: Record<string, number[]>; weightsSha256: string }>;

const files = new Map([
  ["/", "tests/browser/page.html"],
  ["/training.js", "tests/browser/training.js"],
]);
const inNode: Results = {};

beforeAll(async () => {
  if (!existsSync("dist/index.js")) throw new Error("There is no dist/index.js to test. Run: npm run build");
  for (const name of readdirSync("dist")) files.set(`/dist/${name}`, `dist/${name}`);
  // Paths in variables: neither file has types, and TypeScript is not to look for them.
  const [library, training] = ["../../dist/index.js", "./training.js"];
  const { train } = await import(training);
  Object.assign(inNode, await train(await import(library)));
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
    test(`${browser.name} gets the weights and losses of Node`, { timeout: 120_000 }, async ({ skip }) => {
      const program = findProgram(browser);
      if (!program && !process.env.CI) skip(`no ${browser.programs.join(" or ")} on this machine`);
      if (!program) throw new Error(`${browser.name} is missing, and in CI no browser test may be skipped.`);
      const report = await runPage(browser, program, { files, deadlineMilliseconds: 100_000 });
      expect(report).toEqual({ results: inNode });
    });
  }
});
