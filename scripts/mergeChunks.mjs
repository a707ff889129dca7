// esbuild makes a file of every set of modules that the same entries reach: dozens of small ones, and whoever bundles the
// package has as many chunks, each compressed alone. This makes two of what is loaded at once: what predicting takes, and
// what training takes besides. What is loaded on demand stays as it is.
import { readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { rolldown } from "rolldown";

const folder = resolve("dist");
const entries = ["index", "core", "node", "inference", "layers", "data", "callbacks"];
const fileOf = (entry) => join(folder, `${entry}.js`);

/** The files that a file imports at once, itself included. */
function closureOf(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, imported] of readFileSync(file, "utf8").matchAll(/^(?:import|export|\})[^"';]*"(\.\/[^"]+)";$/gm)) {
    closureOf(join(dirname(file), imported), seen);
  }
  return seen;
}

/** All files that a file can ever ask for. */
function reachOf(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, imported] of readFileSync(file, "utf8").matchAll(/"(\.\/[\w.-]+\.js)"/g)) {
    reachOf(join(dirname(file), imported), seen);
  }
  return seen;
}

const isEntry = (file) => entries.some((entry) => file === fileOf(entry));
const predicting = closureOf(fileOf("inference"));
const training = closureOf(fileOf("index"));
const before = entries.flatMap((entry) => [...reachOf(fileOf(entry))]);

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, fileOf(entry)])),
  // Namespaces stay modules, see tsup.config.ts.
  external: [/^node:/, /^\.\/(layers|data|callbacks)\.js$/],
  treeshake: false,
});
await bundle.write({
  dir: join(folder, "merged"),
  format: "esm",
  chunkFileNames: "[name]-[hash].js",
  advancedChunks: {
    groups: [
      { name: "predicting", test: (file) => predicting.has(file) && !isEntry(file), priority: 2 },
      { name: "training", test: (file) => training.has(file) && !isEntry(file), priority: 1 },
    ],
  },
});
await bundle.close();
for (const file of new Set(before)) rmSync(file);
const { readdirSync } = await import("node:fs");
for (const name of readdirSync(join(folder, "merged"))) renameSync(join(folder, "merged", name), join(folder, name));
rmSync(join(folder, "merged"), { recursive: true });
