import { readFileSync } from "node:fs";
import { importModel } from "../../src/exchange/index";
import { type GraphProto, readModel } from "../../src/exchange/onnx/proto";
import { readTensor } from "../../src/exchange/onnx/tensors";
import type { Constant } from "../../src/exchange/onnx/values";
import { Message } from "../../src/formats/protobuf/message";
import { readZip } from "../../src/formats/zip/directory";
import { inflateRaw } from "../../src/io/deflate";
import { Tensor } from "../../src/tensor/tensor";
import { node, part, port, text } from "./onnxBytes";

type Bytes = Uint8Array<ArrayBuffer>;

/** A test of ONNX for one operator: a model of one node, and data. */
export interface NodeCase {
  readonly name: string;
  readonly model: Bytes;
  readonly inputs: readonly Bytes[];
  readonly outputs: readonly Bytes[];
  readonly graph: GraphProto;
}

export async function readCases(path: string): Promise<NodeCase[]> {
  const files = new Map<string, Bytes>();
  for (const entry of readZip(readFileSync(path), path)) {
    const bytes = entry.isDeflated ? await inflateRaw(entry.packed, entry.size, path) : entry.packed;
    files.set(entry.name, Uint8Array.from(bytes));
  }
  const models = [...files.keys()].filter((name) => name.endsWith("/model.onnx"));
  return models.map((file) => {
    const name = file.slice(0, -"/model.onnx".length);
    const model = files.get(file)!;
    const list = (kind: string) => {
      const found: Bytes[] = [];
      for (let i = 0; files.has(`${name}/test_data_set_0/${kind}_${i}.pb`); i++) {
        found.push(files.get(`${name}/test_data_set_0/${kind}_${i}.pb`)!);
      }
      return found;
    };
    return { name, model, inputs: list("input"), outputs: list("output"), graph: readModel(model, name).graph };
  });
}

/** The numbers of a file of one tensor. */
export function readPb(bytes: Bytes): Constant {
  const [proto] = readModel(Uint8Array.from(part(7, part(5, bytes))), "test").graph.initializers;
  return readTensor("test", proto, new Map(), false);
}

/** A file with more in its graph: the bytes of a message may simply follow. */
export function withMore(model: Bytes, more: readonly number[]): Bytes {
  const message = new Message(model, "test");
  const out: number[] = [];
  let start = 0;
  let rest = model;
  while (message.next()) {
    if (message.field !== 7) continue;
    const graph = message.part;
    const begin = graph.byteOffset - model.byteOffset;
    // Everything but the graph, and the longer graph.
    const header = part(7, graph).length - graph.length;
    out.push(...model.subarray(start, begin - header), ...part(7, [...graph, ...more]));
    start = begin + graph.length;
    rest = model.subarray(start);
  }
  return Uint8Array.from([...out, ...rest]);
}

/** How a test is run as a model: which of its inputs are data, and where the batch is. */
interface Way {
  readonly name: string;
  readonly batchAxis: number | null;
  isData(index: number, shapes: readonly (readonly number[])[]): boolean;
}

const all = () => true;
const first = (index: number) => index === 0;
const second = (index: number) => index === 1;
const none = () => false;
/** Those that have as many samples as the first. */
const alike = (index: number, shapes: readonly (readonly number[])[]) => shapes[index][0] === shapes[0][0];
const alikeOfFour = (index: number, shapes: readonly (readonly number[])[]) =>
  alike(index, shapes) && (index < 3 || shapes[index].length !== 2);

/** Those that are tried, in this order. */
const ways: readonly Way[] = [
  { name: "the first axis is the batch", batchAxis: 0, isData: all },
  { name: "the first axis is the batch, other inputs are constants", batchAxis: 0, isData: first },
  { name: "the first axis is the batch, inputs of other sizes are constants", batchAxis: 0, isData: alike },
  { name: "the first axis is the batch, masks are constants", batchAxis: 0, isData: alikeOfFour },
  { name: "the second axis is the batch", batchAxis: 1, isData: all },
  { name: "the second axis is the batch, other inputs are constants", batchAxis: 1, isData: first },
  { name: "each tensor is one sample", batchAxis: null, isData: all },
  { name: "each tensor is one sample, other inputs are constants", batchAxis: null, isData: first },
  { name: "the second input is data", batchAxis: 0, isData: second },
  { name: "each tensor is one sample, the second input is data", batchAxis: null, isData: second },
  { name: "all inputs are constants", batchAxis: null, isData: none },
];

export interface Outcome {
  readonly name: string;
  readonly types: readonly string[];
  readonly outcome: "passed" | "wrong" | "refused";
  readonly way?: string;
  /** What is wrong, or why it is refused. */
  readonly reason?: string;
}

/** Their expected numbers are written with four digits. */
const ROUNDED = ["test_averagepool_2d_ceil_last_window_starts_on_pad"];

