import { defineConfig } from "vitest/config";

/**
 * Tests that count workers, threads, bytes or timers of their process, or that change what a process has once. And tsc, because these
 * begin before the others: when it came last, one processor had nothing to do for twenty seconds.
 */
const alone = [
  "tests/engine/**/*.test.ts",
  "tests/core/core.test.ts",
  "tests/model/{memory,eventLoop}.test.ts",
  "tests/types/types.test.ts",
];

// What `npm test` runs: all that the sources themselves can show. What needs dist/ is in vitest.package.config.ts.
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    exclude: [
      "tests/{package,runtimes}/**",
      "tests/browser/{browsers,endedWorkers,mobyDick,page,policy,tablePage}.test.ts",
    ],
    maxWorkers: 2,
    // A limit ends what hangs. It measures nothing: a busy machine may take twenty times as long as a quiet one.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ["default", "./tests/skippedTests.ts", ["json", { outputFile: "build/tests.json" }]],
    projects: [
      // One process runs many files one after the other: importing the library for each would take half of the time.
      { extends: true, test: { name: "shared", include: ["tests/**/*.test.ts"], exclude: alone, isolate: false } },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
