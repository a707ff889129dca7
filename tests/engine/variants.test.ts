import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { layers, sequential } from "../../src/index";

/** Put there by `npm run matrix:install`. */
const newerNode = resolve("build/matrix/programs/node_modules/node26/bin/node");
const probe = join(mkdtempSync(join(tmpdir(), "wasmgrad-")), "probe.mjs");

interface Outcome {
  sha256: string;
  loss: number[];
  warnings: string;
}

async function train(node: string, ...variants: string[]): Promise<Outcome> {
  const { stdout, stderr } = await promisify(execFile)(node, [probe, ...variants]);
  return { ...JSON.parse(stdout), warnings: stderr };
}

beforeAll(async () => {
  const entryPoints = ["tests/engine/variantProbe.ts"];
  await build({ entryPoints, outfile: probe, bundle: true, format: "esm", platform: "node", logLevel: "error" });
});

describe("in this Node", () => {
  it("the re-vectoriser keeps every bit, or is not there", async () => {
    const [plain, wide] = await Promise.all([train(process.execPath), train(process.execPath, "revectorized")]);
    expect(wide).toEqual(plain);
  });

  it("relaxed arithmetic learns the same, or gives way to strict with one warning", async () => {
    const [strict, relaxed] = await Promise.all([train(process.execPath), train(process.execPath, "relaxed")]);
    const gaveWay = relaxed.warnings.includes("no relaxed SIMD");
    if (gaveWay) expect(relaxed.sha256).toBe(strict.sha256);
    expect(relaxed.loss[0]).toBeCloseTo(strict.loss[0], 4);
    expect(relaxed.loss.at(-1)).toBeCloseTo(strict.loss.at(-1)!, 2);
    expect(relaxed.warnings.match(/no relaxed SIMD/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});

describe.skipIf(!existsSync(newerNode))("in a newer Node", () => {
  it("strict has the bits it has here, with and without the re-vectoriser", async () => {
    const [here, there] = await Promise.all([train(process.execPath), train(newerNode)]);
    expect(there).toEqual(here);
    expect(await train(newerNode, "revectorized")).toEqual(here);
  });

  it("relaxed is there, and other bits are all that differs", async () => {
    const [strict, relaxed] = await Promise.all([train(newerNode), train(newerNode, "relaxed")]);
    expect(relaxed.warnings).toBe("");
    expect(relaxed.loss[0]).toBeCloseTo(strict.loss[0], 4);
    expect(relaxed.loss.at(-1)).toBeCloseTo(strict.loss.at(-1)!, 2);
  });
});

it("an unknown arithmetic is refused", () => {
  const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  const compile = () => model.compile({ optimizer: "adam", loss: "mse", math: "relaxd" as "strict" });
  expect(compile).toThrow('compile: math cannot be "relaxd". Did you mean "relaxed"?');
});
