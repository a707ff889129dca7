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

  // R16
  test("uses actions at a commit, with the version it is in a comment", () => {
    const used = Array.from(text.matchAll(/^.*\buses: *(.*)$/gm), ([, action]) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

// R16
describe("the release", () => {
  /** The text of each job by its name, and what a job calls. */
  const [, jobText] = readFileSync(`${folder}/release.yml`, "utf8").split(/^jobs:\n/m);
  const jobs = new Map(
    Array.from(jobText.matchAll(/^ {2}(\w+):\n((?: {4}.*\n|\n| {2}#.*\n)*)/gm), ([, name, text]) => [name, text]),
  );
  const trusted = [...jobs].filter(([, text]) => /id-token: write/.test(text));

  test("is published by one job, which runs nothing but npm publish over a file", () => {
    expect([...jobs.keys()]).toEqual(["package", "test", "publish"]);
    expect(trusted.map(([name]) => name)).toEqual(["publish"]);
    const [[, text]] = trusted;
    expect(text).not.toMatch(/actions\/checkout|npm (ci|i|install|run|exec|test|x)\b|npx|\.ci\/|node /);
    expect(text).toMatch(/run: npm publish \.\/\*\.tgz --provenance --access public --ignore-scripts\n/);
    expect(text).toMatch(/needs: \[package, test\]/);
  });

  test("packs where only locked packages are installed, and tests the same bytes", () => {
    const packing = jobs.get("package")!;
    expect(packing).toMatch(/run: npm ci --ignore-scripts\n/);
    expect(packing).not.toMatch(/npm (i|install)\b|npx|matrix|\.ci\/|cache:/);
    const testing = jobs.get("test")!;
    expect(testing).toMatch(/run: \.ci\/run\n/);
    for (const name of ["test", "publish"]) {
      expect(jobs.get(name)).toMatch(/SHA256: \$\{\{ needs\.package\.outputs\.sha256 \}\}\n/);
      expect(jobs.get(name)).toMatch(/sha256sum --check/);
    }
  });
});

test("every supported version of Node is tried", () => {
  const [, list] = /node: \[(.*)\]/.exec(readFileSync(`${folder}/ci.yml`, "utf8"))!;
  const versions = list.split(", ").map(Number);
  expect(Math.min(...versions)).toBe(Number(/\d+/.exec(engines.node)![0]));
  expect(versions).toEqual([20, 22, 24, 26]);
});
