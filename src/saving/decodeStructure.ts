import { type Dtype, MAXIMUM_RANK } from "../tensor/tensor";
import { sizeOf, showShape } from "../tensor/shape";
import { ArgumentError, FormatError } from "../errors";
import { parseJson, quoted } from "../formats/json";
import { JsonField } from "../formats/jsonField";
import { input, type LayerCall, type Node } from "../graph/node";
import { Layer, type LayerResult } from "../graph/layer";
import { show } from "../options";
import { FILE_VERSION, METADATA_NAME } from "./fileFormat";
import { MAXIMUM, within } from "./fileParts";
import { type NodeMaker, readLayerTrace, readOperation, readTraced } from "./decodeTrace";
import { WHO } from "./modelFile";
import { countNodes, NestedModel } from "../layers/nestedModel";
import { outputsOf } from "../layers/replay";
import { type Structure, structureOf, withoutMasks } from "../graph/structure";
import { Custom, type StoredWeight } from "../layers/custom";
import { Lambda } from "../layers/lambda";
import { resolveRegularizer } from "../regularizers/regularizers";

/** What makes a layer of the options in a file. */
export type LayerFactory = (options: Record<string, unknown>) => Layer<LayerResult>;

/** Factories by the kind of their layers. */
export type LayerFactories = Readonly<Record<string, LayerFactory>>;

/** What makes the parts of a graph again: layers by their kinds, and nodes of operations. */
export interface Makers {
  readonly factories: LayerFactories;
  readonly nodeOf: NodeMaker;
}

/** float32 elements of the 4 GB that WebAssembly has. */
const MAXIMUM_SIZE = 2 ** 30;

const LAYER_MEMBERS = ["kind", "options", "isNamedByModel"] as const;
/** Beside those: what only some layers have. */
const ADDED_MEMBERS = ["addedLosses"] as const;
const GRAPH_MEMBERS = ["inputs", "layers", "nodes", "outputs"] as const;

/** Everything in a file but tensors, not yet read. */
export function readDescription(metadata: Readonly<Record<string, string>>) {
  if (!Object.hasOwn(metadata, METADATA_NAME)) {
    throw new FormatError(`${WHO}: has tensors but no model: there is no "${METADATA_NAME}" in its metadata.`);
  }
  const root = new JsonField(parseJson(metadata[METADATA_NAME], WHO), WHO);
  checkVersion(root);
  const needed = ["version", "name", "seed", "inputs", "layers", "nodes", "outputs"] as const;
  return root.members(needed, ["trainable", "losses", "tokenizer", "pipeline", "training"]);
}

function checkVersion(root: JsonField): void {
  const { version } = root.record();
  if (version === FILE_VERSION) return;
  const known = `this version of wasmgrad reads ${FILE_VERSION}`;
  throw typeof version === "number" && version > FILE_VERSION
    ? root.error(`has format version ${version}, ${known}. Update wasmgrad.`)
    : root.error(`must have format version ${FILE_VERSION}.`);
}

type GraphFields = Record<(typeof GRAPH_MEMBERS)[number], JsonField> & { losses?: JsonField | undefined };

/** The graph that a file describes, of layers made by these factories. */
export function readStructure(fields: GraphFields, makers: Makers): Structure {
  const inputs = fields.inputs.elements(MAXIMUM.inputs).map(readInput);
  const made = fields.layers.elements(MAXIMUM.layers).map((field) => readLayer(field, makers));
  const nodes = [...inputs];
  const uses = new Map<LayerCall, readonly Node[]>();
  for (const field of fields.nodes.elements(MAXIMUM.nodes)) nodes.push(readNode(field, made, nodes, uses, makers));
  const outputs = fields.outputs.elements(MAXIMUM.outputs).map((field) => nodes[field.integer(nodes.length - 1)]);
  if (outputs.length === 0) throw fields.outputs.error("must not be empty.");
  const losses = fields.losses?.elements(MAXIMUM.outputs).map((field) => nodes[field.integer(nodes.length - 1)]);
  const structure = within(fields.nodes.place, () => structureOf(inputs, outputs, losses));
  if (withoutMasks(structure).length !== nodes.length - inputs.length)
    throw fields.nodes.error("lead to no output in part.");
  if (structure.layers.length !== made.length) throw fields.layers.error("are not all used.");
  if (countNodes(structure) > MAXIMUM.nodes) {
    throw fields.nodes.error(`use more than ${MAXIMUM.nodes} layers, counting those in models within.`);
  }
  return structure;
}

