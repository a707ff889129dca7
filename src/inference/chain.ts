import type { Bases } from "../compiler/assemble";
import { gathers } from "../compiler/gathers";
import { rowsEnd, tensorBytes } from "../program/layout";
import { MemoryLayout } from "../program/memoryLayout";
import type { Column } from "../compiler/lower";
import { INITIALIZER_NAMES } from "../initializers/initializer";
import { areFinite } from "../numeric/finite";
import { sizeOf } from "../tensor/shape";
import type { Row } from "../program/program";
import { dense } from "../ops/dense";
import type { Op } from "../ops/op";
import { relu } from "../ops/relu";
import { sigmoid } from "../ops/sigmoid";
import { softmax } from "../ops/softmax";
import { tanh } from "../ops/tanh";
import { DEFAULT_LIMITS } from "../saving/loadOptions";
import { type CanonicalFile, isCount, isSame, MAXIMUM_SIZE, readCanonical } from "./canonical";
import type { InputPort } from "../training/inputs";
import type { Demand, Network, Port } from "./network";

/** An operation of a chain: its output takes the place of its input, or stands in the other half of the arena. */
interface Link {
  readonly op: Op;
  readonly owner: string;
  /** Counts for one sample; those that grow with the samples by name. */
  readonly counts: Readonly<Record<string, number>>;
  readonly perSample: string;
  /** Elements of a sample that come out. */
  readonly size: number;
  /** Byte offsets of the weights. */
  readonly weights: Readonly<Record<string, number>>;
}

const activations: Readonly<Record<string, Op | undefined>> = { linear: undefined, relu, sigmoid, softmax, tanh };

const isBoolean = (value: unknown) => typeof value === "boolean";
const isActivation = (value: unknown) => typeof value === "string" && Object.hasOwn(activations, value);
const isInitializer = (value: unknown) => INITIALIZER_NAMES.includes(value as (typeof INITIALIZER_NAMES)[number]);
const isRegularizer = (value: unknown) => value === "l1" || value === "l2" || value === "l1l2";

/** What the options of layers can be here, by their names. Others, and other values, are left to the layers themselves. */
const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === "string" && /^[^\s/]+$/.test(value),
  trainable: isBoolean,
  units: (value) => isCount(value, MAXIMUM_SIZE),
  activation: isActivation,
  useBias: isBoolean,
  kernelInitializer: isInitializer,
  biasInitializer: isInitializer,
  kernelRegularizer: isRegularizer,
  biasRegularizer: isRegularizer,
  rate: (value) => typeof value === "number" && value >= 0 && value < 1,
  seed: (value) => value === 0 || isCount(value, 2 ** 32 - 1),
};

/** Options of each kind of layer besides `name`, `trainable` and `inputShape`: those it must have, then those it can have. */
const kinds: Readonly<Record<string, readonly [needed: string, others: string]>> = {
  dense: ["units", "activation useBias kernelInitializer biasInitializer kernelRegularizer biasRegularizer"],
  activation: ["activation", ""],
  relu: ["", ""],
  softmax: ["", ""],
  flatten: ["", ""],
  dropout: ["rate", "seed"],
};

/** Options of all kinds, checked. */
interface Options {
  readonly name: string;
  readonly units: number;
  readonly activation?: string;
  readonly useBias?: boolean;
}

/**
 * A chain of dense layers and the commonest activations, which most small models are. Undefined for everything else, and for
 * everything odd: the way by graph.ts takes any model, and says what is wrong with a file.
 */
export function readChain(bytes: Uint8Array): Network | undefined {
  const file = readCanonical(bytes);
  return file && new ChainReader(file).read();
}

/** Goes from layer to layer. */
class ChainReader {
  readonly #file: CanonicalFile;
  #shape: readonly number[];
  readonly #links: Link[] = [];
  readonly #weights = new Map<string, { readonly offset: number; readonly data: Float32Array }>();
  readonly #layout = new MemoryLayout(0);
  #operations = 0;

  constructor(file: CanonicalFile) {
    this.#file = file;
    this.#shape = file.input.shape;
  }

