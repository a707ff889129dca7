// The sources train in real browsers to the very bits they train to in Node, on a page's own thread and on others. The built
// package is tried there by the other files of this folder (`npm run test:package`). A missing browser skips its test, but in
// CI it fails.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as wasmgrad from "../../src/index";
import { chromium, firefox, programOf, runPage } from "./browser";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-smoke-"));
const bundle = join(folder, "index.js");
const files = new Map([
  ["/", "tests/browser/page.html"],
  ["/training.js", "tests/browser/training.js"],
  ["/dist/index.js", bundle],
]);
// A path in a variable: the file has no types, and TypeScript is not to look for them.
const trainingPath = "./training.js";
let inNode: unknown;
let sequencesInNode: Record<string, { history: number[]; written: string }>;

beforeAll(async () => {
  await build({
    entryPoints: ["src/index.ts"],
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    define: { PAPA_BROWSER_CONTEXT: "true" },
    logLevel: "error",
  });
  const { trainBriefly, trainSequences } = await import(trainingPath);
  inNode = await trainBriefly(wasmgrad);
  sequencesInNode = await trainSequences(wasmgrad);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a worker with a second thread changes no bit in Node", () => {
  const { here, away } = inNode as Record<"here" | "away", object>;
  expect(here).toMatchObject({ weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(away).toEqual(here);
});

test("stateful training changes no bit by two threads, three in a worker, or a pause in its middle", () => {
  const [alone, ...others] = Object.values(sequencesInNode);
  expect(others).toEqual([alone, alone, alone]);
  expect(alone.history.at(-1)).toBeLessThan(alone.history[0]);
  expect(alone.written).toHaveLength(24);
});

test.for([chromium, firefox])(
  "$name gets the bits of Node in stateful training, streams and texts",
  async (browser, { skip }) => {
    const program = programOf(browser, skip);
    const page = { files, isIsolated: true, test: "trainSequences", deadlineMilliseconds: 280_000 };
    expect(await runPage(browser, program, page)).toMatchObject({ isIsolated: true, results: sequencesInNode });
  },
);

test.for([chromium, firefox])("$name gets the bits of Node", async (browser, { skip }) => {
  const program = programOf(browser, skip);
  const page = { files, isIsolated: true, test: "trainBriefly", deadlineMilliseconds: 280_000 };
  expect(await runPage(browser, program, page)).toEqual({ isIsolated: true, workers: 2, results: inNode });
});