function readInput(field: JsonField): Node {
  const { shape, dtype, name, batchSize } = field.members(["shape", "dtype", "name"], ["batchSize"]);
  const options = {
    shape: shape.elements(MAXIMUM_RANK - 1).map((length) => (length.value === null ? null : length.number())),
    dtype: dtype.string() as Dtype,
    name: name.value === null ? undefined : name.string(),
    batchSize: batchSize?.number(),
  };
  return withSize(
    field,
    within(field.place, () => input(options)),
  );
}

let makers: Promise<Makers> | undefined;

/** All layers and operations of the library. As namespaces of their own, from which bundles of other programs leave out what they do not use. */
export function loadMakers(): Promise<Makers> {
  makers ??= Promise.all([import("../layers/index"), import("../nodes/nodeOf")]).then(([factories, { nodeOf }]) => ({
    factories: factories as unknown as LayerFactories,
    nodeOf,
  }));
  return makers;
}

function readLayer(field: JsonField, makers: Makers): Layer<LayerResult> {
  const { addedLosses } = field.members(LAYER_MEMBERS, ["graph", "graphs", "weights", ...ADDED_MEMBERS]);
  const layer = makeLayer(field, makers);
  const added = addedLosses?.elements(MAXIMUM.outputs) ?? [];
  return layer.addTracedLosses(added.map((graphs) => readTraced(graphs, `${layer.name}: addLoss`, makers.nodeOf)));
}

function makeLayer(field: JsonField, makers: Makers): Layer<LayerResult> {
  const record = field.record();
  if (Object.hasOwn(record, "graph")) return readNestedModel(field, makers);
  if (Object.hasOwn(record, "graphs")) return readFunctions(field, makers);
  const { kind, options, isNamedByModel } = field.members(LAYER_MEMBERS, ADDED_MEMBERS);
  const name = kind.string();
  const { factories } = makers;
  if (!Object.hasOwn(factories, name)) {
    throw kind.error(
      `is ${quoted(name)}, which this version of wasmgrad does not know. ` +
        "If the layer is your own: loadModel(source, { layers: { kind: (options) => layer } }).",
    );
  }
  const layer = within(field.place, () => {
    if (typeof factories[name] !== "function") {
      throw new ArgumentError(`the factory of ${quoted(name)} must be a function, got ${show(factories[name])}.`);
    }
    const made: unknown = factories[name](readLayerOptions(options, makers));
    if (made instanceof Layer) return made;
    throw new ArgumentError(`the factory of ${quoted(name)} must return a layer, got ${show(made)}.`);
  });
  layer.isNamedByModel = isNamedByModel.boolean();
  return layer;
}

/** Options of a layer, in which an activation or a regularizer may be a function over nodes. */
function readLayerOptions(options: JsonField, makers: Makers): Record<string, unknown> {
  const names = Object.keys(options.record());
  const members = options.members(names);
  return Object.fromEntries(names.map((name) => [name, readLayerOption(members[name], makers)]));
}

/** What a file has for an option of a layer, which may be a layer, too. */
function readLayerOption(field: JsonField, makers: Makers): unknown {
  const { value } = field;
  const isRecord = value !== null && typeof value === "object" && !Array.isArray(value);
  return isRecord && Object.hasOwn(value, "kind") ? readLayer(field, makers) : readOption(field, makers.nodeOf);
}

/** What a file has for an option: as it is, or the function whose graphs it has. */
function readOption(field: JsonField, nodeOf: NodeMaker): unknown {
  const { value } = field;
  const isRecord = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isRecord || value.name !== "custom" || !Object.hasOwn(value, "graphs")) return value;
  const { options, graphs } = field.members(["name", "options", "graphs"]);
  options.members([]);
  return { name: "custom", options: {}, traced: readTraced(graphs, field.place, nodeOf) };
}

