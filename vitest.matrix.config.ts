import { defineConfig } from "vitest/config";

// The runtimes and bundlers of the README's table, with the packed package.
export default defineConfig({
  test: {
    include: ["tests/**/*.matrix.ts"],
    exclude: ["tests/runtimes/frames.matrix.ts"],
    globalSetup: "tests/runtimes/setup.ts",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    reporters: ["default", "./tests/runtimes/table.ts", ["json", { outputFile: "build/matrix.json" }]],
  },
});
