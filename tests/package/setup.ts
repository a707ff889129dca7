// Before the tests of the package: packs what was built, once for all of them.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { type Packed, pack } from "./pack";

export default async function setup(project: TestProject): Promise<void> {
  const folder = resolve("build/packed");
  rmSync(folder, { recursive: true, force: true });
  project.provide("packed", await pack(folder));
}

declare module "vitest" {
  interface ProvidedContext {
    /** The package as a user would get it. */
    readonly packed: Packed;
  }
}
