// Puts the ES modules that tsup has written into fewer files. esbuild splits a program by which of its entries and lazy imports
// reach a module, which leaves dozens of files of a kilobyte: each costs half a millisecond when Node imports the package, and
// in bundles what one compresses less. Here everything that a model imports at once stands in one file, and what is left
// where it was.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { rolldown } from "rolldown";

/** Parts of the first entry that stay by themselves: see tsup.config.ts. */
const parts = ["layers", "ops", "data", "text", "callbacks", "schedules", "tables"];
const filesOfParts = parts.map((part) => `${part}.js`);

/**
 * The files from which an ES module imports names at once, itself included, without those of parts. esbuild also imports files
 * for their effects, of which these have none.
 */
function importedBy(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, path] of text.matchAll(/^(?:import|export|\})[^"'()]*?from ["'](\.\/[^"']+)["']/gm)) {
    if (!filesOfParts.includes(path.slice(2))) importedBy(join(file, "..", path), found);
  }
  return found;
}

/** What trainings load now and then, each a kilobyte: together they are one file. */
const occasional = ["classWeight", "oneStep", "progressBar", "rewind", "fallback", "streamFeed", "validation"];

/** Packages that some entries read files by, where they are installed. */
const peers = Object.keys(JSON.parse(readFileSync("package.json", "utf8")).peerDependencies);

/** Whole scripts of the package, which are no modules of it. */
const scripts = ["worker"];

/** The name that tsup gave a chunk, without the letters that tell its content. */
function plainName({ name }) {
  const plain = name.replace(/(-[A-Z0-9]{8})?(\.js)?$/, "");
  return `${plain}${scripts.includes(plain) ? "Chunk" : ""}.js`;
}

/** Writes the modules of a folder anew. `entries` are the files that others import by name. */
async function pack(folder, entries) {
  const path = (entry) => resolve(folder, `${entry}.js`);
  const paths = new Set(entries.map(path));
  const [ofIndex, ofInference] = ["index", "inference"].map((entry) => importedBy(path(entry)));
  // What reading a file takes as well, without all else of predicting: bundles load it for a program that may do so.
  const files = readdirSync(folder).find((name) => /^files-\w+\.js$/.test(name));
  const ofFiles = importedBy(join(folder, files));
  // What images of pages share with those of files: else a part would export it under names of its own.
  const canvas = readdirSync(folder).find((name) => /^canvas-\w+\.js$/.test(name));
  const ofCanvas = importedBy(join(folder, canvas));
  // What importing shares with the readers of formats, which are loaded one by one.
  const ofExchange = entries.includes("exchange") ? importedBy(path("exchange")) : new Set();
  const isOfExchange = (id) => ofExchange.has(id) && !ofIndex.has(id) && !ofInference.has(id) && !paths.has(id);
  // What predicting takes is a part of what training takes, and stays by itself for those who only predict.
  const isOfTraining = (id) => ofIndex.has(id) && !ofInference.has(id) && !paths.has(id);
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, path(entry)])),
    external: (id, importer) =>
      id.startsWith("node:") ||
      peers.includes(id) ||
      id.includes(".wasm") ||
      (importer === path("index") && filesOfParts.includes(id.slice(2))),
    platform: "neutral",
    treeshake: { moduleSideEffects: false },
    preserveEntrySignatures: "allow-extension",
    makeAbsoluteExternalsRelative: false,
  });
  const { output } = await bundle.generate({
    format: "esm",
    chunkFileNames: plainName,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: "training", test: isOfTraining },
        { name: "errors", test: (id) => ofInference.has(id) && ofFiles.has(id) && !paths.has(id) },
        { name: "common", test: (id) => ofInference.has(id) && !ofFiles.has(id) && !paths.has(id) },
        { name: "images", test: (id) => ofCanvas.has(id) && !paths.has(id) && basename(id) !== canvas },
        { name: "exchangeShared", test: isOfExchange },
        { name: "occasional", test: (id) => occasional.some((name) => basename(id).startsWith(`${name}-`)) },
      ],
    },
  });
  for (const file of importedFiles(folder)) rmSync(file);
  for (const { fileName, code } of output) writeFileSync(join(folder, fileName), code);
}

/** What tsup has written into a folder besides whole scripts. */
function importedFiles(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".js") && !scripts.includes(name.slice(0, -3)));
  return names.map((name) => join(folder, name));
}

const entries = ["index", "core", "inference", ...parts];
await pack(resolve("dist"), [...entries, "node", "exchange", "parquet", "arrow", "sqlite"]);
await pack(resolve("dist/edge"), entries);
