// Every TypeScript file of the project is one program, checked once; tests/types/options.ts is the part of it that says what
// the types refuse. A process of its own, so that other tests run meanwhile; what it found out lies in build/ for the next time.
import { execFile } from "node:child_process";
import { expect, test } from "vitest";

test("tsc finds no error", { timeout: 600_000 }, async () => {
  const found = await new Promise<string>((resolve) => {
    execFile("npm", ["run", "--silent", "typecheck"], (_, stdout, stderr) => resolve(stdout + stderr));
  });
  expect(found).toBe("");
});
