/**
 * Writes src/exchange/onnx/OPERATORS.md: which operators of ONNX are imported, and what ONNX's own tests of them say.
 * It needs the folder that EXCHANGE_FILES names: `npx tsx scripts/onnxTable.ts`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { foldedOnly, operators } from "../src/exchange/onnx/operators/index";
import { exchangeFolder } from "../tests/exchange/exchangeFiles";
import { type Outcome, RULES, readCases, ruleOf, runCase } from "../tests/exchange/onnxNodeCases";

const FILE = "src/exchange/onnx/OPERATORS.md";

async function main(): Promise<void> {
  if (!exchangeFolder) throw new Error("there is no folder of models: set EXCHANGE_FILES.");
  const outcomes: Outcome[] = [];
  for (const test of await readCases(join(exchangeFolder, "onnx-node.zip"))) outcomes.push(await runCase(test));
  const known = [...new Set([...Object.keys(operators), ...foldedOnly, "If"])].sort();
  const rows = known.map((type) => {
    const own = outcomes.filter(({ types }) => types.includes(type));
    const passed = own.filter(({ outcome }) => outcome === "passed").length;
    const rules = new Set(own.flatMap((test) => (test.outcome === "passed" ? [] : (ruleOf(test) ?? "fails"))));
    return `| ${type} | ${own.length ? `${passed} of ${own.length}` : "–"} | ${[...rules].join("; ")} |`;
  });
  const tested = new Set(outcomes.flatMap(({ types }) => types));
  const passed = outcomes.filter(({ outcome }) => outcome === "passed").length;
  const text = `# Operators of ONNX

\`importModel\` takes over models of these operators. Of ONNX's own ${outcomes.length} tests of ${tested.size} operators (onnx 1.23.1, float32 and
integers) ${passed} pass; the others are left out by the rules below. Written by \`npx tsx scripts/onnxTable.ts\`.

A test is a model of one node. Its first axis is the batch, or its second (recurrent layers), or each tensor is one sample
(\`batchAxis: null\`); inputs that an operator needs as constants, such as shapes, are initializers of the model.

${RULES.map(({ rule, why }) => `- **${rule}**: ${why}`).join("\n")}

\`Shape\`, \`Range\`, \`ConstantOfShape\` and the like are computed on import, with the size of the batch left open; \`If\` where its condition is
known then. \`Loop\`, \`Scan\`, quantized operators, strings, and operators of other domains are refused.

| operator | tests that pass | left out |
|---|---|---|
${rows.join("\n")}
`;
  writeFileSync(FILE, text);
  process.stdout.write(`${FILE}: ${known.length} operators, ${passed} of ${outcomes.length} tests.\n`);
}

await main();
