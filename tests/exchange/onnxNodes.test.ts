import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXCHANGE } from "./onnxFiles";
import { type NodeCase, readCases, runCase } from "./onnxNodeCases";

/** Tests of the operators that are refused, by the rule that says why. */
const RULES: readonly { readonly rule: string; readonly names: RegExp }[] = [
  {
    rule: "a tensor of no numbers",
    names:
      /tri[lu]_zero$|_empty_set|zero_size_splits|allowzero_reordered|int_shape_zero|start_out_of_bounds|start_greater_than_end/,
  },
  { rule: "training mode of the file", names: /^test_training_dropout(?!_zero)|batchnorm_\w+_training_mode/ },
  { rule: "convolutions over three axes", names: /convtranspose_3d/ },
  { rule: "places of maxima", names: /maxpool_with_argmax/ },
  { rule: "peepholes", names: /peepholes/ },
];

const ruleOf = ({ name }: NodeCase) => RULES.find(({ names }) => names.test(name))?.rule;

describe.skipIf(!EXCHANGE)("ONNX's tests of its operators", async () => {
  const cases = EXCHANGE ? await readCases(join(EXCHANGE, "onnx-node.zip")) : [];
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
    const nets = await readCases(join(EXCHANGE!, "onnx-pytorch.zip"));
    const outcomes = await Promise.all(nets.map(runCase));
    expect(outcomes.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(outcomes.length).toBe(95);
  });
});
