// Writes a network as an ONNX file: protocol buffers by hand, of onnx.proto only what these networks need.
import { sidesOf, splitWeights } from "./network.mjs";

const FLOAT = 1;
const INT64 = 7;

/** A whole number in groups of seven bits, the lowest first. */
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** A field: whole numbers as they are, text, bytes and messages with their length before them. */
function field(number, value) {
  if (typeof value === "number") return Uint8Array.from([...varint(number << 3), ...varint(value)]);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return message(Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes);
}

/** Fields behind each other. */
function message(...fields) {
  const bytes = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of fields) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function tensor(name, type, sizes, data) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...sizes.map((size) => field(1, size)), field(2, type), field(8, name), field(9, bytes));
}

function node(kind, inputs, output, attributes = {}) {
  const attribute = ([name, value]) =>
    Array.isArray(value)
      ? field(5, message(field(1, name), ...value.map((number) => field(8, number)), field(20, 7)))
      : field(5, message(field(1, name), field(3, value), field(20, 2)));
  const ends = [...inputs.map((input) => field(1, input)), field(2, output)];
  return message(...ends, field(4, kind), ...Object.entries(attributes).map(attribute));
}

/** A value [batch, size], for any batch. */
function port(name, size) {
  const sizes = message(field(1, message(field(2, "batch"))), field(1, message(field(1, size))));
  return message(field(1, name), field(2, message(field(1, message(field(1, FLOAT), field(2, sizes))))));
}

/** [3, 3, channels, filters] as [filters, channels, 3, 3]. */
function convolutionKernel([, , channels, filters], kernel) {
  const at = (filter, channel, tap) => kernel[(tap * channels + channel) * filters + filter];
  return Float32Array.from(kernel, (_, i) => at(Math.floor(i / (9 * channels)), Math.floor(i / 9) % channels, i % 9));
}

/** Rows of a kernel behind images [side, side, channels], in the order of [channels, side, side]. */
function flattenedKernel([inputs, units], kernel, channels) {
  const pixels = inputs / channels;
  return Float32Array.from(kernel, (_, i) => {
    const row = Math.floor(i / units);
    return kernel[((row % pixels) * channels + Math.floor(row / pixels)) * units + (i % units)];
  });
}

const operators = { relu: "Relu", tanh: "Tanh", softmax: "Softmax" };

/** The bytes of the file. Its input is called x, its output y. */
export function encodeOnnx(network, values) {
  const { filters = [], widths, activations } = network;
  const tensors = [];
  const nodes = [];
  let last = "x";
  const add = (kind, inputs, attributes) => {
    const output = `v${nodes.length}`;
    nodes.push([kind, [last, ...inputs], output, attributes]);
    last = output;
  };
  const constant = (type, sizes, data) => {
    const name = `w${tensors.length}`;
    tensors.push(tensor(name, type, sizes, data));
    return name;
  };
  const [side] = sidesOf(network);
  if (filters.length) add("Reshape", [constant(INT64, [4], BigInt64Array.of(-1n, 1n, BigInt(side), BigInt(side)))]);
  splitWeights(network, values).forEach(({ shape, kernel, bias }, i) => {
    const biasName = () => constant(FLOAT, [bias.length], bias);
    if (i < filters.length) {
      const sizes = [shape[3], shape[2], 3, 3];
      add("Conv", [constant(FLOAT, sizes, convolutionKernel(shape, kernel)), biasName()], { kernel_shape: [3, 3] });
      add("Relu", []);
      add("MaxPool", [], { kernel_shape: [2, 2], strides: [2, 2] });
      return;
    }
    const isBehindImages = filters.length > 0 && i === filters.length;
    if (isBehindImages) add("Flatten", []);
    const rows = isBehindImages ? flattenedKernel(shape, kernel, filters.at(-1)) : kernel;
    add("Gemm", [constant(FLOAT, shape, rows), biasName()]);
    add(operators[activations[i - filters.length]], []);
  });
  nodes.at(-1)[2] = "y";
  const graph = message(
    ...nodes.map((parts) => field(1, node(...parts))),
    field(2, "network"),
    ...tensors.map((bytes) => field(5, bytes)),
    field(11, port("x", widths[0])),
    field(12, port("y", widths.at(-1))),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, ""), field(2, 17))));
}