const flat = (constant: Constant) => Float64Array.from(constant.plain!);

/** The largest difference relative to the largest number; infinity where shapes or special values differ. */
function difference(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  const largest = Math.max(1e-30, ...Array.from(want, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i]) || got[i] === want[i]) continue;
    const error = Math.abs(got[i] - want[i]) / largest;
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}

/** Brings an axis to the front. */
function toFront({ shape, numbers }: { shape: readonly number[]; numbers: ArrayLike<number> }, axis: number) {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const size = shape[axis] ?? 1;
  const moved = new Float64Array(numbers.length);
  for (let o = 0; o < outer; o++) {
    for (let s = 0; s < size; s++) {
      for (let i = 0; i < inner; i++) moved[(s * outer + o) * inner + i] = numbers[(o * size + s) * inner + i];
    }
  }
  return { shape: [size, ...shape.filter((_, i) => i !== axis)], numbers: moved };
}

async function tryWay(test: NodeCase, way: Way): Promise<string | undefined> {
  const { graph } = test;
  const values = test.inputs.map(readPb);
  const initializers = graph.initializers.map(({ name }) => name);
  const open = graph.inputs.filter(({ name }) => !initializers.includes(name));
  const used = open.map((one, i) => ({
    one,
    value: values[i],
    bytes: test.inputs[i],
    isData: way.isData(
      i,
      values.map(({ shape }) => shape),
    ),
  }));
  const constants = used.filter(({ isData }) => !isData);
  let more = constants.flatMap(({ one, bytes }) => part(5, [...bytes, ...text(8, one.name)]));
  const wanted = test.outputs.map(readPb);
  const isConstant = !used.some(({ isData }) => isData);
  const outputs = graph.outputs.filter((_, i) => wanted[i]).map(({ name }) => name);
  if (isConstant) {
    // What only constants make is added to zeros that come in.
    outputs.forEach((name, i) => {
      more = more.concat(
        part(11, port(`zeros_${i}`, wanted[i].shape)),
        part(1, node("Add", [name, `zeros_${i}`], [`sum_${i}`])),
      );
    });
  }
  const bytes = more.length ? withMore(test.model, more) : test.model;
  const { model, report } = await importModel(bytes, {
    batchAxis: way.batchAxis,
    outputs: isConstant ? outputs.map((_, i) => `sum_${i}`) : outputs,
  });
  const fed = isConstant
    ? wanted.map((value) => new Tensor(new Float32Array(value.count), [1, ...value.shape]))
    : used
        .filter(({ isData, one }) => isData && !report.skipped.some((skip) => skip.startsWith(`input ${one.name}:`)))
        .map(({ value }) => {
          const plain = way.batchAxis
            ? toFront({ shape: value.shape, numbers: flat(value) }, way.batchAxis)
            : { shape: value.shape, numbers: flat(value) };
          const shape = way.batchAxis === null ? [1, ...plain.shape] : plain.shape;
          const data = value.meaning === "float" ? Float32Array.from(plain.numbers) : Int32Array.from(plain.numbers);
          return new Tensor(data, shape);
        });
  const made = await model.predict((fed.length === 1 ? fed[0] : fed) as never);
  const results = (Array.isArray(made) ? made : [made]) as unknown as Tensor[];
  const faults = results.map((result, i) => {
    const moved = report.conversions
      .map((line) => /The batch is axis (\d+) of the output (.*): here/.exec(line))
      .find((match) => match?.[2] === outputs[i]);
    const want = toFront({ shape: wanted[i].shape, numbers: flat(wanted[i]) }, moved ? Number(moved[1]) : 0);
    const shape = way.batchAxis === null ? [1, ...wanted[i].shape] : want.shape;
    if (String(result.shape) !== String(shape)) return `shape [${result.shape}], not [${shape}]`;
    const error = difference(result.data, want.numbers);
    return error <= (ROUNDED.includes(test.name) ? 1e-3 : 1e-5) ? undefined : `output ${i} differs by ${error}`;
  });
  await model.dispose?.();
  return faults.find(Boolean);
}

/** Runs a test in the first way in which it can be imported. */
export async function runCase(test: NodeCase): Promise<Outcome> {
  const types = [...new Set(test.graph.nodes.map(({ type }) => type))];
  let reason = "";
  for (const way of ways) {
    try {
      const fault = await tryWay(test, way);
      return {
        name: test.name,
        types,
        outcome: fault ? "wrong" : "passed",
        way: way.name,
        ...(fault && { reason: fault }),
      };
    } catch (error) {
      if (!(error instanceof Error) || error.constructor.name === "TypeError") throw error;
      reason ||= error.message.split("\n").slice(0, 2).join(" ");
    }
  }
  return { name: test.name, types, outcome: "refused", reason };
}
