// A release: its parts, and the whole of it in a repository of its own, with an npm that agrees to everything.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { CHECKS, nextVersion, releasedChangelog, unreleasedNotes, withVersion } from "../../scripts/release.mjs";

const read = (file: string) => readFileSync(file, "utf8");

describe("the next version", () => {
  it.each([
    ["0.1.9", "patch", "0.1.10"],
    ["0.1.9", "minor", "0.2.0"],
    ["1.2.3", "major", "2.0.0"],
    ["0.1.0", "0.1.0", "0.1.0"],
    ["0.9.9", "1.0.0", "1.0.0"],
  ])("%s, %s: %s", (current, wanted, next) => {
    expect(nextVersion(current, wanted)).toBe(next);
  });

  it.each(["", "big", "1.2", "v1.2.3", "1.2.3-beta", "0.0.9"])("cannot be %j", (wanted) => {
    expect(() => nextVersion("0.1.0", wanted)).toThrow(/^release: /);
  });
});

const changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- This.\n\n## [0.1.0] - 2026-01-01\n\n- That.\n";

describe("the changelog", () => {
  it("gives what is unreleased a version and a date", () => {
    expect(unreleasedNotes(changelog)).toBe("### Added\n\n- This.");
    const released = releasedChangelog(changelog, "0.2.0", "2026-02-03");
    expect(released).toContain("## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n### Added\n\n- This.\n\n## [0.1.0]");
    expect(() => releasedChangelog(released, "0.3.0", "2026-02-04")).toThrow("says of no change");
    expect(() => releasedChangelog(changelog, "0.1.0", "2026-02-04")).toThrow("has a version 0.1.0 already");
    expect(() => unreleasedNotes("# Changelog\n")).toThrow("[Unreleased]");
  });

  it("of this project can be released", () => {
    expect(releasedChangelog(read("CHANGELOG.md"), "99.0.0", "2099-01-01")).toContain("## [99.0.0] - 2099-01-01");
  });
});

test.each(["package.json", "package-lock.json"])("%s changes nothing but its version", (file) => {
  const text = read(file);
  const { version } = JSON.parse(text);
  expect(withVersion(text, version)).toBe(text);
  const raised = JSON.parse(withVersion(text, "99.0.0"));
  expect(raised.version).toBe("99.0.0");
  if (file === "package-lock.json") expect(raised.packages[""].version).toBe("99.0.0");
});

describe("a whole release", () => {
  let folder: string;
  const git = (...parameters: string[]) => execFileSync("git", parameters, { cwd: folder, encoding: "utf8" }).trim();
  const readIn = (file: string) => readFileSync(join(folder, file), "utf8");

  /** Runs the script; npm notes what it is asked for, and fails when it is asked to run this. */
  function release(parameters: string[], failing = "nothing") {
    const bin = join(folder, "../bin");
    mkdirSync(bin, { recursive: true });
    const npm = `#!/bin/sh\necho "$*" >> "${bin}/calls"\n[ "$*" != "${failing}" ]\n`;
    writeFileSync(join(bin, "npm"), npm, { mode: 0o755 });
    rmSync(join(bin, "calls"), { force: true });
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    const { status, stderr } = spawnSync("node", ["scripts/release.mjs", ...parameters], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    const calls = spawnSync("cat", [join(bin, "calls")], { encoding: "utf8" })
      .stdout.trim()
      .split("\n");
    return { status, stderr, calls: calls.filter(Boolean) };
  }

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "wasmgrad-release-")), "tree");
    mkdirSync(folder);
    for (const file of ["package.json", "package-lock.json", "scripts"]) {
      cpSync(file, join(folder, file), { recursive: true });
    }
    writeFileSync(join(folder, "package.json"), withVersion(read("package.json"), "0.1.0"));
    writeFileSync(join(folder, "CHANGELOG.md"), changelog);
    git("init", "--quiet");
    git("config", "user.name", "Somebody");
    git("config", "user.email", "somebody@example.org");
    git("add", "--all");
    git("commit", "--quiet", "--message", "All");
  });

  afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

  it("checks everything, raises the version, commits and tags", () => {
    const { status, stderr, calls } = release(["minor"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(calls).toEqual(CHECKS.map(([, parameters]) => parameters.join(" ")));
    expect(JSON.parse(readIn("package.json")).version).toBe("0.2.0");
    expect(JSON.parse(readIn("package-lock.json")).packages[""].version).toBe("0.2.0");
    expect(readIn("CHANGELOG.md")).toMatch(/## \[Unreleased\]\n\n## \[0\.2\.0\] - \d{4}-\d\d-\d\d\n\n### Added/);
    expect(git("status", "--porcelain")).toBe("");
    expect(git("log", "--format=%s", "-1")).toBe("Release 0.2.0");
    expect(git("tag", "--points-at", "HEAD")).toBe("v0.2.0");
    expect(git("tag", "--list", "--format=%(contents)", "v0.2.0")).toContain("- This.");
  });

  it("changes nothing in a dry run, nor when a check fails", () => {
    expect(release(["patch", "--dry-run"]).status).toBe(0);
    expect(release(["patch"], "test").status).toBe(1);
    expect(git("status", "--porcelain") + git("tag")).toBe("");
    expect(git("log", "--format=%s")).toBe("All");
  });

  it("publishes only when asked to", () => {
    expect(release(["patch", "--publish"]).calls.at(-1)).toBe("publish --access public");
  });

  it("refuses what is not committed, a tag that exists, and a version that is none", () => {
    git("tag", "v0.1.1");
    expect(release(["patch"])).toMatchObject({ status: 1, stderr: "release: the tag v0.1.1 exists.\n", calls: [] });
    expect(release(["huge"]).stderr).toContain("expects patch, minor, major");
    writeFileSync(join(folder, "new.txt"), "");
    expect(release(["minor"]).stderr).toBe("release: commit or stash first:\n?? new.txt\n");
  });
});

test("what is checked exists", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const called = CHECKS.filter(([, [command]]) => command === "run").map(([, [, name]]) => name);
  for (const name of called) expect(scripts).toHaveProperty(name);
});
