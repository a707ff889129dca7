// The reference is complete and its links lead somewhere: TypeDoc's warnings are errors (typedoc.config.mjs).
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("TypeDoc has nothing to warn of", () => {
  const { status, stdout, stderr } = spawnSync("node", ["node_modules/typedoc/bin/typedoc", "--emit", "none"], {
    encoding: "utf8",
  });
  expect(status, stdout + stderr).toBe(0);
});
