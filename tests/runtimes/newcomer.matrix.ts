// The README's example, character by character, wherever the README says that it runs.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromium, findProgram, firefox } from "../browser/browser";
import { Session } from "../browser/session";
import { type Site, serveFolder } from "../browser/site";
import { commands } from "./commands";
import { absence, folderOf } from "./projects";

const folder = join(folderOf("plain"), "newcomer");
const [, example] = /```js\n(.*?)```/s.exec(readFileSync("README.md", "utf8")) ?? [];

/** A page with the example between what says where the library is and what tells the test what was printed. */
const page = `<!doctype html>
<meta charset="utf-8">
<title>The README's example</title>
<script type="importmap">{ "imports": { "wasmgrad": "/node_modules/wasmgrad/dist/index.js" } }</script>
<script>
  const printed = [];
  const tell = async (content) => {
    const address = new URLSearchParams(location.search).get("report");
    const next = await fetch(address, { method: "POST", body: JSON.stringify(content) });
    location.replace(await next.text());
  };
  console.log = (...values) => printed.push(values.join(" ")) === 2 && tell({ printed: printed.join("\\n") });
  onunhandledrejection = ({ reason }) => tell({ error: String(reason) });
</script>
<script>
${example}</script>
`;

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const name of ["example.mjs", "example.cjs", "example.ts"]) writeFileSync(join(folder, name), example);
  writeFileSync(join(folder, "index.html"), page);
});

async function run([program, ...parameters]: readonly string[], file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...parameters, file], { cwd: folder });
  return stdout;
}

function expectLearned(printed: string): void {
  const [accuracy] = /(?<=trained on: )[\d.]+/.exec(printed) ?? [];
  expect(Number(accuracy), printed).toBeGreaterThan(0.9);
  expect(printed).toContain("center and corner:");
}

test("is 15 lines, not counting empty ones and the comment", () => {
  const lines = example.split("\n").filter((line) => line.trim() && !line.trim().startsWith("//"));
  expect(lines.length).toBeLessThanOrEqual(15);
});

for (const [name, command] of Object.entries(commands)) {
  // Node 20 takes no TypeScript, and is given what the compiler makes of it below.
  const kinds = name === "Node 20" ? ["mjs", "cjs"] : ["mjs", "cjs", "ts"];
  test.for(kinds)(`runs in ${name} as .%s`, async (kind, { skip }) => {
    const absent = absence(name, existsSync(command[0]));
    if (absent) skip(absent);
    expectLearned(await run(command, `example.${kind}`));
  });
}

test("is strict TypeScript", async () => {
  const options = { strict: true, target: "ES2022", module: "nodenext", types: ["node"], outDir: "compiled" };
  const typeRoots = [resolve("node_modules/@types")];
  const config = { compilerOptions: { ...options, typeRoots }, files: ["example.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = resolve("node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler], { cwd: folder }).catch(({ stdout }) => {
    throw new Error(stdout);
  });
  expectLearned(await run([process.execPath], "compiled/example.js"));
});

let site: Site;
beforeAll(async () => {
  site = await serveFolder(folderOf("plain"));
});
afterAll(() => site.close());

for (const browser of [chromium, firefox]) {
  test(`runs on a page in ${browser.name}`, async ({ skip, onTestFinished }) => {
    const program = findProgram(browser);
    const absent = absence(browser.name, program !== undefined);
    if (absent) skip(absent);
    const session = new Session(browser, program!);
    onTestFinished(() => session.close());
    const { printed } = (await session.visit(`${site.url}newcomer/index.html`)) as { printed: string };
    expectLearned(printed);
  });
}
