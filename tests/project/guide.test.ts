// CONTRIBUTING.md can be followed: what it puts something behind is there, what it creates is not, and every operation has
// the files and lines that it asks for. `node scripts/guide.mjs FOLDER` really follows it.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inserted, steps } from "../../scripts/guide.mjs";
import * as registry from "../../src/ops/index";

const read = (file: string) => readFileSync(file, "utf8");

describe("the guide to a new operation", () => {
  test.each(steps().map((step, i) => [i + 1, step] as const))("step %i", (_, step) => {
    if (step.kind === "create") expect(existsSync(step.file)).toBe(false);
    else if (step.kind === "insert") expect(inserted(read(step.file), step)).toContain(step.text.trim());
    else for (const command of step.commands) expect(command).toMatch(/^(npm|npx) /);
  });

  test("runs commands that exist", () => {
    const { scripts } = JSON.parse(read("package.json"));
    for (const [, name] of read("CONTRIBUTING.md").matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty(name);
  });
});

describe.each(Object.keys(registry))("the operation %s", (name) => {
  const folders = ["", "losses/", "metrics/", "optimizers/", "ops/"];
  const findIn = (root: string) => folders.map((folder) => `${root}/${folder}${name}.ts`).filter(existsSync);

  test("has the two files and the two lines of the guide", () => {
    expect(findIn("src/ops").length).toBe(1);
    expect(findIn("assembly").length).toBe(1);
    expect(read("src/ops/index.ts")).toMatch(new RegExp(`\\b${name}\\b.* from "\\./(\\w+/)?${name}"`));
    expect(read("assembly/builds/full.ts")).toMatch(new RegExp(`\\b${name}Forward\\b.* from "\\.\\./\\w+/${name}"`));
  });
});
