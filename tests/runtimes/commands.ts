import { join } from "node:path";
import { folderOf } from "./projects";

const installed = (name: string, program: string) => join(folderOf("programs"), "node_modules", name, program);

/** How runtimes without pages are told to run a file. */
export const commands: Readonly<Record<string, readonly string[]>> = {
  "Node 20": [process.execPath],
  "Node 22": [installed("node22", "bin/node")],
  "Node 24": [installed("node24", "bin/node")],
  "Node 26": [installed("node26", "bin/node")],
  Deno: [installed("deno", "deno"), "run", "--allow-all"],
  Bun: [installed("bun", "bin/bun")],
};
