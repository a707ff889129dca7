// The packed package as tools see it that resolve its entries and types in every way there is.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { expect, inject, test } from "vitest";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const { tarball } = inject("packed");

test("publint finds nothing to improve", async () => {
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

test("the types are right for ES modules, CommonJS and bundlers", () => {
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
