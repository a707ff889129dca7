import { mergeConfig } from "vitest/config";
import matrix from "./vitest.matrix.config";

// How a page stays alive while it trains, by itself: whatever else runs would count as work of the page.
const { test, ...rest } = matrix;
export default mergeConfig(rest, {
  resolve: { tsconfigPaths: true },
  test: {
    ...test,
    include: ["tests/runtimes/frames.matrix.ts", "tests/browser/mobyDick.frames.ts", "tests/browser/reading.frames.ts"],
    fileParallelism: false,
    exclude: [],
    reporters: ["default", ["json", { outputFile: "build/frames.json" }]],
  },
});
