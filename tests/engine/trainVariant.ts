import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { beforeAll } from "vitest";

/** Put there by `npm run matrix:install`. */
export const newerNode = resolve("build/matrix/programs/node_modules/node26/bin/node");
const probe = join(mkdtempSync(join(tmpdir(), "wasmgrad-")), "probe.mjs");

beforeAll(async () => {
  const entryPoints = ["tests/engine/variantProbe.ts"];
  await build({ entryPoints, outfile: probe, bundle: true, format: "esm", platform: "node", logLevel: "error" });
});

/** What came of a training. */
export interface Outcome {
  readonly sha256: string;
  readonly loss: number[];
  readonly warnings: string;
}

/** Trains as variantProbe.ts does, in a process of its own. */
export async function train(node: string, ...variants: string[]): Promise<Outcome> {
  const { stdout, stderr } = await promisify(execFile)(node, [probe, ...variants]);
  return { ...JSON.parse(stdout), warnings: stderr };
}
