// The parts of a release that need neither git nor a registry.
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
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

test("what is checked exists", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const called = CHECKS.filter(([, [command]]) => command === "run").map(([, [, name]]) => name);
  for (const name of called) expect(scripts).toHaveProperty(name);
});
