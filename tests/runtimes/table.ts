// The README's table of runtimes, from the tests that have just run.
import { readFileSync, writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { columns } from "./rows";

const readmePath = "README.md";
const begin = "<!-- matrix: written by npm run matrix -->";
const end = "<!-- /matrix -->";
/** The order in which files stand in the table. */
const files = ["programs", "pages", "bundlers"];

function place({ relativeModuleId }: TestModule): number {
  return files.findIndex((name) => relativeModuleId.endsWith(`${name}.matrix.ts`));
}

/** Notes are numbered in the order in which the table names them. */
class Notes {
  readonly #reasons: string[] = [];

  mark(reason: string): string {
    if (!this.#reasons.includes(reason)) this.#reasons.push(reason);
    return `<sup>${this.#reasons.indexOf(reason) + 1}</sup>`;
  }

  toString(): string {
    return this.#reasons.map((reason, i) => `<sup>${i + 1}</sup> ${reason}`).join("<br>\n");
  }
}

/** The table in Markdown; a cell without a passed test is empty. */
function tableOf(tests: readonly TestCase[]): string {
  const rows = new Map<string, Map<string, TestCase>>();
  for (const test of tests) {
    const { name } = test.parent as { name: string };
    if (!rows.has(name)) rows.set(name, new Map());
    rows.get(name)!.set(test.name, test);
  }
  const notes = new Notes();
  const cell = (test?: TestCase) => {
    const content = test?.ok() ? test.meta().cell : undefined;
    if (!content) return "";
    return content.isThere ? "✓" : `–${notes.mark(content.reason)}`;
  };
  const names = Object.keys(columns);
  const lines = [
    `| | ${names.join(" | ")} |`,
    `|---|${":-:|".repeat(names.length)}`,
    ...Array.from(rows, ([name, cells]) => `| ${name} | ${names.map((name) => cell(cells.get(name))).join(" | ")} |`),
  ];
  return `${lines.join("\n")}\n\n${notes}`;
}

/** Writes the table into the README when all of it has run; in CI one that is not up to date is a failure. */
export default class MatrixReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === "skipped");
    const reasons = new Set(skipped.map((test) => (test.result() as { note?: string }).note ?? "not asked for"));
    for (const reason of reasons) console.log(`Skipped: ${reason}`);

    const known = modules.filter((module) => place(module) >= 0).sort((a, b) => place(a) - place(b));
    const cells = known.flatMap((module) => [...module.children.allTests()]);
    if (cells.length === 0) return;
    const table = tableOf(cells);
    console.log(`\n${table}\n`);
    if (known.length < files.length || !cells.every((test) => test.result().state === "passed")) return;

    const readme = readFileSync(readmePath, "utf8");
    const [before, rest] = readme.split(begin);
    const [, after] = rest.split(end);
    const written = `${before}${begin}\n${table}\n${end}${after}`;
    if (written === readme) return;
    if (process.env.CI) {
      console.error("README.md has another table. Run: npm run matrix");
      process.exitCode = 1;
    } else {
      writeFileSync(readmePath, written);
      console.log("The table of README.md is written.");
    }
  }
}
