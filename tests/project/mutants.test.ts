import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findStale, type Mutant, mutants, mutantsOf } from "../../scripts/mutants/index.mjs";

const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

// Breaking the library takes `npm run test:mutants`, which nobody runs for every change. That mutants still fit does not.
describe("mutants", () => {
  it("change text that stands exactly once, and name tests that are there", () => {
    expect(mutants.flatMap((mutant) => findStale(mutant, read).map((problem) => `${mutant.name}: ${problem}`))).toEqual(
      [],
    );
  });

  it("have names of their own", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it("are stale when their text is gone or stands twice, or a test file is gone", () => {
    const mutant: Mutant = { name: "one", edits: [["a.ts", "x", "y"]], tests: ["b.test.ts"] };
    const stale = (files: Record<string, string>) => findStale(mutant, (file) => files[file]);
    expect(stale({ "a.ts": "1 x", "b.test.ts": "" })).toEqual([]);
    expect(stale({ "a.ts": "x x", "b.test.ts": "" })).toEqual(["a.ts holds 2 times: x"]);
    expect(stale({ "b.test.ts": "" })).toEqual(["a.ts holds 0 times: x"]);
    expect(stale({ "a.ts": "x" })).toEqual(["there is no b.test.ts"]);
  });

  it("of what has changed are those that break it or are found by it, one of each file before a second", () => {
    const make = (name: string, file: string, tests: string[]): Mutant => ({ name, edits: [[file, "x", "y"]], tests });
    const some = [
      make("a1", "a.ts", ["a.test.ts"]),
      make("a2", "a.ts", ["a.test.ts"]),
      make("b1", "b.ts", ["b.test.ts"]),
      make("c1", "c.ts", ["c.test.ts"]),
    ];
    const names = (files: string[]) => mutantsOf(files, some).map(({ name }) => name);
    expect(names(["a.ts", "b.ts"])).toEqual(["a1", "b1", "a2"]);
    expect(names(["c.test.ts", "README.md"])).toEqual(["c1"]);
    expect(names([])).toEqual([]);
    expect(mutantsOf(["src/compiler/differentiate.ts"]).length).toBeGreaterThan(0);
  });
});
