// The packed package in runtimes without pages.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { commands } from "./commands";
import { absence, folderOf } from "./projects";
import { describeRow, type Lack, type Run } from "./rows";

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

const alone: Lack = { reason: "One thread: workerd has no workers to start.", outcome: { workers: 0 } };

describeRow({
  name: "workerd",
  absent: absence("workerd", existsSync(join(folderOf("programs"), "node_modules/workerd"))),
  run: async () => {
    const program: string = createRequire(join(folderOf("programs"), "package.json"))("workerd").default;
    const modules = ["edge.js", "training.js"].map((name) => join(folderOf("plain"), name));
    const library = join(folderOf("plain"), "node_modules/wasmgrad");
    const parameters = ["tests/runtimes/workerd/run.mjs", program, library, ...modules];
    const { stdout } = await promisify(execFile)(process.execPath, parameters);
    return { workerd: JSON.parse(stdout) };
  },
  threads: alone,
  worker: {
    ...alone,
    outcome: {
      weightsSha256: undefined,
      error: "ThreadError: a worker thread did not start (this runtime has none). Use threads: 1 and worker: false.",
      workers: 0,
    },
  },
  inWorker: alone,
});
