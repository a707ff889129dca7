// Puts the modules that tsup has written into few files. esbuild splits a program by which of its entries reach a module,
// lazy imports among them, and so makes dozens of chunks of a kilobyte; what is loaded together here stands together. Then
// shortens the code as Terser does, names and lines kept: what bundles the package shortens names, but does not find all of
// the rest.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { minify } from "terser";

/** Files that stay by themselves, so that bundlers can drop what is not used of the objects they stand for. */
const namespaces = ["layers.js", "data.js", "callbacks.js"];

/** What a chunk imports at once: paths of files, itself included. */
function closureOf(file, { imports }, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const imported of imports(file)) closureOf(imported, { imports }, seen);
  return seen;
}

const staticImport = /(?:^|\n)(?:import|export)\s?(?:[^"'()]*?from\s*)?["'](\.\/[^"']+)["']/g;

/** Writes the ES modules of a folder anew, as few of them. */
async function regroup(folder, entries) {
  const imports = (file) =>
    [...readFileSync(file, "utf8").matchAll(staticImport)]
      .map(([, path]) => join(folder, path))
      .filter((path) => !namespaces.some((name) => path.endsWith(name)));
  const closure = (entry) => closureOf(resolve(folder, `${entry}.js`), { imports });
  const isEntry = new Set(entries.map((entry) => resolve(folder, `${entry}.js`)));
  const [inference, index] = [closure("inference"), closure("model")];
  const nameOf = (id) => {
    if (isEntry.has(id)) return null;
    if (id.includes("-js")) console.log(id);
    if (inference.has(id) && index.has(id)) return process.env.SHARED ?? null;
    return index.has(id) ? "model" : null;
  };
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, resolve(folder, `${entry}.js`)])),
    external: (id, importer) =>
      !id.startsWith(".") && !id.startsWith("/")
        ? true
        : /\.wasm/.test(id) || (importer?.endsWith("index.js") && namespaces.includes(id.slice(2))),
    platform: "neutral",
    makeAbsoluteExternalsRelative: false,
    preserveEntrySignatures: "allow-extension",
    treeshake: true,
  });
  const { output } = await bundle.generate({
    format: "esm",
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: { groups: [{ name: nameOf, includeDependenciesRecursively: false }] },
  });
  for (const name of readdirSync(folder))
    if (/\.js$/.test(name) && name !== "worker.js" && name !== "cli.js") rmSync(join(folder, name));
  for (const { fileName, code } of output) writeFileSync(join(folder, fileName), code);
}

async function shorten(file) {
  const { code } = await minify(readFileSync(file, "utf8"), {
    module: true,
    ecma: 2022,
    compress: { ecma: 2022, passes: 3 },
    mangle: false,
    format: { beautify: true, indent_level: 1, comments: /^[@#]|__PURE__/, preserve_annotations: true },
  });
  writeFileSync(file, code);
}

const entries = ["index", "core", "inference", "layers", "data", "callbacks"];
await regroup(resolve("dist"), [...entries, "node"]);
await regroup(resolve("dist/edge"), entries);
for (const folder of ["dist", "dist/edge"]) {
  for (const name of readdirSync(folder)) {
    if (process.env.SHORT && /\.c?js$/.test(name) && name !== "cli.js") await shorten(join(folder, name));
  }
}
