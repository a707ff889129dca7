import { FormatError, WasmgradError } from "../../errors";
import type { Node } from "../../graph/node";
import { model as makeModel } from "../../model/sequential";
import * as ops from "../../nodes/index";
import { Tensor } from "../../tensor/tensor";
import type { Model } from "wasmgrad";
import { isOwnOnnx, readOwnOnnx } from "../export/ownOnnx";
import type { ImportFiles } from "../files";
import type { ImportContext } from "../importModel";
import { Bounds } from "./bounds";
import { Call, type Importing, titleOf } from "./call";
import { fold } from "./folding/fold";
import { withoutFunctions } from "./functions";
import { readInputs } from "./inputs";
import { LayerBook } from "./layerBook";
import { floats, ordered, settled, upTo } from "./layout";
import { orderGraph, type OrderedGraph, usersOf } from "./order";
import { operators } from "./operators/index";
import { type Fusion, fusionAt } from "./patterns";
import { type GraphProto, type ModelProto, type NodeProto, readModel, readSubgraph } from "./proto";
import { refusal } from "./refusal";
import type { ForeignTensor } from "../tensors";
import { type ExternalFiles, readTensor, typeName } from "./tensors";
import { Constant, Held, type Value } from "./values";

const WHO = "importModel";
const WAYS_OUT =
  "Ways out: make the layer yourself (layers: { Type: (config, weights) => layer }), cut the graph before it (outputs: [tensor]), or export " +
  "the model otherwise.";
const CONTROL_FLOW = new Set(["If", "Loop", "Scan"]);

/** Why a type of nodes is not taken over. */
function whyNot({ type, domain }: NodeProto): string {
  if (domain !== "") return `is an operator of ${domain}, not of ONNX`;
  if (CONTROL_FLOW.has(type)) {
    return 'branches or loops, where layers have a fixed graph. For models of Keras the file .keras is the right road: model.save("model.keras")';
  }
  if (/^(QLinear|Quantize|Dequantize|DynamicQuantize|MatMulInteger|ConvInteger)/.test(type)) {
    return "computes with quantized numbers, which cannot be trained: export the model in float32";
  }
  return "is an operator that wasmgrad has no layer for";
}

/** What a node was refused for. Inputs and attributes that no operator has fail in many ways. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  if (error instanceof WasmgradError) return message;
  return `has inputs or attributes that the operator does not have (${message})`;
}

/** Files beside the model, of the option or given with it. */
function externalFiles({ options }: ImportContext, files: ImportFiles): ExternalFiles {
  const given = new Map(files.named);
  for (const [name, bytes] of Object.entries(options.externalData ?? {})) {
    given.set(name, (bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes) as Uint8Array<ArrayBuffer>);
  }
  return given;
}

/** An import under way: what each tensor has become. */
class Walk {
  readonly values = new Map<string, Value>();
  /** Nodes that an earlier one has taken with it. */
  readonly #settled = new Set<NodeProto>();
  #nodes: readonly NodeProto[];
  #users: Map<string, readonly (NodeProto | "")[]>;
  readonly importing: Importing;

  constructor(
    readonly context: ImportContext,
    readonly graph: OrderedGraph,
    about: Pick<Importing, "opset" | "batch" | "bounds" | "files" | "layers">,
  ) {
    this.#nodes = graph.nodes;
    this.#users = new Map(graph.users);
    this.importing = {
      ...about,
      who: WHO,
      report: context.report,
      usersOf: (tensor) => this.#users.get(tensor) ?? [],
      valueOf: (tensor) => this.values.get(tensor),
      settle: (node, value) => {
        this.#settled.add(node);
        this.values.set(node.outputs[0], value);
      },
    };
  }

  /** Computes all that does not depend on data, so that later nodes know it ahead. */
  foldConstants(): void {
    for (const node of this.graph.nodes) {
      if (node.domain !== "" || !node.inputs.every((name) => name === "" || this.values.get(name) instanceof Constant))
        continue;
      if (node.inputs.some((name) => this.values.get(name) === undefined && name !== "")) continue;
      try {
        this.#keep(node, fold(this.#callOf(node)));
      } catch (error) {
        // It is told when the node's turn has come.
        if (error instanceof FormatError) throw error;
      }
    }
  }

