/** What the page weighs, compressed by gzip: `npx tsx examples/table-page/sizes.ts`, after `npm run build`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildPage } from "./serve";

/** Scripts that are there for models or browsers of other kinds, or for files that are dropped. The test sees what is loaded. */
const NOT_LOADED = /^\/(papaparse|threads|relaxed|strict|minimal|basic-|inflate|findRestriction)/;

export interface Sizes {
  /** Paths of the scripts that the page loads to predict with its first model. */
  readonly scripts: readonly string[];
  /** Of all of them, the WebAssembly binary included. */
  readonly scriptBytes: number;
  readonly modelBytes: number;
}

/** @param files of the page by their paths */
export function measureSizes(files: ReadonlyMap<string, string>): Sizes {
  const compressed = (path: string) => gzipSync(readFileSync(files.get(path)!), { level: 9 }).length;
  // A file of some bytes that hands on another one is there for files that are opened by their address.
  const isPassing = (path: string) => readFileSync(files.get(path)!).length < 60;
  const isLoaded = (path: string) => path.endsWith(".js") && !NOT_LOADED.test(path) && !isPassing(path);
  const scripts = [...files.keys()].filter(isLoaded);
  const scriptBytes = scripts.reduce((sum, path) => sum + compressed(path), 0);
  return { scripts, scriptBytes, modelBytes: compressed("/model.safetensors") };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { scripts, scriptBytes, modelBytes } = measureSizes(await buildPage());
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `script with WebAssembly: ${kilobytes(scriptBytes)} in ${scripts.length} files; model: ${kilobytes(modelBytes)}`,
  );
}
