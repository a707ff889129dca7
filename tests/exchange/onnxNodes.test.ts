import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exchangeFolder } from "./exchangeFiles";
import { type NodeCase, readCases, ruleOf, runCase } from "./onnxNodeCases";

describe.skipIf(!exchangeFolder)("ONNX's tests of its operators", async () => {
  const cases = exchangeFolder ? await readCases(join(exchangeFolder, "onnx-node.zip")) : [];
  const types = (list: readonly NodeCase[]) =>
    [...new Set(list.flatMap(({ graph }) => graph.nodes.map(({ type }) => type)))].sort();

  for (const type of types(cases)) {
    const own = cases.filter(({ graph }) => graph.nodes.at(-1)!.type === type);
    if (own.length === 0) continue;
    it(`${type}: ${own.length} tests`, async () => {
      const outcomes = await Promise.all(own.map(async (test) => ({ test, ...(await runCase(test)) })));
      const faults = outcomes.filter(({ test, outcome }) => outcome !== (ruleOf(test) ? "refused" : "passed"));
      expect(faults.map(({ name, outcome, reason }) => ({ name, outcome, reason }))).toEqual([]);
    });
  }

  it("all operators of the file are supported, and most tests by no rule left out", () => {
    const kept = cases.filter((test) => !ruleOf(test));
    expect(types(kept)).toEqual(types(cases));
    expect(types(kept).length).toBe(86);
    expect(kept.length).toBe(587);
  });

  it("nets of PyTorch's old converter give their outputs", async () => {
    const nets = await readCases(join(exchangeFolder!, "onnx-pytorch.zip"));
    const outcomes = await Promise.all(nets.map(runCase));
    expect(outcomes.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(outcomes.length).toBe(95);
  });
});
