// The packed package as tools see it that resolve its entries and types in every way there is.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-conformance-"));
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
let tarball: string;

beforeAll(() => {
  // Built just now by `npm test`, as in pack.test.ts.
  const parameters = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(execFileSync("npm", parameters, { encoding: "utf8", stdio: "pipe" }));
  tarball = join(folder, filename);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("publint finds nothing to improve", { timeout: 60_000 }, async () => {
  const bytes = readFileSync(tarball);
  const { messages } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

interface Analysis {
  readonly entrypoints: Readonly<Record<string, unknown>>;
  readonly problems?: readonly {
    readonly kind: string;
    readonly entrypoint?: string;
    readonly resolutionKind?: string;
  }[];
}

test("the types are right for ES modules, CommonJS and bundlers", { timeout: 120_000 }, () => {
  const attw = resolve("node_modules/@arethetypeswrong/cli/dist/index.js");
  // Files that are served as they are have no types; Node before 12.17, which knows no exports, is not supported.
  const files = Object.keys(manifest.exports).filter((path) => /\.\w+$/.test(path));
  const excluded = files.length > 0 ? ["--exclude-entrypoints", ...files] : [];
  const parameters = [attw, tarball, "--format", "json", "--profile", "node16", ...excluded];
  let printed: string;
  try {
    printed = execFileSync("node", parameters, { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    throw new Error(`attw failed:\n${(error as { stdout: string }).stdout}`);
  }
  const { analysis } = JSON.parse(printed) as { analysis: Analysis };
  const paths = Object.keys(manifest.exports).filter((path) => !files.includes(path));
  expect(Object.keys(analysis.entrypoints).sort()).toEqual(paths.sort());
  const problems = (analysis.problems ?? []).filter(({ resolutionKind }) => resolutionKind !== "node10");
  expect(problems).toEqual([]);
});
