import { outputNames } from "../../../graph/structure";
import type { Value } from "../../../graph/graph";
import { METADATA_NAME } from "../../../saving/fileFormat";
import { Problems } from "../../problems";
import { Inexpressible, refuse } from "../inexpressible";
import { kindOf, type ModelParts } from "../modelParts";
import { type OpenGraph, openGraphOf } from "../openGraph";
import { ELEMENT, encodeOnnx, type Port } from "./onnxFile";
import { OnnxGraph, toFirst } from "./onnxGraph";
import { writers } from "./operations";
import { WEIGHTS_NAME } from "../weightSteps";

const OPSET = 17;
const WAYS_OUT = "Leave those layers out, or take another format: the files of wasmgrad (model.save) have all of them.";

/** Options of exports to ONNX. */
export interface OnnxExportOptions {
  /** Whether images and sequences are `[batch, channels, …]` at inputs and outputs. Default false: channels last, as here. */
  channelsFirst?: boolean | undefined;
}

/** Names for open sizes. */
function sizesOf(open: OpenGraph, value: Value, isFirst: boolean): (number | string)[] {
  const sizes = open.sizesOf(value).map((size, axis) => {
    if (size.fixed !== undefined) return size.fixed;
    if (axis === 0) return "batch";
    return size.terms[0] === 0 && size.terms[1] === 1 ? "length" : `length_${size.terms.slice().reverse().join("_")}`;
  });
  return isFirst ? toFirst(sizes.length).map((axis) => sizes[axis]) : sizes;
}

/** Adds what brings an input to the form that layers take. */
function takeInput(graph: OnnxGraph, value: Value, name: string, element: number, isFirst: boolean): void {
  const isWhole = value.isWhole;
  const wanted = isWhole ? ELEMENT.int32 : ELEMENT.float;
  const taken = element === wanted ? name : graph.node(`${name}/cast`, "Cast", [name], { to: wanted });
  graph.define(value, taken, isFirst ? "first" : "last");
}

/** Gives outputs their names: their nodes', or those of nodes that do nothing else, where a value is an input or several outputs. */
function nameOutputs(graph: OnnxGraph, outputs: readonly { readonly made: string; readonly name: string }[]): void {
  const names = new Map<string, string>();
  for (const { made, name } of outputs) {
    if (!names.has(made) && graph.nodes.some((node) => node.outputs.includes(made))) names.set(made, name);
  }
  for (const { inputs, outputs: own } of graph.nodes) {
    for (const list of [inputs, own]) for (const [i, each] of list.entries()) list[i] = names.get(each) ?? each;
  }
  for (const { made, name } of outputs) {
    const known = names.get(made) ?? made;
    if (known === name) continue;
    const copy = {
      type: "Identity",
      name: graph.unique(`${name}/output`),
      inputs: [known],
      outputs: [name],
      attributes: {},
    };
    graph.nodes.push(copy);
  }
}

/** Takes out nodes and numbers that lead to no output. */
function prune(graph: OnnxGraph, outputs: readonly string[]): void {
  const needed = new Set(outputs);
  const kept = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  });
  graph.nodes.splice(0, graph.nodes.length, ...kept.reverse());
  const stored = new Set(Array.from(graph.stored.values(), ({ initializer }) => initializer));
  for (const name of [...graph.initializers.keys()]) {
    if (needed.has(name)) continue;
    graph.initializers.delete(name);
    if (stored.has(name))
      for (const [weight, { initializer }] of graph.stored) if (initializer === name) graph.stored.delete(weight);
  }
}

/**
 * The bytes of a file of ONNX, opset 17, IR version 8. It has the whole model in its metadata, so that it comes back to the bit.
 *
 * @throws FormatError with all layers that ONNX has no form for
 */
export function exportOnnx(parts: ModelParts, { channelsFirst = false }: OnnxExportOptions): Uint8Array<ArrayBuffer> {
  const { structure, name } = parts;
  const open = openGraphOf(parts);
  const names = new Set(parts.weights.entries.map((weight) => weight.name));
  const inputNames = structure.inputs.map((node, i) => {
    let free = node.name ?? `input_${i}`;
    while (names.has(free)) free = `${free}_input`;
    names.add(free);
    return free;
  });
  const wantedOutputs = outputNames(structure.outputs);
  const outputs = wantedOutputs.map((wanted) => {
    let free = wanted;
    while (names.has(free)) free = `${free}_output`;
    names.add(free);
    return free;
  });
  // Values and nodes have names of their own kinds: a node may be called as an output.
  const graph = new OnnxGraph(open, parts, inputNames);
  graph.setInputs(inputNames);
  const problems = new Problems();
  const isFirst = (value: Value) => channelsFirst && value.shape.length >= 3;
  const inputs = open.inputs.map((value, i): Port => {
    const dtype = structure.inputs[i].dtype;
    const element = dtype === "uint8" ? ELEMENT.uint8 : dtype === "int32" ? ELEMENT.int32 : ELEMENT.float;
    takeInput(graph, value, inputNames[i], element, isFirst(value));
    return { name: inputNames[i], element, sizes: sizesOf(open, value, isFirst(value)) };
  });
  // Recurrent nodes make these products themselves.
  const products = new Set(
    open.operations.flatMap(({ name, values }) =>
      name === "lstm" || name === "simpleRnn" ? values.z : name === "gru" ? values.x : [],
    ),
  );
  for (const operation of open.operations) {
    if (products.has(operation.values.y)) continue;
    try {
      const write = Object.hasOwn(writers, operation.name) ? writers[operation.name] : undefined;
      if (!write) refuse(operation.owner, `has the operation ${operation.name}, which has no form in ONNX`);
      write(operation, graph);
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      problems.add(kindOf(parts, error.owner, operation.name), error.owner, error.reason);
      for (const value of Object.values(operation.values))
        if (graph.makers.get(value.id) === operation) graph.define(value, "");
    }
  }
  problems.check("exportModel", "this model for ONNX", WAYS_OUT);
  const made = open.outputs.map((value) => graph.get(value, isFirst(value) ? "first" : "last"));
  nameOutputs(
    graph,
    made.map((name, i) => ({ made: name, name: outputs[i] })),
  );
  const ports = open.outputs.map(
    (value, i): Port => ({ name: outputs[i], element: ELEMENT.float, sizes: sizesOf(open, value, isFirst(value)) }),
  );
  prune(graph, outputs);
  graph.storeRest();
  const metadata = {
    [METADATA_NAME]: parts.describe(),
    [WEIGHTS_NAME]: JSON.stringify(Object.fromEntries(graph.stored)),
  };
  const { nodes, initializers } = graph;
  return encodeOnnx({ name, nodes, initializers, inputs, outputs: ports, metadata, opset: OPSET });
}
