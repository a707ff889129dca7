import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

export interface Packed {
  /** The path of the tarball. */
  readonly tarball: string;
  /** The paths of the files in it. */
  readonly files: readonly string[];
}

/**
 * Packs dist/ into a folder. Does not build it: another build would pull dist/ from under the tests that read it.
 *
 * @throws Error when there is nothing to pack
 */
export async function pack(folder: string): Promise<Packed> {
  if (!existsSync("dist/index.js")) throw new Error("There is no dist/ to pack. Run: npm run build");
  mkdirSync(folder, { recursive: true });
  const parameters = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", parameters);
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return { tarball: resolve(join(folder, filename)), files: files.map(({ path }) => path) };
}
