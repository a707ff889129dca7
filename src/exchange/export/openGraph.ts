import { emitNodes, isReadWhole } from "../../graph/emitNodes";
import { Graph, type Operation, storageOf, type Value } from "../../graph/graph";
import type { Layer } from "../../graph/layer";
import { shapeOf } from "../../graph/node";
import type { Formula } from "../../ops/formulas/formula";
import type { ModelParts } from "./modelParts";
import { fitSize, type OpenCount, type Probe, probesOf } from "./openSize";
import { refuse } from "./inexpressible";

/** A length at which a graph of open sequences is made, unless a layer takes shorter ones only. */
const USUAL_LENGTH = 48;

/** An operation of a graph whose batch is open. */
export interface OpenOperation {
  readonly name: string;
  readonly owner: string;
  readonly values: Readonly<Record<string, Value>>;
  readonly formula?: Formula | undefined;
  /** The names of those values that it makes. */
  readonly results: readonly string[];
  readonly countNames: readonly string[];
  readonly numberNames: readonly string[];
  /** A number that depends neither on the batch nor on the length, made of the counts. */
  fixed(make: (counts: Readonly<Record<string, number>>) => number): number;
  /** A count that may. */
  open(count: string): OpenCount;
  /** The row at each probe, in the order of `shapesOf`. */
  readonly rows: readonly Pick<Operation, "counts" | "numbers">[];
  /** Whether something holds of the row at any batch and length. */
  always(holds: (row: Pick<Operation, "counts" | "numbers">) => boolean): boolean;
  /** One of its numbers, which depends on nothing. */
  number(name: string): number;
}

/** The operations that predict, from inputs to outputs, for any batch and any open length. */
export interface OpenGraph {
  readonly operations: readonly OpenOperation[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Whether the numbers of an input are taken as the whole ones they are. */
  readonly wholeInputs: readonly boolean[];
  /** An input whose first axis behind the batch is the open length; −1 where there is none. */
  readonly openInput: number;
  sizesOf(value: Value): readonly OpenCount[];
  /** The shape at each probe. */
  shapesOf(value: Value): readonly (readonly number[])[];
  /** Sizes of another shape of a value: of the shapes that it has at all probes. */
  constantOf(value: Value): { readonly data: Int32Array | Float32Array; readonly isCounting: boolean } | undefined;
}

/** One graph, made at one probe. */
interface Made {
  readonly graph: Graph;
  readonly inputs: Value[];
  readonly outputs: Value[];
}

function makeAt({ structure, weights, seed }: ModelParts, { batchSize, length }: Probe): Made {
  const graph = new Graph(batchSize, false, seed, 0, length);
  const values = new Map(
    weights.entries.map((weight) => {
      const { name, spec, region, offset } = weight;
      return [weight, graph.value(name, spec.shape, { place: { region, offset } })];
    }),
  );
  const inputs = structure.inputs.map((node, i) =>
    graph.value(node.name ?? `input_${i}`, [batchSize, ...shapeOf(node, length)], {
      isWhole: isReadWhole(structure, node),
    }),
  );
  const weightsOf = (layer: Layer) => weights.of(layer).map((weight) => values.get(weight)!);
  return { graph, inputs, outputs: emitNodes(graph, structure, inputs, weightsOf) };
}

/**
 * The operations of a model.
 *
 * @throws what layers throw for a length that they cannot take
 */
export function openGraphOf(parts: ModelParts): OpenGraph {
  const { inputs, nodes, layers } = parts.structure;
  const openInput = inputs.findIndex(({ isOpen }) => isOpen);
  const longest = Math.min(USUAL_LENGTH, ...layers.map((layer) => layer.longest));
  const probes = probesOf(openInput < 0 && !nodes.some(({ isOpen }) => isOpen) ? undefined : longest);
  const made = probes.map((probe) => makeAt(parts, probe));
  const [first] = made;
  const sizeFrom = (owner: string, values: readonly number[]): OpenCount => {
    const size = fitSize(probes, values);
    if (size) return size;
    refuse(owner, "has a size that is no polynomial of the length of sequences");
  };
  const sizes = new Map<number, readonly OpenCount[]>();
  const sizesOf = (value: Value): readonly OpenCount[] => {
    const known = sizes.get(value.id);
    if (known) return known;
    const shapes = made.map(({ graph }) => graph.values[value.id].shape);
    const found = value.shape.map((_, axis) =>
      sizeFrom(
        value.owner,
        shapes.map((shape) => shape[axis]),
      ),
    );
    sizes.set(value.id, found);
    return found;
  };
  const operations = first.graph.operations.map((operation, i): OpenOperation => {
    const rows = made.map(({ graph }) => graph.operations[i]);
    const { op, owner, values, formula } = operation;
    return {
      name: op.name,
      owner,
      values,
      formula,
      results: [...op.outputs, ...op.results].filter((name) => values[name]),
      countNames: Object.keys(operation.counts),
      numberNames: Object.keys(operation.numbers),
      fixed(make) {
        const found = rows.map(({ counts }) => make(counts));
        if (found.every((value) => value === found[0])) return found[0];
        refuse(owner, "depends on the length of sequences, which is open");
      },
      open: (count) =>
        sizeFrom(
          owner,
          rows.map(({ counts }) => counts[count]),
        ),
      rows,
      always: (holds) => rows.every(holds),
      number(name) {
        if (rows.every(({ numbers }) => Object.is(numbers[name], rows[0].numbers[name]))) return rows[0].numbers[name];
        refuse(owner, "depends on the length of sequences, which is open");
      },
    };
  });
  const dataOf = ({ graph }: Made, value: Value) => {
    const { place } = storageOf(graph.values[value.id]);
    if (place?.region !== "constants") return undefined;
    return graph.constants.find(({ offset }) => offset === place.offset)!.data;
  };
  return {
    operations,
    inputs: first.inputs,
    outputs: first.outputs,
    wholeInputs: first.inputs.map(({ isWhole }) => isWhole),
    openInput,
    sizesOf,
    shapesOf: (value) => made.map(({ graph }) => graph.values[value.id].shape),
    constantOf(value) {
      const all = made.map((each) => dataOf(each, value));
      const [data] = all;
      if (!data) return undefined;
      const isSame = all.every(
        (other) => other?.length === data.length && other.every((x, i) => Object.is(x, data[i])),
      );
      if (isSame) return { data, isCounting: false };
      const counts = all.every((other) => other instanceof Int32Array && other.every((x, i) => x === i));
      if (counts) return { data, isCounting: true };
      refuse(value.owner, "has constants for each length of sequences, which is open");
    },
  };
}