  read(): Network | undefined {
    const { name, input, layers, tensors } = this.#file;
    const names = new Set<unknown>();
    for (const layer of layers) {
      const { kind, options, isNamedByModel } = layer as { kind: string; options: Options; isNamedByModel: unknown };
      const isPlain = isSame(layer, { kind, options, isNamedByModel }) && isBoolean(isNamedByModel);
      if (!isPlain || !Object.hasOwn(kinds, kind) || !this.#areKnown(kind, options)) return undefined;
      if (!this.#readLayer(kind, options) || sizeOf(this.#shape) > MAXIMUM_SIZE) return undefined;
      names.add(options.name);
    }
    const isWhole = [...tensors.keys()].every((name) => this.#weights.has(name) || name.startsWith("optimizer/"));
    if (!isWhole || names.size < layers.length || this.#operations > DEFAULT_LIMITS.operationsPerSample)
      return undefined;
    const output: Port = { name: [...names].at(-1) as string, shape: this.#shape, dtype: "float32" };
    return new ChainNetwork(name, input, output, this.#links, this.#values());
  }

  #areKnown(kind: string, options: Options): boolean {
    const [needed, others] = kinds[kind].map((names) => names.split(" "));
    const isKnown = ([name, value]: [string, unknown]) =>
      name === "inputShape"
        ? isSame(value, this.#shape)
        : [...needed, ...others, "name", "trainable"].includes(name) && checks[name](value);
    return Object.entries(options).every(isKnown) && [...needed, "name"].every((name) => !name || name in options);
  }

  #readLayer(kind: string, options: Options): boolean {
    if (kind === "dense") return this.#readDense(options);
    if (kind === "flatten") this.#shape = [sizeOf(this.#shape)];
    else if (kind !== "dropout") this.#activate(options.activation ?? kind, options.name);
    return true;
  }

  #readDense({ name, units, activation = "linear", useBias = true }: Options): boolean {
    const inputs = this.#shape.at(-1)!;
    const w = this.#take(`${name}/kernel`, [inputs, units]);
    const b = useBias ? this.#take(`${name}/bias`, [units]) : 0;
    if (w === undefined || b === undefined) return false;
    const rows = sizeOf(this.#shape) / inputs;
    this.#shape = [...this.#shape.slice(0, -1), units];
    this.#link(dense, name, "rows", { rows, inputs, units }, useBias ? { w, b } : { w });
    this.#activate(activation, name);
    return true;
  }

  #activate(activation: string, owner: string): void {
    const op = activations[activation];
    const count = sizeOf(this.#shape);
    const columns = this.#shape.at(-1)!;
    if (op === softmax) this.#link(op, owner, "rows", { rows: count / columns, columns });
    else if (op) this.#link(op, owner, "count", { count });
  }

  #link(op: Op, owner: string, perSample: string, counts: Link["counts"], weights: Link["weights"] = {}): void {
    const size = sizeOf(this.#shape);
    this.#operations += op.flops?.(counts) ?? size;
    this.#links.push({ op, owner, counts, perSample, size, weights });
  }

  /** Byte offset of a weight of this shape; undefined when the file has none of finite numbers. */
  #take(name: string, shape: readonly number[]): number | undefined {
    const tensor = this.#file.tensors.get(name);
    if (!tensor || !isSame(tensor.shape, shape) || !areFinite(tensor.data)) return undefined;
    const offset = this.#layout.place(tensor.data.byteLength);
    this.#weights.set(name, { offset, data: tensor.data });
    return offset;
  }

  /** All weights that were taken, each where its offset says. */
  #values(): Float32Array {
    const values = new Float32Array(this.#layout.totalBytes / 4);
    for (const { offset, data } of this.#weights.values()) values.set(data, offset / 4);
    return values;
  }
}

class ChainNetwork implements Network {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly ports: readonly InputPort[];
  readonly weightBytes: number;
  /** Bytes of half of the arena, and of the scratch memory behind the halves. */
  #half = 0;

  constructor(
    readonly name: string,
    input: Port,
    output: Port,
    private readonly links: readonly Link[],
    readonly values: Float32Array,
  ) {
    this.inputs = [input];
    this.outputs = [output];
    this.ports = this.inputs;
    this.weightBytes = values.byteLength;
  }

  plan(capacity: number): Demand {
    const sizes = [sizeOf(this.inputs[0].shape as readonly number[]), ...this.links.map(({ size }) => size)];
    this.#half = tensorBytes(capacity * Math.max(...sizes));
    const scratch = this.links.map((link) => tensorBytes(link.op.workspace?.(countsOf(link, capacity)) ?? 0));
    const operations = this.links.map(({ op }) => op.name);
    return {
      arenaBytes: 2 * this.#half + Math.max(0, ...scratch),
      programBytes: rowsEnd(1 + this.links.length),
      operations,
      // The build is made for chains: a test compares its kernels with theirs.
      builds: [{ build: "basicForward", operations: operations.join(" ") }],
    };
  }

  rows(samples: number, [{ dtype, offset, size }]: readonly Column[], { arena, data, weights }: Bases) {
    let y = arena;
    const source = { source: data + offset, batch: samples, size, scale: 1, offset: 0 };
    const forward: Row[] = [{ op: gathers[dtype], owner: "input_0", runsBackward: false, fields: { ...source, y } }];
    for (const link of this.links) {
      const x = y;
      if (!link.op.inPlace) y = x === arena ? arena + this.#half : arena;
      const addresses = Object.entries(link.weights).map(([name, offset]) => [name, weights + offset]);
      const workspace = link.op.workspace ? { workspace: arena + 2 * this.#half } : {};
      const fields = { x, y, ...workspace, ...countsOf(link, samples), ...Object.fromEntries(addresses) };
      forward.push({ op: link.op, owner: link.owner, runsBackward: false, fields });
    }
    return { forward, outputs: [y] };
  }
}

function countsOf({ counts, perSample }: Link, samples: number): Record<string, number> {
  return { ...counts, [perSample]: counts[perSample] * samples };
}