  #callOf(node: NodeProto): Call {
    const values = node.inputs.map((name) => (name === "" ? undefined : this.values.get(name)));
    return new Call(node, values, this.importing);
  }

  #keep(node: NodeProto, made: readonly (Value | undefined)[] | undefined): boolean {
    if (!made) return false;
    made.forEach((value, i) => {
      const name = node.outputs[i];
      if (!name || !value) return;
      const isOwn = value instanceof Constant && !node.inputs.some((input) => this.values.get(input) === value);
      this.values.set(name, isOwn ? value.called(name) : value);
    });
    return true;
  }

  /** Finds groups of nodes that are one layer, and leaves out those that nobody needs any more. */
  findPatterns(): void {
    const makers = new Map<string, NodeProto>();
    for (const node of this.graph.nodes) for (const output of node.outputs) makers.set(output, node);
    const around = { ...this.importing, makerOf: (tensor: string) => makers.get(tensor) };
    const fusions = new Map<NodeProto, Fusion>();
    for (const node of this.graph.nodes) {
      const fusion = fusionAt(node, around);
      if (fusion) fusions.set(fusion.last, fusion);
    }
    if (fusions.size === 0) return;
    const needed = new Set(this.graph.outputs);
    const needs = new Map<NodeProto, readonly string[]>();
    const kept: NodeProto[] = [];
    for (const node of this.graph.nodes.toReversed()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      const fusion = fusions.get(node);
      const own = fusion?.node ?? node;
      if (fusion) this.context.report.convert(`Nodes that end at ${titleOf(node)} are ${fusion.what}.`);
      const inputs = fusion ? own.inputs : this.graph.needs.get(node)!;
      for (const name of inputs) needed.add(name);
      needs.set(own, inputs);
      kept.push(own);
    }
    this.#nodes = kept.reverse();
    this.#users = new Map(usersOf(needs, this.graph.outputs));
  }

  /** Goes through all nodes. What cannot be taken over goes to the problems; what is behind it is passed over. */
  run(): void {
    for (const node of this.#nodes) {
      if (this.#settled.has(node) || node.outputs.some((name) => name !== "" && this.values.has(name))) continue;
      this.#runNode(node);
    }
  }

  #runNode(node: NodeProto): void {
    const { problems, options } = this.context;
    const own = options.layers && Object.hasOwn(options.layers, node.type) ? options.layers[node.type] : undefined;
    const operator = node.domain === "" && Object.hasOwn(operators, node.type) ? operators[node.type] : undefined;
    const isKnown = node.inputs.every((name) => name === "" || this.values.has(name));
    try {
      const call = this.#callOf(node);
      if (own) {
        if (isKnown) this.#keep(node, [this.#makeOwn(call, own as never)]);
        return;
      }
      if (node.domain === "" && isKnown && this.#keep(node, fold(call))) return;
      if (node.domain === "" && node.type === "If" && this.#runBranch(node)) return;
      if (!operator) {
        const isUnfolded = node.domain === "" && FOLDED.has(node.type);
        if (isUnfolded && !isKnown) return;
        problems.add(node.type, titleOf(node), isUnfolded ? "depends on the data" : whyNot(node));
        return;
      }
      if (!isKnown) return;
      const made = operator(call);
      this.#keep(node, Array.isArray(made) ? made : [made as Value]);
    } catch (error) {
      if (error instanceof FormatError) throw error;
      problems.add(node.type, titleOf(node), reasonOf(error));
    }
  }

  /** Goes through the branch that an `If` takes, if that is known before there is data. */
  #runBranch(node: NodeProto): boolean {
    const condition = this.values.get(node.inputs[0]);
    const truth = condition instanceof Constant ? condition.plain?.[0] : undefined;
    const bytes = truth === undefined ? undefined : node.attributes.get(truth ? "then_branch" : "else_branch")?.graph;
    if (!bytes) return false;
    const { bounds, files } = this.importing;
    const branch = readSubgraph(bytes, WHO, bounds);
    const graph = orderGraph(WHO, branch, { outer: (name) => this.values.has(name) || this.#users.has(name) }, bounds);
    for (const [tensor, users] of graph.users) this.#users.set(tensor, [...(this.#users.get(tensor) ?? []), ...users]);
    // Who takes what the branch makes takes its outputs.
    graph.outputs.forEach((name, i) => {
      const others = this.#users.get(node.outputs[i]) ?? [];
      this.#users.set(name, [...(graph.users.get(name) ?? []).filter((user) => user !== ""), ...others]);
    });
    for (const proto of branch.initializers) this.values.set(proto.name, readTensor(WHO, proto, files, true));
    for (const inner of graph.nodes) if (!this.#settled.has(inner)) this.#runNode(inner);
    this.#keep(
      node,
      graph.outputs.map((name) => this.values.get(name)),
    );
    return true;
  }

  /** A layer that the caller makes. */
  #makeOwn(call: Call, make: (config: object, weights: object) => { apply(nodes: readonly Node[]): Node }): Value {
    const { proto } = call;
    const config: Record<string, unknown> = Object.create(null);
    for (const [name, { float, integer, text, floats, integers }] of proto.attributes) {
      config[name] = float ?? integer ?? text ?? (floats.length ? floats : integers);
    }
    const weights: Record<string, unknown> = Object.create(null);
    const inputs: Node[] = [];
    let like: Held | undefined;
    proto.inputs.forEach((name, i) => {
      const value = call.at(i);
      if (value instanceof Constant) weights[name] = new Tensor(floats(value), value.shape);
      else if (value) {
        like ??= value;
        inputs.push(fileOrder(value));
      }
    });
    const node = make({ ...config, name: titleOf(proto) }, weights).apply(inputs);
    return new Held(
      node,
      upTo(node.dimensions.length - (like?.isSample ? 1 : 0)).map((axis) => axis + (like?.isSample ? 1 : 0)),
    );
  }
}

const FOLDED = new Set(["Constant", "ConstantOfShape", "Range", "Shape", "Size"]);

/** A node with its axes as in the file, the batch first. */
function fileOrder(given: Held): Node {
  const held = settled(given);
  const axis = held.batchAxis;
  const others = upTo(held.rank).filter((one) => one !== axis);
  const order = held.isSample
    ? [0, ...held.axes]
    : (axis < 0 ? others : [axis, ...others]).map((one) => held.axes[one]);
  return ordered(held.node, order);
}

/** The outputs of the model, in the file's order. */
function outputsOf(walk: Walk, { problems, report }: ImportContext): Node[] {
  return walk.graph.outputs.flatMap((name) => {
    const value = walk.values.get(name);
    if (!value) return [];
    try {
      if (value instanceof Constant) throw refusal("is a constant: it depends on no input");
      const node = fileOrder(value);
      if (!node.isBatched) throw refusal("has no batch as its first axis");
      if (value.batchAxis > 0)
        report.convert(`The batch is axis ${value.batchAxis} of the output ${name}: here it is the first.`);
      if (value.node.isInput) return [ops.add(node, 0)];
      return [node.isWhole ? ops.cast(node, "float32") : node];
    } catch (error) {
      problems.add("output", name, reasonOf(error));
      return [];
    }
  });
}

function checkOpset({ opsets }: ModelProto): number {
  const opset = opsets.get("");
  if (opset === undefined) throw new FormatError(`${WHO}: the file does not say which operators of ONNX it has.`);
  return opset;
}

function readInitializers(graph: GraphProto, walk: Walk, files: ExternalFiles): void {
  if (graph.hasSparse) walk.context.problems.add("initializer", "sparse_initializer", "is sparse");
  for (const proto of graph.initializers) {
    if (!walk.graph.users.has(proto.name)) continue;
    walk.values.set(proto.name, readTensor(WHO, proto, files, true));
    const type = typeName(proto.type);
    if (/^(b?float16|float64)$/.test(type)) walk.context.report.convert(`Weights of ${type} are float32 here.`);
  }
}

/**
 * The model of a file that wasmgrad has written, as it was, where no option asks for a part of the graph. Others may have changed the
 * file: then its graph says what it is.
 */
async function readOwn(
  { metadata, graph }: ModelProto,
  { options, report }: ImportContext,
): Promise<Model | undefined> {
  if (!isOwnOnnx(metadata) || Object.keys(options).some((name) => name !== "compile" && name !== "maximumBytes"))
    return undefined;
  const tensors = new Map<string, ForeignTensor>();
  for (const proto of graph.initializers) {
    const { shape, plain } = readTensor(WHO, proto, new Map(), true);
    if (plain instanceof Float32Array) tensors.set(proto.name, { shape, data: plain, dtype: "float32" });
  }
  try {
    const model = await readOwnOnnx(metadata, tensors, options.compile ?? true);
    report.convert("The file is one of wasmgrad: the model is as it was, weights included.");
    return model;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report.warn(`The file is no longer as wasmgrad wrote it (${error.message}): its graph was read.`);
    return undefined;
  }
}

/** Makes a model of a file of ONNX. */
export async function readOnnx(files: ImportFiles, context: ImportContext): Promise<Model> {
  const { report, problems, options } = context;
  const bounds = new Bounds(WHO, files.main.length);
  const proto = readModel(files.main, WHO, bounds);
  if (proto.producer) report.producer = proto.producer;
  const opset = checkOpset(proto);
  const own = await readOwn(proto, context);
  if (own) return own;
  const whole = withoutFunctions(proto, bounds);
  const graph = orderGraph(WHO, whole, options, bounds);
  const read = readInputs(graph.inputs, proto.graph, context);
  const layers = new LayerBook(report);
  const external = externalFiles(context, files);
  const about = { opset, batch: read.batch, bounds, files: external, layers };
  const walk = new Walk(context, graph, about);
  readInitializers(proto.graph, walk, external);
  walk.foldConstants();
  for (const [name, held] of read.values) walk.values.set(name, held);
  walk.findPatterns();
  walk.run();
  const outputs = outputsOf(walk, context);
  problems.check(WHO, "this model of ONNX", WAYS_OUT);
  for (const { name } of proto.graph.inputs) {
    const isInitializer = proto.graph.initializers.some((one) => one.name === name);
    if (!isInitializer && !graph.inputs.includes(name)) report.skip(`input ${name}: no output needs it`);
  }
  const model = makeModel({ inputs: [...read.nodes], outputs: outputs.length === 1 ? outputs[0] : outputs });
  layers.reportTied(model.layers);
  const weights = layers.values(model.layers);
  if (Object.keys(weights).length)
    await model.setWeights(options.layers ? { ...(await model.getWeights()), ...weights } : weights);
  return model as unknown as Model;
}
