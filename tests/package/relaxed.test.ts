import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { basic, minimal } from "../../src/engine/module/generated/contents";
import { compileModule, kernelNames, moduleFor } from "../../src/engine/module/modules";
import { streamIn } from "../engine/streamVariant";
import { newerNode, train } from "../engine/trainVariant";

// Relaxed builds are made for the package, not for npm test: they are the same sources with other flags.
it("programs with relaxed arithmetic get a whole module", async () => {
  const small = [
    { build: "minimal", operations: minimal },
    { build: "basic", operations: basic },
  ] as const;
  const relaxed = await moduleFor({ math: "relaxed", isShared: false, operations: [] }, small);
  expect(kernelNames(relaxed)).toEqual(kernelNames(await compileModule()));
});

it("relaxed arithmetic learns the same, or gives way to strict with one warning", async () => {
  const [strict, relaxed] = await Promise.all([train(process.execPath), train(process.execPath, "relaxed")]);
  const gaveWay = relaxed.warnings.includes("no relaxed SIMD");
  if (gaveWay) expect(relaxed.sha256).toBe(strict.sha256);
  expect(relaxed.loss[0]).toBeCloseTo(strict.loss[0], 4);
  expect(relaxed.loss.at(-1)).toBeCloseTo(strict.loss.at(-1)!, 2);
  expect(relaxed.warnings.match(/no relaxed SIMD/g)?.length ?? 0).toBeLessThanOrEqual(1);
});

it("streams with relaxed arithmetic put out the bits of whole sequences with it", async () => {
  // Node 20 has it behind a flag that later ones do not know.
  const flags = Number(process.versions.node.split(".")[0]) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];
  const [strict, relaxed] = await Promise.all([
    streamIn(process.execPath, flags),
    streamIn(process.execPath, flags, "relaxed"),
  ]);
  expect(relaxed).toMatchObject({ different: [], warnings: "" });
  expect(strict).toMatchObject({ different: [], warnings: "" });
});

describe.skipIf(!existsSync(newerNode))("in a newer Node", () => {
  it("streams with relaxed arithmetic put out the bits of whole sequences with it", async () => {
    expect(await streamIn(newerNode, [], "relaxed")).toMatchObject({ different: [], warnings: "" });
  });

  it("relaxed is there, and other bits are all that differs", async () => {
    const [strict, relaxed] = await Promise.all([train(newerNode), train(newerNode, "relaxed")]);
    expect(relaxed.warnings).toBe("");
    expect(relaxed.loss[0]).toBeCloseTo(strict.loss[0], 4);
    expect(relaxed.loss.at(-1)).toBeCloseTo(strict.loss.at(-1)!, 2);
  });
});
