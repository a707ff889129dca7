// What programs made with the package weigh, from the built package: bundled by Rolldown, as Vite does, minified, and
// compressed by gzip. Counted is every file that is loaded to run the program, the WebAssembly binary included.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { rolldown } from "rolldown";

/** The programs, the files that are loaded on demand when they run, and how many bytes they may take. */
export const programs = {
  training: {
    // The goal is 48,000.
    limit: 71_200,
    onDemand: ["minimal"],
    source: `
      import { layers, sequential } from "wasmgrad";
      const network = sequential({
        layers: [
          layers.dense({ units: 16, activation: "relu", inputShape: [2] }),
          layers.dense({ units: 3, activation: "softmax" }),
        ],
      });
      network.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
      await network.fit([[0, 1], [1, 0], [1, 1]], [0, 1, 2], { epochs: 100 });
      globalThis.result = (await network.predict([[0, 1]])).toArray();
    `,
  },
  inference: {
    // The goal is 16,000.
    limit: 20_200,
    onDemand: ["basicForward"],
    source: `
      import { loadModel } from "wasmgrad/inference";
      const network = await loadModel(globalThis.bytes);
      globalThis.result = (await network.predict([[0, 1]])).toArray();
    `,
  },
};

const gzipped = (text) => gzipSync(text, { level: 9 }).length;

/** Runs something with a program's file in a project where the package is installed as it was built. */
async function inProject(source, work) {
  const project = mkdtempSync(join(tmpdir(), "wasmgrad-size-"));
  try {
    mkdirSync(join(project, "node_modules"));
    symlinkSync(resolve("."), join(project, "node_modules/wasmgrad"));
    writeFileSync(join(project, "program.mjs"), source);
    return await work(join(project, "program.mjs"));
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** The files of a bundle, each with those it imports. */
export function bundle(source) {
  return inProject(source, async (input) => {
    const bundled = await rolldown({ input, external: [/^node:/], logLevel: "silent" });
    const { output } = await bundled.generate({ format: "esm", minify: true });
    return output;
  });
}

/** The files that are loaded when a bundle runs: what its entry imports, and what it asks for by and by. */
export function loadedFiles(files, onDemand) {
  const byName = new Map(files.map((file) => [file.fileName, file]));
  const loaded = new Set();
  const visit = (name) => {
    const file = byName.get(name);
    if (!file || loaded.has(file)) return;
    loaded.add(file);
    for (const imported of file.imports) visit(imported);
  };
  for (const { fileName, isEntry, name } of files) {
    if (isEntry || onDemand.some((wanted) => new RegExp(`^${wanted}(-|$)`).test(name))) visit(fileName);
  }
  return [...loaded];
}

/** Bytes of a program whose bundler makes one file, with everything that could ever be loaded in it. */
function singleFile(source) {
  return inProject(source, async (entry) => {
    const options = {
      bundle: true,
      minify: true,
      format: "esm",
      external: ["node:*"],
      write: false,
      logLevel: "error",
    };
    const { outputFiles } = await build({ ...options, entryPoints: [entry], preserveSymlinks: true });
    return gzipped(outputFiles[0].text);
  });
}

/** Sizes of all programs, in bytes after gzip. */
export async function measure() {
  const sizes = {};
  for (const [name, { source, onDemand, limit }] of Object.entries(programs)) {
    const files = loadedFiles(await bundle(source), onDemand);
    const bytes = (list) => list.reduce((sum, { code }) => sum + gzipped(code), 0);
    const binary = bytes(files.filter((file) => /^(minimal|basicForward)(-|$)/.test(file.name)));
    const total = bytes(files);
    sizes[name] = { total, binary, files: files.length, limit, singleFile: await singleFile(source) };
  }
  return sizes;
}

if (process.argv[1] === resolve("scripts/size.mjs")) {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log("| program | loaded, gzipped | of it WebAssembly | files | as one file with everything |");
  console.log("|---|---|---|---|---|");
  for (const [name, { total, binary, files, singleFile }] of Object.entries(await measure())) {
    console.log(`| ${name} | ${kilobytes(total)} | ${kilobytes(binary)} | ${files} | ${kilobytes(singleFile)} |`);
  }
}
