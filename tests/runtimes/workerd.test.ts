// The built package in the runtime of Cloudflare Workers, which runs compiled modules only.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

/** Put there by `npm run matrix:install`. */
const home = resolve("build/matrix/programs/package.json");
const installed = resolve("build/matrix/programs/node_modules/workerd/package.json");

// Paths in a variable: neither file has types, and TypeScript is not to look for them.
const workerPath = "./workerd/worker.js";

interface Xor {
  readonly output: readonly number[];
  readonly weights: readonly number[];
}

describe.skipIf(!existsSync(installed))("in workerd", () => {
  let report: Record<"xor" | "threads" | "relaxed", Xor> & { line: number; worker: string; warnings: string[] };

  beforeAll(async () => {
    if (!existsSync("dist/edge/index.js")) throw new Error("There is no dist/edge to test. Run: npm run build");
    const program: string = createRequire(home)("workerd").default;
    const { stdout } = await promisify(execFile)(process.execPath, ["tests/runtimes/workerd/run.mjs", program, "."]);
    report = JSON.parse(stdout);
  });

  it("trains to the bits of Node, with a model and with the core", async () => {
    const { learnXor, learnLine } = await import(workerPath);
    const here: Xor = await learnXor();
    expect(here.output.map(Math.round)).toEqual([0, 1, 1, 0]);
    expect(report.xor).toEqual(here);
    expect(report.line).toBe(await learnLine());
    expect(report.line).toBeCloseTo(4, 5);
  });

  it("takes one thread and strict arithmetic where more was asked for, and says so once", () => {
    expect(report.threads).toEqual(report.xor);
    expect(report.relaxed).toEqual(report.xor);
    expect(report.warnings).toEqual([
      "wasmgrad: one thread instead of 2: this runtime has no workers.",
      'wasmgrad: in this runtime math is "strict".',
    ]);
  });

  it("has no workers, which is an error", () => {
    expect(report.worker).toBe(
      "ThreadError: a worker thread did not start (this runtime has none). Use threads: 1 and worker: false.",
    );
  });
});
