// What users can name, as api/*.api.md says it: a change of it is seen in review, because the report has to change, too.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reports } from "../../scripts/api.mjs";

test("the reports say what the sources export; if a change is meant: npm run api", { timeout: 300_000 }, () => {
  const expected = reports();
  expect(readdirSync("api").sort()).toEqual([...expected.keys()].sort());
  for (const [name, report] of expected) {
    const committed = existsSync(`api/${name}`) ? readFileSync(`api/${name}`, "utf8") : "";
    expect(committed.split("\n"), `api/${name}`).toEqual(report.split("\n"));
  }
});
