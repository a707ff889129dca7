import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { DataError } from "wasmgrad";

/** The folder of an installed npm package. */
export function folderOf(packageName: string): string {
  const require = createRequire(import.meta.url);
  let main: string;
  try {
    main = require.resolve(packageName);
  } catch (cause) {
    throw new DataError(`examples: the package ${packageName} is not there. Run npm ci first.`, { cause });
  }
  const end = join("node_modules", ...packageName.split("/"));
  return main.slice(0, main.lastIndexOf(end) + end.length);
}

/**
 * A text file of an installed npm package.
 *
 * @throws DataError when the package is not installed
 */
export function readPackage(packageName: string, path: string): string {
  return readFileSync(join(folderOf(packageName), path), "utf8");
}
