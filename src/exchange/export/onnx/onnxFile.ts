import { ProtobufMessage } from "../../../formats/protobuf/encode";
import type { Shape } from "../../../tensor/shape";

/** Numbers of the types of elements in `onnx.proto`. */
export const ELEMENT = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;

/** An attribute: a number is a whole one, `{ float }` is not; lists likewise. */
export type Attribute =
  | number
  | { readonly float: number }
  | string
  | readonly number[]
  | Float32Array
  | readonly string[];

/** A node, of the default domain. */
export interface OnnxNode {
  readonly type: string;
  readonly name: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Numbers that a graph brings along; whole ones as int64 from a list, as int32 from an array of those. */
export interface Initializer {
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | readonly number[];
}

/** An input or output: its sizes are numbers or names. */
export interface Port {
  readonly name: string;
  readonly element: number;
  readonly sizes: readonly (number | string)[];
}

/** What a file has. */
export interface OnnxFile {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, Initializer>;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly opset: number;
}

const IR_VERSION = 8;
/** Of `AttributeProto`. */
const TYPE = { float: 1, int: 2, string: 3, floats: 6, ints: 7, strings: 8 } as const;

function encodeAttribute(name: string, value: Attribute): ProtobufMessage {
  const message = new ProtobufMessage().text(1, name);
  if (typeof value === "number") return message.integer(3, value).integer(20, TYPE.int);
  if (typeof value === "string") return message.text(4, value).integer(20, TYPE.string);
  if (value instanceof Float32Array) {
    for (const number of value) message.float(7, number);
    return message.integer(20, TYPE.floats);
  }
  if (!Array.isArray(value)) return message.float(2, (value as { float: number }).float).integer(20, TYPE.float);
  if (typeof value[0] === "string") {
    for (const text of value) message.text(9, text);
    return message.integer(20, TYPE.strings);
  }
  for (const number of value) message.integer(8, number);
  return message.integer(20, TYPE.ints);
}

function encodeNode({ type, name, inputs, outputs, attributes }: OnnxNode): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  message.text(3, name).text(4, type);
  for (const [key, value] of Object.entries(attributes)) message.message(5, encodeAttribute(key, value));
  return message;
}

function encodeInitializer(name: string, { shape, data }: Initializer): ProtobufMessage {
  const element =
    data instanceof Float32Array ? ELEMENT.float : data instanceof Int32Array ? ELEMENT.int32 : ELEMENT.int64;
  const numbers = ArrayBuffer.isView(data) ? data : BigInt64Array.from(data, BigInt);
  return new ProtobufMessage()
    .integers(1, shape)
    .integer(2, element)
    .text(8, name)
    .bytes(9, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
}

function encodePort({ name, element, sizes }: Port): ProtobufMessage {
  const shape = new ProtobufMessage();
  for (const size of sizes) {
    const dimension = new ProtobufMessage();
    shape.message(1, typeof size === "number" ? dimension.integer(1, size) : dimension.text(2, size));
  }
  const tensor = new ProtobufMessage().integer(1, element).message(2, shape);
  return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
}

/** The bytes of a file of ONNX. */
export function encodeOnnx({ name, nodes, initializers, inputs, outputs, metadata, opset }: OnnxFile) {
  const graph = new ProtobufMessage();
  for (const node of nodes) graph.message(1, encodeNode(node));
  graph.text(2, name);
  for (const [weight, initializer] of initializers) graph.message(5, encodeInitializer(weight, initializer));
  for (const port of inputs) graph.message(11, encodePort(port));
  for (const port of outputs) graph.message(12, encodePort(port));
  const model = new ProtobufMessage().integer(1, IR_VERSION).text(2, "wasmgrad").message(7, graph);
  model.message(8, new ProtobufMessage().text(1, "").integer(2, opset));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, new ProtobufMessage().text(1, key).text(2, value));
  }
  return model.finish();
}
