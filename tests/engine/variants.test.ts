import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { layers, sequential } from "../../src/index";
import { newerNode, train } from "./trainVariant";

// Relaxed arithmetic is tested in tests/package/relaxed.test.ts.
it("the re-vectoriser keeps every bit in this Node, or is not there", async () => {
  const [plain, wide] = await Promise.all([train(process.execPath), train(process.execPath, "revectorized")]);
  expect(wide).toEqual(plain);
});

describe.skipIf(!existsSync(newerNode))("in a newer Node", () => {
  it("strict has the bits it has here, with and without the re-vectoriser", async () => {
    const [here, there] = await Promise.all([train(process.execPath), train(newerNode)]);
    expect(there).toEqual(here);
    expect(await train(newerNode, "revectorized")).toEqual(here);
  });
});

it("an unknown arithmetic is refused", () => {
  const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  const compile = () => model.compile({ optimizer: "adam", loss: "mse", math: "relaxd" as "strict" });
  expect(compile).toThrow('compile: math cannot be "relaxd". Did you mean "relaxed"?');
});
