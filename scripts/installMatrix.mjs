// Puts the runtimes and bundlers that `npm run matrix` tries into folders of their own under build/matrix, unless what their
// manifests name is there already. The package itself is installed by the tests.
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const projects = [
  "tests/runtimes/programs",
  ...["vite", "webpack", "rollup", "esbuild", "next"].map((name) => `tests/bundlers/${name}`),
];
const options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];

async function install(project) {
  const folder = join("build/matrix", basename(project));
  const manifest = readFileSync(join(project, "package.json"), "utf8");
  const installed = join(folder, "installed.json");
  if (existsSync(installed) && readFileSync(installed, "utf8") === manifest) return;
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(project, "package.json"), join(folder, "package.json"));
  const started = performance.now();
  const attempt = () => promisify(execFile)("npm", ["install", ...options], { cwd: folder });
  await attempt().catch(attempt);
  writeFileSync(installed, manifest);
  console.log(`${folder}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Two at a time; one that fails does not keep the others. */
const work = async () => {
  for (let next = projects.shift(); next; next = projects.shift()) {
    await install(next).catch((error) => {
      console.error(error.stderr || error);
      process.exitCode = 1;
    });
  }
};
await Promise.all([work(), work()]);
