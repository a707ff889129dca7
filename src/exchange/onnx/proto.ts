import { FormatError } from "../../errors";
import { Message } from "../../formats/protobuf/message";
import { Bounds } from "./bounds";

type Bytes = Uint8Array<ArrayBuffer>;

/** A tensor of the file, its numbers unread. */
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  /** The number of its type. */
  readonly type: number;
  /** The whole message: numbers are read when they are wanted. */
  readonly message: Bytes;
  readonly raw?: Bytes;
  /** Where its numbers stand, when they stand in another file. */
  readonly external?: ReadonlyMap<string, string>;
}

/** An attribute of a node: one of these. */
export interface AttributeProto {
  readonly name: string;
  readonly float?: number;
  readonly integer?: number;
  readonly text?: string;
  readonly tensor?: TensorProto;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
  readonly texts: readonly string[];
  /** The bytes of a graph, of `If` and `Loop`. */
  readonly graph?: Bytes;
  /** The attribute of the function around the node that it stands for. */
  readonly reference?: string;
}

export interface NodeProto {
  readonly type: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
}

/** A tensor that goes in or out. Sizes are numbers, names, or unknown. */
export interface PortProto {
  readonly name: string;
  readonly type: number;
  readonly sizes?: readonly (number | string | undefined)[];
}

export interface GraphProto {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly PortProto[];
  readonly outputs: readonly PortProto[];
  /** What is known of the tensors between. */
  readonly known: readonly PortProto[];
  readonly hasSparse: boolean;
}

/** Nodes under one name. */
export interface FunctionProto {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeProto[];
}

