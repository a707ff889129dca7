import type { LayerCall, Node } from "../../../graph/node";
import type { Layer, LayerResult } from "../../../graph/layer";
import type { Structure } from "../../../graph/structure";
import { NestedModel } from "../../../layers/nestedModel";
import type { Problems } from "../../problems";
import { Inexpressible, refuse } from "../inexpressible";
import { partsOf } from "./layerTable";
import { type CallForm, type Dialect, type Part, type PartWeight, Use } from "./part";

/** A tensor of a model of Keras. */
export interface PlannedTensor {
  readonly layer: PlannedLayer;
  /** Which of the calls of the layer made it. */
  readonly call: number;
  readonly output: number;
  /** Without the batch. */
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
}

export interface PlannedCall {
  readonly form: CallForm;
  readonly inputs: readonly PlannedTensor[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A layer of Keras, an input, or a model within. */
export interface PlannedLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly trainable: boolean;
  readonly within: NonNullable<Part["within"]>;
  /** Names are those of the whole model. */
  readonly weights: readonly PartWeight[];
  readonly calls: PlannedCall[];
  readonly nested?: PlannedModel;
}

export interface PlannedModel {
  readonly name: string;
  readonly layers: readonly PlannedLayer[];
  readonly inputs: readonly PlannedTensor[];
  readonly outputs: readonly PlannedTensor[];
}

const word = (name: string) => name.replace(/[^\w.-]+/g, "_").replace(/^[^A-Za-z0-9.]/, "x_") || "input";

/** What plans have in common. */
export interface PlanContext {
  readonly dialect: Dialect;
  readonly problems: Problems;
  /** Names that are taken where layers of models within must be called otherwise: weights of TensorFlow.js have only these. */
  readonly taken?: Set<string>;
}

/** Plans one model; those within have plans of their own. */
class Planner {
  readonly layers: PlannedLayer[] = [];
  readonly #tensors = new Map<Node, PlannedTensor>();
  readonly #made = new Map<Layer, PlannedLayer[]>();
  readonly #done = new Set<LayerCall>();
  readonly #names: Set<string>;
  /** Of layers that are called otherwise there. */
  readonly #renamed = new Map<Layer, string>();

  constructor(
    private readonly structure: Structure,
    private readonly prefix: string,
    private readonly context: PlanContext,
  ) {
    this.#names = context.taken ?? new Set();
    for (const layer of structure.layers) {
      const free = prefix ? this.#unique(layer.name) : layer.name;
      this.#names.add(free);
      if (free !== layer.name) this.#renamed.set(layer, free);
    }
  }

  #nameOf(layer: Layer): string {
    return this.#renamed.get(layer) ?? layer.name;
  }

  #unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  plan(name: string): PlannedModel {
    const inputs = this.structure.inputs.map((node, i) => this.#input(node, i));
    for (const node of this.structure.nodes) this.#node(node);
    const outputs: PlannedTensor[] = [];
    for (const node of this.structure.outputs) {
      const tensor = this.#tensors.get(node)!;
      // TensorFlow.js computes each output once.
      outputs.push(this.context.dialect === "tfjs" && outputs.includes(tensor) ? this.#copyOf(tensor) : tensor);
    }
    return { name, layers: this.layers, inputs, outputs };
  }

  #input(node: Node, i: number): PlannedTensor {
    // Bytes are numbers like others there: nothing says that they become float32.
    const dtype = node.dtype === "int32" ? "int32" : "float32";
    const batch = node.batchSize ?? null;
    const layer: PlannedLayer = {
      name: this.#unique(word(node.name ?? `input_${i}`)),
      className: "InputLayer",
      config: { batch_shape: [batch, ...node.shape], dtype },
      trainable: true,
      within: {},
      weights: [],
      calls: [],
    };
    this.layers.push(layer);
    const tensor = { layer, call: 0, output: 0, shape: node.shape, dtype };
    this.#tensors.set(node, tensor);
    return tensor;
  }

