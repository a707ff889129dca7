import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import type { Reporter, TestCase } from "vitest/node";

/** Names the tests that did not run, and why: nobody should believe that a browser was tried when none was there. */
const skippedTests: Reporter = {
  onTestRunEnd(modules) {
    const skipped: TestCase[] = modules.flatMap((module) => [...module.children.allTests("skipped")]);
    if (skipped.length > 0) console.log(`Skipped tests:`);
    for (const test of skipped) {
      const { note } = test.result() as { note?: string };
      console.log(`  ${test.module.relativeModuleId} > ${test.fullName}${note ? `: ${note}` : ""}`);
    }
  },
};

export default defineConfig({
  resolve: {
    // As in tsconfig.json: tests and examples use the sources, tests/browser and tests/package what was built.
    alias: {
      "wasmgrad/core": resolve("src/core/index.ts"),
      "wasmgrad/node": resolve("src/node/index.ts"),
      "wasmgrad/inference": resolve("src/inference/index.ts"),
      wasmgrad: resolve("src/index.ts"),
    },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", skippedTests, ["json", { outputFile: "build/tests.json" }]],
  },
});
