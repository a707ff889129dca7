// The packed package in runtimes without pages.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { commands } from "./commands";
import { absence, folderOf } from "./projects";
import { describeRow, type Run } from "./rows";

async function run([program, ...parameters]: readonly string[], file: string): Promise<Run> {
  const { stdout } = await promisify(execFile)(program, [...parameters, file], { cwd: folderOf("plain") });
  return JSON.parse(stdout);
}

for (const [name, command] of Object.entries(commands)) {
  describeRow({
    name: `${name}, \`import\` and \`require\``,
    absent: absence(name, existsSync(command[0])),
    run: async () => {
      const [byImport, byRequire] = await Promise.all([run(command, "imports.mjs"), run(command, "requires.cjs")]);
      return { byImport, byRequire };
    },
  });
}
