import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { defineConfig, type Options } from "tsup";
import { operationsInTwoWays } from "./scripts/operationsInTwoWays.mjs";
import { workerScript } from "./src/engine/workers/workerScript";

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist/wasm", { recursive: true });

// For those who serve them as files.
for (const build of ["strict", "threads", "relaxed", "relaxedThreads"]) {
  copyFileSync(`build/${build}.wasm`, `dist/wasm/${build}.wasm`);
}
// An ES module, as all of the package is said to be; browsers load it as one.
writeFileSync("dist/worker.js", `${workerScript}export {};\n`);

// What is bundled brings its licence.
const bundled = { papaparse: "papaparse", fflate: "fflate", "@assemblyscript/loader": "assemblyscript" };
const licenses = Object.entries(bundled).map(([name, licensed]) => {
  const files = ["LICENSE", "NOTICE"].map((file) => `node_modules/${licensed}/${file}`).filter(existsSync);
  return [name, ...files.map((file) => readFileSync(file, "utf8"))].join("\n\n");
});
writeFileSync("dist/THIRD_PARTY_LICENSES.txt", licenses.join("\n\n----\n\n"));

/** Parts of the first entry of which most programs use little: its namespaces, schedules, and what is made of tables. */
const parts = {
  data: "data/index",
  text: "text/index",
  ops: "nodes/index",
  layers: "layers/index",
  callbacks: "training/callbacks/index",
  schedules: "optimizers/schedules",
  tables: "tables",
};

/**
 * Keeps those parts in files of their own: bundled into one file namespaces would become objects, of which no bundler can drop
 * what is not used, and the functions behind schedules would stand beside what every model needs. A plugin of esbuild.
 */
const filesOfParts: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "files of parts",
  setup(build) {
    const extension = build.initialOptions.outExtension?.[".js"] ?? ".js";
    for (const [name, file] of Object.entries(parts)) {
      build.onResolve({ filter: new RegExp(`^\\./${file}$`) }, ({ importer }) =>
        importer === resolve("src/index.ts") ? { path: `./${name}${extension}`, external: true } : undefined,
      );
    }
  },
};

const common: Options = {
  target: "es2022",
  silent: true,
  removeNodeProtocol: false,
  noExternal: Object.keys(bundled),
};

const entries = {
  index: "src/index.ts",
  core: "src/core/index.ts",
  inference: "src/inference/index.ts",
  ...Object.fromEntries(Object.entries(parts).map(([name, file]) => [name, `src/${file}.ts`])),
};

/** Entries beside the first one: for Node, for models of other libraries, and for files that are read by packages of others. */
const beside = {
  node: "src/node/index.ts",
  exchange: "src/exchange/index.ts",
  parquet: "src/parquet/index.ts",
  arrow: "src/arrow/index.ts",
  sqlite: "src/sqlite/index.ts",
};

/** For pages and servers alike. */
const neutral: Options = {
  ...common,
  splitting: true,
  platform: "neutral",
  external: [/^node:/],
  esbuildOptions: (options) => {
    options.mainFields = ["browser", "module", "main"];
    // papaparse's own switch for leaving out Node's streams.
    options.define = { ...options.define, PAPA_BROWSER_CONTEXT: "true" };
  },
};

/** Inlined binaries give way to one module that is imported: edge runtimes do not compile bytes. */
const withImportedModule: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "imported module",
  setup(build) {
    build.onResolve({ filter: /^\.\/packaged$/ }, () => ({ path: resolve("src/edge/packaged.ts") }));
    build.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({
      path: `../wasm/${basename(path)}`,
      external: true,
    }));
    build.onLoad({ filter: /engine\/module\/generated\/\w+\.ts$/ }, ({ path }) => {
      const name = basename(path, ".ts");
      return name === "identities" || name === "contents" ? undefined : { contents: `export const ${name} = "";` };
    });
  },
};

export default defineConfig([
  {
    ...neutral,
    // All entries share chunks, so that a class is the same class in all; what is imported lazily stays lazy.
    entry: { ...entries, ...beside },
    esbuildPlugins: [filesOfParts, operationsInTwoWays],
    format: ["esm", "cjs"],
    dts: { entry: { index: "src/index.ts", core: "src/core/index.ts", inference: "src/inference/index.ts" } },
  },
  {
    ...neutral,
    entry: entries,
    outDir: "dist/edge",
    format: "esm",
    esbuildPlugins: [filesOfParts, operationsInTwoWays, withImportedModule],
  },
  // The command line is a program on top of the package, which it imports as anybody does.
  {
    ...common,
    entry: { cli: "src/cli/main.ts" },
    format: "esm",
    outExtension: () => ({ js: ".mjs" }),
    banner: { js: "#!/usr/bin/env node" },
    external: ["wasmgrad"],
    splitting: false,
  },
  // The types of the entries beside it, which take the first entry's from the package: a class has to have one declaration.
  {
    ...common,
    entry: beside,
    format: ["esm", "cjs"],
    dts: { only: true },
    external: ["wasmgrad"],
  },
]);
