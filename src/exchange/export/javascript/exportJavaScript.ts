import { outputNames } from "../../../graph/structure";
import { ArgumentError } from "../../../errors";
import { Problems } from "../../problems";
import { Inexpressible } from "../inexpressible";
import { type ModelParts, kindOf } from "../modelParts";
import { type OpenGraph, openGraphOf } from "../openGraph";
import type { OpenCount } from "../openSize";
import { base64Of, DECODE } from "./base64";
import { kernels } from "./kernels";
import { ModuleWriter, sizeText } from "./moduleWriter";

/** Bytes of weights whose text a string can hold. */
const MOST_BYTES = 350_000_000;
const WAYS_OUT =
  "Leave those layers out, or use wasmgrad/inference, which predicts with all: loadModel(bytes) from wasmgrad/inference.";

/** Sizes behind the batch as comments and messages show them. */
const showSizes = (sizes: readonly OpenCount[]) => `[${sizes.map(sizeText).join(", ")}]`;

interface InputText {
  readonly name: string;
  readonly dtype: string;
  readonly isWhole: boolean;
  readonly sizes: readonly OpenCount[];
}

function describe(
  parts: ModelParts,
  open: OpenGraph,
  inputs: readonly InputText[],
  outputs: readonly string[],
): string {
  const lines = [
    `The model ${parts.name.replaceAll("*/", "* /")}, exported by wasmgrad. It needs nothing else.`,
    "",
    open.openInput < 0 ? "Sizes: n samples." : "Sizes: n samples, sequences of the length t.",
    ...inputs.map(({ name, dtype, sizes }) => `Input ${name}: ${dtype} ${showSizes(sizes)}`.replaceAll("*/", "* /")),
    ...outputs.map((name, i) => `Output ${name}: ${showSizes(open.sizesOf(open.outputs[i]))}`.replaceAll("*/", "* /")),
    "",
    "Sums are taken in float64, results of layers are stored in float32.",
  ];
  return `/**\n${lines.map((line) => (line ? ` * ${line}` : " *")).join("\n")}\n */`;
}

const RUNTIME = `${DECODE}
const floats = new Float32Array(bytes.buffer, 0, COUNT);
let taken = 0;
const take = (count) => floats.subarray(taken, (taken += count));
const flat = (given) => (ArrayBuffer.isView(given) ? given : [given].flat(Infinity));
`;

/** The statements that read inputs: how many samples there are, and how long their sequences are. */
function readInputs(inputs: readonly InputText[], openInput: number): string[] {
  const one = inputs.length === 1;
  const lines = [`const given = ${one ? "[flat(input)]" : "input.map(flat)"};`];
  if (openInput >= 0) {
    const rest = inputs[openInput].sizes.slice(2).reduce((product, size) => product * size.fixed!, 1);
    lines.push("const n = samples;", `const t = given[${openInput}].length / n / ${rest};`);
  } else {
    const size = inputs[0].sizes.slice(1).reduce((product, each) => product * each.fixed!, 1);
    lines.push(`const n = given[0].length / ${size};`);
  }
  inputs.forEach(({ name, isWhole, sizes }, i) => {
    const count = sizes.map((size) => `(${sizeText(size)})`).join(" * ");
    const who = JSON.stringify(`input ${name}: expects ${showSizes(sizes)}, got `);
    const isRight = `given[${i}].length === ${count} && Number.isInteger(n) && n > 0${openInput >= 0 ? " && Number.isInteger(t)" : ""}`;
    lines.push(`if (!(${isRight})) throw RangeError(${who} + given[${i}].length + " numbers.");`);
    lines.push(`const i${i} = ${isWhole ? "Int32Array" : "Float32Array"}.from(given[${i}]);`);
  });
  return lines;
}

/**
 * The text of a module of JavaScript that predicts by itself, with the weights in it.
 *
 * @throws FormatError with all layers that are not written in JavaScript; ArgumentError for more weights than a text can hold
 */
export function exportJavaScript(parts: ModelParts): string {
  const { structure } = parts;
  const open = openGraphOf(parts);
  const writer = new ModuleWriter(open, parts);
  const problems = new Problems();
  const inputs = structure.inputs.map((node, i): InputText => {
    writer.define(open.inputs[i], `i${i}`);
    const { dtype } = node;
    return {
      name: node.name ?? `input_${i}`,
      dtype,
      isWhole: open.wholeInputs[i],
      sizes: open.sizesOf(open.inputs[i]),
    };
  });
  for (const operation of open.operations) {
    try {
      writer.write(operation);
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      problems.add(kindOf(parts, error.owner, operation.name), error.owner, error.reason);
      for (const field of operation.results) writer.define(operation.values[field], "");
    }
  }
  const results = open.outputs.map((value) => writer.nameOf(value));
  problems.check("exportModel", "this model in JavaScript", WAYS_OUT);
  const names = outputNames(structure.outputs);
  const all = joined(writer.numbers);
  const one = inputs.length === 1;
  const several = results.length > 1;
  const body = [
    ...readInputs(inputs, open.openInput),
    ...writer.lines,
    `return ${several ? `[${results.join(", ")}]` : results[0]};`,
  ];
  return [
    describe(parts, open, inputs, names),
    `const numbers =\n  "${base64Of(all)}";`,
    RUNTIME.trim().replace("COUNT", String(all.length / 4)),
    ...writer.declarations,
    ...Array.from(writer.functions, (name) => kernels[name].source.trim()),
    "",
    "/**",
    ` * Predicts for ${open.openInput < 0 ? "one sample or several" : "samples whose sequences have one length"}.`,
    " *",
    one
      ? ` * @param {ArrayLike<number> | readonly unknown[]} input numbers of ${showSizes(inputs[0].sizes)}, in order or in nested arrays`
      : ` * @param {readonly (ArrayLike<number> | readonly unknown[])[]} input of each input its numbers, in order or in nested arrays`,
    ...(open.openInput < 0 ? [] : [" * @param {number} [samples] how many samples there are, 1 by default"]),
    ` * @returns {${several ? "Float32Array[]" : "Float32Array"}} ${several ? "of each output its numbers" : `numbers of ${showSizes(open.sizesOf(open.outputs[0]))}`}, in order`,
    " */",
    `export function predict(input${open.openInput < 0 ? "" : ", samples = 1"}) {`,
    ...body.map((line) => `  ${line}`),
    "}",
    "",
  ].join("\n");
}

/** The bytes of all numbers, one after the other, the lowest byte first as all machines of today have them. */
function joined(list: readonly Float32Array[]): Uint8Array {
  const count = list.reduce((sum, { length }) => sum + length, 0);
  if (4 * count > MOST_BYTES) {
    throw new ArgumentError(
      `exportModel: a text of JavaScript holds at most ${MOST_BYTES / 1e6} MB of weights, the model has ${Math.round((4 * count) / 1e6)} MB.`,
    );
  }
  const all = new Float32Array(count);
  let at = 0;
  for (const data of list) {
    all.set(data, at);
    at += data.length;
  }
  return new Uint8Array(all.buffer);
}
