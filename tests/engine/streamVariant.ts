import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { beforeAll } from "vitest";

const probe = join(mkdtempSync(join(tmpdir(), "wasmgrad-")), "streams.mjs");

beforeAll(async () => {
  const entryPoints = ["tests/engine/streamProbe.ts"];
  await build({ entryPoints, outfile: probe, bundle: true, format: "esm", platform: "node", logLevel: "error" });
});

/** What came of streaming. */
export interface Streamed {
  /** Layers whose streams put out other bits than the whole sequence. */
  readonly different?: string[];
  readonly sha256?: string;
  readonly error?: { readonly name: string; readonly message: string; readonly reason?: string };
  readonly warnings: string;
}

/** Streams as streamProbe.ts does, in a process of its own. */
export async function streamIn(node: string, flags: readonly string[], ...variants: string[]): Promise<Streamed> {
  const { stdout, stderr } = await promisify(execFile)(node, [...flags, probe, ...variants]);
  return { ...JSON.parse(stdout), warnings: stderr };
}