/** A layer of functions over nodes, of which a file has the graphs. */
function readFunctions(field: JsonField, { nodeOf }: Makers): Layer<LayerResult> {
  const { kind, options, isNamedByModel, graphs, weights } = field.members(
    [...LAYER_MEMBERS, "graphs"],
    ["weights", ...ADDED_MEMBERS],
  );
  const name = kind.string();
  if (name !== "custom" && name !== "lambda") throw kind.error(`is ${quoted(name)}, which cannot have graphs.`);
  if (name === "lambda" && weights) throw weights.error("belong to no lambda.");
  const given = { ...options.record() };
  const make = () => {
    if (name === "lambda") return new Lambda(readTraced(graphs, "lambda", nodeOf), given);
    const traces = graphs.elements(MAXIMUM.nodes).map((graph) => readLayerTrace(graph, nodeOf));
    const stored = weights?.elements(MAXIMUM.nodes).map((weight) => readWeight(weight, nodeOf)) ?? [];
    return new Custom(given, { stored, traces });
  };
  const layer = within(field.place, make);
  layer.isNamedByModel = isNamedByModel.boolean();
  return layer;
}

function readSize(field: JsonField): number {
  const size = field.integer(MAXIMUM_SIZE);
  if (size < 1) throw field.error("must be at least 1.");
  return size;
}

function readWeight(field: JsonField, nodeOf: NodeMaker): StoredWeight {
  const { name, shape, isState, regularizer } = field.members(["name", "shape"], ["isState", "regularizer"]);
  const penalty = regularizer && readOption(regularizer, nodeOf);
  const resolved = within(field.place, () => resolveRegularizer(penalty, name.string()));
  return {
    name: name.string(),
    shape: shape.elements(MAXIMUM_RANK).map(readSize),
    isState: isState?.boolean() ?? false,
    ...(resolved && { regularizer: resolved }),
  };
}

function readNestedModel(field: JsonField, makers: Makers): Layer<LayerResult> {
  const { kind, options, isNamedByModel, graph } = field.members([...LAYER_MEMBERS, "graph"], ADDED_MEMBERS);
  const name = kind.string();
  if (name !== "model" && name !== "sequential") throw kind.error(`is ${quoted(name)}, which cannot have a graph.`);
  const structure = readStructure(graph.members(GRAPH_MEMBERS, ["losses"]), makers);
  const layer = within(field.place, () => new NestedModel(name, { ...options.record() }, structure));
  layer.isNamedByModel = isNamedByModel.boolean();
  return layer;
}

function readNode(
  field: JsonField,
  made: readonly Layer<LayerResult>[],
  nodes: readonly Node[],
  uses: Map<LayerCall, readonly Node[]>,
  { nodeOf }: Makers,
): Node {
  const record = field.record();
  if (Object.hasOwn(record, "op")) return readOperation(field, nodes, nodeOf);
  if (Object.hasOwn(record, "use")) return readFurtherOutput(field, nodes, uses);
  const { layer, inputs, output, options } = field.members(["layer", "inputs"], ["output", "options"]);
  const used = made[layer.integer(made.length - 1)];
  const from = inputs.elements(MAXIMUM.nodes).map((index) => nodes[index.integer(nodes.length - 1)]);
  if (from.length === 0) throw inputs.error("must not be empty.");
  const names = Object.keys(options?.record() ?? {});
  const flags = Object.entries(options?.members(names) ?? {}).map(([name, flag]) => [name, flag.boolean()] as const);
  const result = within(field.place, () => used.applyAs(from, Object.fromEntries(flags)));
  const outputs = outputsOf(result);
  for (const node of outputs) withSize(field, node);
  uses.set(outputs[0].call!, outputs);
  return outputs[output ? output.integer(outputs.length - 1) : 0];
}

/** Another output of a use of a layer that a node before it began with. */
function readFurtherOutput(
  field: JsonField,
  nodes: readonly Node[],
  uses: ReadonlyMap<LayerCall, readonly Node[]>,
): Node {
  const { use, output } = field.members(["use", "output"]);
  const { call } = nodes[use.integer(nodes.length - 1)];
  const outputs = call && uses.get(call);
  if (!outputs) throw use.error("is no use of a layer.");
  const node = outputs[output.integer(outputs.length - 1)];
  if (nodes.includes(node)) throw output.error("stands twice.");
  return node;
}

/** Sizes multiply from layer to layer: they must stay numbers that can be counted with. */
function withSize(field: JsonField, node: Node): Node {
  if (node.shape.length < MAXIMUM_RANK && sizeOf(node.shape.map((size) => size ?? 1)) <= MAXIMUM_SIZE) return node;
  throw field.error(`has shape ${showShape(node.shape, true)}, more than any memory holds.`);
}
