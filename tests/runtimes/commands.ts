import { join } from "node:path";
import { folderOf } from "./projects";

const installed = (name: string, program: string) => join(folderOf("programs"), "node_modules", name, program);

/** Of these, the one that runs the tests is itself; the others are installed. */
const nodes = [20, 22, 24, 26].map((major): [string, readonly string[]] => {
  const isThis = process.versions.node.startsWith(`${major}.`);
  return [`Node ${major}`, [isThis ? process.execPath : installed(`node${major}`, "bin/node")]];
});

/** How runtimes without pages are told to run a file. */
export const commands: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(nodes),
  // Its cache of compiled code takes another file of the same name and length, as chunks of two builds are, for the same.
  Deno: [installed("deno", "deno"), "run", "--no-code-cache", "--allow-all"],
  Bun: [installed("bun", "bin/bun")],
};
