// Before the matrix: packs what was built, installs it in every project, and trains in this Node for what all the
// others must equal.
import { execFile } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { pack } from "../package/pack";
import { bundlers, folderOf, isInstalled } from "./projects";
import type { Trained } from "./rows";

const run = promisify(execFile);

/** Lays the files of a project beside what it has installed, and installs the tarball as a user would. */
async function install(sources: readonly string[], tarball: string): Promise<void> {
  const folder = folderOf(basename(sources[0]));
  for (const source of sources) cpSync(source, folder, { recursive: true });
  rmSync(join(folder, "node_modules/wasmgrad"), { recursive: true, force: true });
  await run("npm", ["install", "--offline", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", tarball], {
    cwd: folder,
  });
}

export default async function setup(project: TestProject): Promise<void> {
  const { tarball } = await pack("build/matrix");
  const app = "tests/bundlers/app";
  const used = bundlers.filter(isInstalled).map((name) => [`tests/bundlers/${name}`, app]);
  await Promise.all([["tests/runtimes/plain", app], ...used].map((sources) => install(sources, tarball)));
  const { stdout } = await run(process.execPath, ["imports.mjs"], { cwd: folderOf("plain") });
  project.provide("inThisNode", JSON.parse(stdout).here);
}

declare module "vitest" {
  interface ProvidedContext {
    /** What training gives in the Node that runs the tests. */
    readonly inThisNode: Trained;
  }
}
