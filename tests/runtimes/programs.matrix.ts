// The packed package in runtimes without pages.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { absence, folderOf } from "./projects";
import { describeRow, type Run } from "./rows";

const installed = (name: string, program: string) => join(folderOf("programs"), "node_modules", name, program);

const runtimes: Readonly<Record<string, readonly string[]>> = {
  "Node 20": [process.execPath],
  "Node 22": [installed("node22", "bin/node")],
  "Node 24": [installed("node24", "bin/node")],
  "Node 26": [installed("node26", "bin/node")],
  Deno: [installed("deno", "deno"), "run", "--allow-all"],
  Bun: [installed("bun", "bin/bun")],
};

async function run([program, ...parameters]: readonly string[], file: string): Promise<Run> {
  const { stdout } = await promisify(execFile)(program, [...parameters, file], { cwd: folderOf("plain") });
  return JSON.parse(stdout);
}

for (const [name, command] of Object.entries(runtimes)) {
  describeRow({
    name: `${name}, \`import\` and \`require\``,
    absent: absence(name, existsSync(command[0])),
    run: async () => {
      const [byImport, byRequire] = await Promise.all([run(command, "imports.mjs"), run(command, "requires.cjs")]);
      return { byImport, byRequire };
    },
  });
}