  #copyOf(tensor: PlannedTensor): PlannedTensor {
    const layer: PlannedLayer = {
      name: this.#unique(`${tensor.layer.name}_copy`),
      className: "Activation",
      config: { activation: "linear" },
      trainable: true,
      within: {},
      weights: [],
      calls: [{ form: "one", inputs: [tensor], kwargs: {} }],
    };
    this.layers.push(layer);
    return { ...tensor, layer, call: 0, output: 0 };
  }

  #node(node: Node): void {
    const { call, operation } = node;
    if (!call) {
      // What only masks are made of is made by the layers of Keras themselves.
      if (this.#isOfMasks(node)) return;
      this.context.problems.add(
        operation!.name,
        `ops.${operation!.name}`,
        "is an operation between layers, which has no form there",
      );
      this.#stub(node);
      return;
    }
    if (call.inputs.some((from) => !this.#tensors.has(from))) return;
    if (!this.#done.has(call)) this.#call(call);
    this.#done.add(call);
    const made = this.#made.get(call.layer);
    if (!made) {
      this.#stub(node);
      return;
    }
    const last = made[made.length - 1];
    if (node.outputIndex >= call.outputs.length) return;
    const { shape } = node;
    this.#tensors.set(node, {
      layer: last,
      call: last.calls.length - 1,
      output: node.outputIndex,
      shape,
      dtype: "float32",
    });
  }

  #stub(node: Node): void {
    const [tensor] = this.#tensors.values();
    this.#tensors.set(node, tensor);
  }

  /** Whether no output of the model, nor any layer, has a node as an input. */
  #isOfMasks(node: Node): boolean {
    const { nodes, outputs } = this.structure;
    if (outputs.includes(node)) return false;
    return nodes.every(
      ({ call, inputs }) =>
        !inputs.includes(node) || (!call && this.#isOfMasks(nodes.find((each) => each.inputs === inputs)!)),
    );
  }

  #call(call: LayerCall): void {
    const { layer } = call;
    try {
      const parts = layer instanceof NestedModel ? undefined : partsOf(new Use(layer, call, this.context.dialect));
      if (layer.addedLosses.length) refuse(layer.name, "has losses of its own (addLoss), which no file keeps");
      if (!this.#made.has(layer)) this.#make(layer, parts);
      const made = this.#made.get(layer)!;
      const inputs = call.inputs.map((from) => this.#tensors.get(from)!);
      const first = parts?.findIndex(({ ofInput }) => ofInput === undefined) ?? 0;
      for (const [i, part] of made.slice(0, first).entries()) {
        const at = parts![i].ofInput!;
        const { shape, dtype } = inputs[at];
        part.calls.push({ form: "one", inputs: [inputs[at]], kwargs: {} });
        inputs[at] = { layer: part, call: part.calls.length - 1, output: 0, shape, dtype };
      }
      const form = parts ? formOf(parts[first], inputs.length) : inputs.length > 1 ? "list" : "one";
      made[first].calls.push({ form, inputs, kwargs: parts?.[first].kwargs ?? {} });
      for (let i = first; i + 1 < made.length; i++) {
        const [from, part] = [made[i], made[i + 1]];
        const shape =
          parts![i].outputShape ?? call.layer.outputShape(...call.inputs.map((node) => node.shape as number[]));
        const tensor = {
          layer: from,
          call: from.calls.length - 1,
          output: 0,
          shape: shape as number[],
          dtype: "float32",
        };
        part.calls.push({ form: formOf(parts![i + 1], 1), inputs: [tensor], kwargs: parts![i + 1].kwargs ?? {} });
      }
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      this.context.problems.add(layer.kind, layer.name, error.reason);
    }
  }

  #make(layer: Layer, parts: readonly Part[] | undefined): void {
    const { trainable } = layer;
    const prefix = `${this.prefix}${layer.name}/`;
    if (layer instanceof NestedModel) {
      const nested = new Planner(layer.structure, prefix, this.context).plan(layer.name);
      const planned = {
        name: layer.name,
        className: "Functional",
        config: {},
        trainable,
        within: {},
        weights: [],
        calls: [],
        nested,
      };
      this.layers.push(planned);
      this.#made.set(layer as Layer<LayerResult> as Layer, [planned]);
      return;
    }
    const made = parts!.map((part): PlannedLayer => {
      const { className, config, within = {}, weights = [], suffix } = part;
      const called = this.#nameOf(layer);
      const name = suffix === undefined ? called : this.#unique(`${called}_${suffix}`);
      const own = weights.map((weight) => ({ ...weight, name: prefix + weight.name }));
      return { name, className, config, trainable, within, weights: own, calls: [] };
    });
    this.layers.push(...made);
    this.#made.set(layer, made);
  }
}

function formOf({ form }: Part, count: number): CallForm {
  if (form === "several" || form === "list") return form;
  return form === "states" && count > 1 ? "states" : "one";
}

/** The layers of Keras that a model becomes. What has no equal there is added to the problems. */
export function planModel(name: string, structure: Structure, context: PlanContext): PlannedModel {
  return new Planner(structure, "", context).plan(word(name));
}
