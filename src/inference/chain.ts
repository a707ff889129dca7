import type { Bases } from "../compiler/assemble";
import { gathers } from "../compiler/gathers";
import { tensorBytes } from "../program/layout";
import type { Column } from "../compiler/lower";
import { sizeOf } from "../tensor/shape";
import type { Row } from "../engine/engine";
import { dense } from "../ops/dense";
import type { Op } from "../ops/op";
import { relu } from "../ops/relu";
import { sigmoid } from "../ops/sigmoid";
import { softmax } from "../ops/softmax";
import { tanh } from "../ops/tanh";
import type { Container } from "./container";
import type { Demand, Network, Port } from "./network";

/** A layer in a file, as far as it is what it should be. */
interface LayerDescription {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>> & { readonly name: string };
}

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

/** Options of layers that have no say in what is predicted. */
const silent = /^(name|trainable|inputShape|rate|seed|(kernel|bias)(Initializer|Regularizer))$/;

/**
 * A chain of dense layers and the commonest activations, which most small models are. Undefined for everything else, and for
 * everything odd: the way by graph.ts takes any model, and says what is wrong with a file.
 */
export function readChain({ description, tensors }: Container): Network | undefined {
  const { inputs, layers, nodes, outputs } = description;
  const isChain =
    inputs.length === 1 &&
    outputs.length === 1 &&
    outputs[0] === nodes.length &&
    layers.length === nodes.length &&
    nodes.every((node, i) => node.layer === i && node.inputs.length === 1 && node.inputs[0] === i);
  if (!isChain) return undefined;
  const reader = new ChainReader(tensors, inputs[0].shape);
  if (!layers.every((layer) => reader.read(layer as LayerDescription))) return undefined;
  const name = (layers.at(-1) as LayerDescription | undefined)?.options.name ?? "";
  return new ChainNetwork(
    description.name,
    { name: inputs[0].name ?? "input_0", shape: inputs[0].shape, dtype: inputs[0].dtype },
    { name, shape: reader.shape, dtype: "float32" },
    reader.links,
    reader.values(),
  );
}

/** Goes from layer to layer. */
class ChainReader {
  readonly links: Link[] = [];
  readonly #weights: Float32Array[] = [];
  #weightBytes = 0;

  constructor(
    private readonly tensors: Container["tensors"],
    public shape: readonly number[],
  ) {}

  /** False when the layer is not one of those that chains are made of. */
  read({ kind, options }: LayerDescription): boolean {
    const known = Object.keys(options).filter((option) => !silent.test(option));
    const has = (...names: string[]) => known.every((name) => names.includes(name));
    if (kind === "dense") return has("units", "activation", "useBias") && this.#readDense(options);
    if (kind === "activation") return has("activation") && this.#activate(options.activation, options.name);
    if (kind === "relu" || kind === "softmax") return has() && this.#activate(kind, options.name);
    if (kind === "flatten") this.shape = [sizeOf(this.shape)];
    return (kind === "flatten" || kind === "dropout") && has();
  }

  #readDense({ name, units, activation, useBias = true }: LayerDescription["options"]): boolean {
    const inputs = this.shape.at(-1);
    if (!inputs || typeof units !== "number" || typeof useBias !== "boolean") return false;
    const w = this.#take(`${name}/kernel`, [inputs, units]);
    const b = useBias ? this.#take(`${name}/bias`, [units]) : 0;
    if (w === undefined || b === undefined) return false;
    const rows = sizeOf(this.shape) / inputs;
    this.shape = [...this.shape.slice(0, -1), units];
    const weights: Record<string, number> = useBias ? { w, b } : { w };
    this.#link(dense, name, "rows", { rows, inputs, units }, weights);
    return this.#activate(activation ?? "linear", name);
  }

  #activate(activation: unknown, owner: string): boolean {
    if (typeof activation !== "string" || !Object.hasOwn(activations, activation)) return false;
    const op = activations[activation];
    const count = sizeOf(this.shape);
    const columns = this.shape.at(-1) ?? 1;
    if (op === softmax) this.#link(op, owner, "rows", { rows: count / columns, columns });
    else if (op) this.#link(op, owner, "count", { count });
    return true;
  }

  #link(op: Op, owner: string, perSample: string, counts: Link["counts"], weights: Link["weights"] = {}): void {
    this.links.push({ op, owner, counts, perSample, size: sizeOf(this.shape), weights });
  }

  /** Byte offset of a weight of this shape; undefined when the file has none of finite numbers. */
  #take(name: string, shape: readonly number[]): number | undefined {
    const tensor = this.tensors.get(name);
    if (!tensor || String(tensor.shape) !== String(shape) || tensor.data.length !== sizeOf(shape)) return undefined;
    if (!tensor.data.every(Number.isFinite)) return undefined;
    const offset = this.#weightBytes;
    this.#weights.push(tensor.data);
    this.#weightBytes += tensorBytes(tensor.data.length);
    return offset;
  }

  /** All weights that were taken, each where its offset says. */
  values(): Float32Array {
    const values = new Float32Array(this.#weightBytes / 4);
    let offset = 0;
    for (const data of this.#weights) {
      values.set(data, offset);
      offset += tensorBytes(data.length) / 4;
    }
    return values;
  }
}

class ChainNetwork implements Network {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
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
    this.weightBytes = values.byteLength;
  }

  plan(capacity: number): Demand {
    const sizes = [sizeOf(this.inputs[0].shape), ...this.links.map(({ size }) => size)];
    this.#half = tensorBytes(capacity * Math.max(...sizes));
    const scratch = this.links.map((link) => tensorBytes(link.op.workspace?.(countsOf(link, capacity)) ?? 0));
    return {
      arenaBytes: 2 * this.#half + Math.max(0, ...scratch),
      rowCount: 1 + this.links.length,
      operations: this.links.map(({ op }) => op.name),
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
