// Workers that are ended from outside while they train (R3): no browser tells who started them.
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chromium, firefox, programOf, runPage } from "./browser";

interface Ended {
  readonly error: string;
  readonly milliseconds: number;
  readonly goesOn: boolean;
}

const files = new Map([
  ["/", "tests/browser/page.html"],
  ["/training.js", "tests/browser/training.js"],
  ...readdirSync("dist").map((name): [string, string] => [`/dist/${name}`, `dist/${name}`]),
]);

for (const browser of [chromium, firefox]) {
  describe(`a worker that was ended during fit, in ${browser.name}`, () => {
    test.for([
      ["an ordinary page", false, 1],
      ["a cross-origin isolated page", true, 5],
    ] as const)(
      "is a ThreadError within two seconds on %s",
      { timeout: 120_000 },
      async ([, isIsolated, cases], { skip }) => {
        const program = programOf(browser, skip);
        const page = { files, isIsolated, test: "endWorkers", deadlineMilliseconds: 100_000 };
        const report = (await runPage(browser, program, page)) as { results: Record<string, Ended> };
        const { aborted, ...ended } = report.results;
        expect(Object.keys(ended)).toHaveLength(cases);
        for (const [place, { error, milliseconds, goesOn }] of Object.entries(ended)) {
          expect({ place, error, goesOn }).toEqual({ place, error: "ThreadError", goesOn: true });
          expect(milliseconds).toBeLessThan(2000);
        }
        expect(aborted).toMatchObject({ error: "enough", goesOn: true });
        expect(aborted.milliseconds).toBeLessThan(2000);
      },
    );
  });
}
