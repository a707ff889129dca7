// The workflows call what there is: scripts, files and tests move, and a workflow is not run where they do.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const folder = ".github/workflows";
const { scripts, engines } = JSON.parse(readFileSync("package.json", "utf8"));

describe.each(readdirSync(folder))("%s", (name) => {
  const text = readFileSync(`${folder}/${name}`, "utf8");
  const commands = Array.from(text.matchAll(/^\s*-? ?run: (.+)$/gm), ([, command]) => command);

  test("runs scripts and files that exist", () => {
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const [, script] = /^npm run ([\w:]+)/.exec(command) ?? [];
      if (script) expect(scripts).toHaveProperty(script);
      for (const [path] of command.matchAll(/(?<=^| )(?:tests|\.ci)\/[\w./]+/g))
        expect(existsSync(path), path).toBe(true);
    }
  });

  test("may only read the repository, unless a job says otherwise", () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    expect(text).not.toMatch(/contents: write|write-all/);
  });
});

test("every supported version of Node is tried", () => {
  const [, list] = /node: \[(.*)\]/.exec(readFileSync(`${folder}/ci.yml`, "utf8"))!;
  const versions = list.split(", ").map(Number);
  expect(Math.min(...versions)).toBe(Number(/\d+/.exec(engines.node)![0]));
  expect(versions).toEqual([20, 22, 24, 26]);
});
