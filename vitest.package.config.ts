import { defineConfig } from "vitest/config";

// What `npm run test:package` runs: the package as it was built and packed, in projects, browsers and runtimes; its types,
// reference and size.
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ["tests/{package,browser,runtimes}/**/*.test.ts"],
    exclude: ["tests/browser/{images,smoke}.test.ts"],
    globalSetup: "tests/package/setup.ts",
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ["default", "./tests/skippedTests.ts", ["json", { outputFile: "build/package.json" }]],
  },
});