export interface ModelProto {
  readonly producer: string;
  readonly graph: GraphProto;
  /** Versions by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: readonly FunctionProto[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Most axes of a tensor. */
const MOST_DIMS = 32;

function readTensor(message: Message, bounds: Bounds): TensorProto {
  bounds.count(4);
  let [name, type, isExternal] = ["", 0, false];
  let raw: Bytes | undefined;
  const dims: number[] = [];
  const external = new Map<string, string>();
  while (message.next()) {
    if (message.field === 1) message.addIntegers(dims);
    else if (message.field === 2) type = message.integer;
    else if (message.field === 8) name = message.text;
    else if (message.field === 9) raw = message.part;
    else if (message.field === 13) readEntry(message, external, bounds);
    else if (message.field === 14) isExternal = message.integer === 1;
    if (dims.length > MOST_DIMS) throw new FormatError(`${message.who}: a tensor has more than ${MOST_DIMS} axes.`);
  }
  const { bytes } = message;
  return { name, dims, type, message: bytes, ...(raw && { raw }), ...(isExternal && { external }) };
}

/** A key and its value. */
function readEntry(message: Message, entries: Map<string, string>, bounds: Bounds): void {
  bounds.count();
  const entry = message.message(message.who);
  let [key, value] = ["", ""];
  while (entry.next()) {
    if (entry.field === 1) key = entry.text;
    else if (entry.field === 2) value = entry.text;
  }
  entries.set(key, value);
}

function readAttribute(message: Message, bounds: Bounds): AttributeProto {
  bounds.count(3);
  const found: { -readonly [Key in keyof AttributeProto]: AttributeProto[Key] } = {
    name: "",
    floats: [],
    integers: [],
    texts: [],
  };
  const [floats, integers]: number[][] = [[], []];
  const texts: string[] = [];
  while (message.next()) {
    const { field } = message;
    if (field === 1) found.name = message.text;
    else if (field === 2) found.float = message.float;
    else if (field === 3) found.integer = message.integer;
    // A text may be any bytes.
    else if (field === 4) found.text = new TextDecoder().decode(message.part);
    else if (field === 5) found.tensor = readTensor(message.message(message.who), bounds);
    else if (field === 6) found.graph = message.part;
    else if (field === 7) message.addFloats(floats);
    else if (field === 8) message.addIntegers(integers);
    else if (field === 9) {
      bounds.count();
      texts.push(new TextDecoder().decode(message.part));
    } else if (field === 21) found.reference = message.text;
  }
  bounds.count((floats.length + integers.length) >> 4);
  return { ...found, floats, integers, texts };
}

function readNode(message: Message, bounds: Bounds): NodeProto {
  bounds.count(8);
  let [type, domain, name] = ["", "", ""];
  const [inputs, outputs]: string[][] = [[], []];
  const attributes = new Map<string, AttributeProto>();
  while (message.next()) {
    const { field } = message;
    if (field === 1 || field === 2) {
      bounds.count();
      (field === 1 ? inputs : outputs).push(message.text);
    } else if (field === 3) name = message.text;
    else if (field === 4) type = message.text;
    else if (field === 5) {
      const attribute = readAttribute(message.message(message.who), bounds);
      attributes.set(attribute.name, attribute);
    } else if (field === 7) domain = message.text;
  }
  return { type, domain: domain === "ai.onnx" ? "" : domain, name, inputs, outputs, attributes };
}

function readDimension(message: Message): number | string | undefined {
  let size: number | string | undefined;
  while (message.next()) {
    if (message.field === 1) size = message.integer;
    else if (message.field === 2) size = message.text;
  }
  return size === "" || size === -1 ? undefined : size;
}

function readPort(message: Message, bounds: Bounds): PortProto {
  bounds.count(4);
  let [name, type] = ["", 0];
  let sizes: (number | string | undefined)[] | undefined;
  const readShape = (shape: Message) => {
    sizes = [];
    while (shape.next()) if (shape.field === 1) sizes.push(readDimension(shape.message(shape.who)));
    if (sizes.length > MOST_DIMS) throw new FormatError(`${shape.who}: a tensor has more than ${MOST_DIMS} axes.`);
  };
  const readTensorType = (tensor: Message) => {
    while (tensor.next()) {
      if (tensor.field === 1) type = tensor.integer;
      else if (tensor.field === 2) readShape(tensor.message(tensor.who));
    }
  };
  while (message.next()) {
    if (message.field === 1) name = message.text;
    else if (message.field === 2) {
      const outer = message.message(message.who);
      while (outer.next()) if (outer.field === 1) readTensorType(outer.message(outer.who));
    }
  }
  return { name, type, ...(sizes && { sizes }) };
}

function readGraph(message: Message, bounds: Bounds): GraphProto {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const [inputs, outputs, known]: PortProto[][] = [[], [], []];
  let hasSparse = false;
  while (message.next()) {
    const { field } = message;
    const part = () => message.message(message.who);
    if (field === 1) nodes.push(readNode(part(), bounds));
    else if (field === 5) initializers.push(readTensor(part(), bounds));
    else if (field === 11) inputs.push(readPort(part(), bounds));
    else if (field === 12) outputs.push(readPort(part(), bounds));
    else if (field === 13) known.push(readPort(part(), bounds));
    else if (field === 15) hasSparse = true;
  }
  return { nodes, initializers, inputs, outputs, known, hasSparse };
}

/** The graph of an attribute. */
export function readSubgraph(bytes: Bytes, who: string, bounds: Bounds): GraphProto {
  return readGraph(new Message(bytes, who), bounds);
}

function readFunction(message: Message, bounds: Bounds): FunctionProto {
  bounds.count();
  let [name, domain] = ["", ""];
  const [inputs, outputs]: string[][] = [[], []];
  const nodes: NodeProto[] = [];
  while (message.next()) {
    const { field } = message;
    if (field === 1) name = message.text;
    else if (field === 4) inputs.push(message.text);
    else if (field === 5) outputs.push(message.text);
    else if (field === 7) nodes.push(readNode(message.message(message.who), bounds));
    else if (field === 10) domain = message.text;
  }
  return { name, domain, inputs, outputs, nodes };
}

function readOpset(message: Message, opsets: Map<string, number>): void {
  let [domain, version] = ["", 0];
  while (message.next()) {
    if (message.field === 1) domain = message.text;
    else if (message.field === 2) version = message.integer;
  }
  opsets.set(domain === "ai.onnx" ? "" : domain, version);
}

/**
 * Reads a file of ONNX, but for the numbers of its tensors.
 *
 * @throws FormatError for what is no such file, or has more parts than any model
 */
export function readModel(bytes: Bytes, who: string, bounds = new Bounds(who, bytes.length)): ModelProto {
  const message = new Message(bytes, who);
  let [producer, version] = ["", ""];
  let graph: GraphProto | undefined;
  const opsets = new Map<string, number>();
  const functions: FunctionProto[] = [];
  const metadata = new Map<string, string>();
  while (message.next()) {
    const { field } = message;
    if (field === 2) producer = message.text;
    else if (field === 3) version = message.text;
    else if (field === 7) graph = readGraph(message.message(who), bounds);
    else if (field === 8) readOpset(message.message(who), opsets);
    else if (field === 14) readEntry(message, metadata, bounds);
    else if (field === 25) functions.push(readFunction(message.message(who), bounds));
  }
  if (!graph) throw new FormatError(`${who}: the file has no graph: it is no model of ONNX, or is cut off.`);
  return { producer: [producer, version].filter(Boolean).join(" "), graph, opsets, functions, metadata };
}
