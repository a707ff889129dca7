import type { Layer, LayerResult } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { Tensor } from "../../tensor/tensor";
import type { ReportWriter } from "../report";
import { floats } from "./layout";
import type { Constant } from "./values";

/** A layer that a node becomes. */
export interface LayerPlan<Result extends LayerResult> {
  /** The factory, and the options of it besides the name. */
  readonly kind: string;
  readonly options?: object;
  readonly make: (name: { name?: string }) => Layer<Result>;
  /** By their names in the layer, in wasmgrad's order of axes. */
  readonly weights?: Readonly<Record<string, Constant | undefined>>;
  /** What it is called without weights of a name. */
  readonly called: string;
}

/** Names that the exporter of PyTorch counts, which say nothing. */
const COUNTED = /^(onnx::\w+|val|_?inlined\w*|const\w*|node_\w+|\d+)[_.]?\d*$/i;
/** What the name of a tensor has behind the name of its layer. */
const OF_TENSOR =
  /[./_](weight|bias|kernel|gamma|beta|running_mean|running_var|moving_mean|moving_variance|alpha|embeddings|W|B|R|w|b|weight_ih_l\d+|scale)(:\d+)?$/;

/** The name of a layer, by that of one of its weights: `features.0.weight` is of `features.0`. */
function ownerOf(weight: string): string | undefined {
  if (COUNTED.test(weight)) return undefined;
  const owner = weight.replace(OF_TENSOR, "");
  return owner === "" ? undefined : owner;
}

/** As names of layers must be: no spaces and slashes. */
const wordOf = (name: string) =>
  name
    .replace(/:\d+$/, "")
    .replace(/[\s/\\:\p{Surrogate}]+/gu, ".")
    .replace(/^\.+|\.+$/g, "");

/** Makes the layers of a model, names them, and keeps what their weights will be. */
export class LayerBook {
  readonly #names = new Set<string>();
  readonly #shared = new Map<string, Layer<LayerResult>>();
  readonly #weights: [layer: Layer<LayerResult>, name: string, numbers: Constant][] = [];
  readonly #users = new Map<string, Set<Layer<LayerResult>>>();

  constructor(readonly report: ReportWriter) {}

  /** Applies a layer. One that has the same weights as an earlier one is that one. */
  apply<Result extends LayerResult>(plan: LayerPlan<Result>, inputs: Node | readonly Node[]): Result {
    return this.#layerOf(plan).apply(inputs);
  }

  #layerOf<Result extends LayerResult>(plan: LayerPlan<Result>): Layer<Result> {
    const weights = Object.entries(plan.weights ?? {}).filter((pair): pair is [string, Constant] => !!pair[1]);
    const names = weights.map(([key, { about }]) => about.origin && `${key}=${about.name}`);
    const isShareable = weights.length > 0 && names.every(Boolean);
    const key = isShareable ? JSON.stringify([plan.kind, plan.options, names]) : undefined;
    const known = key && this.#shared.get(key);
    if (known) {
      this.report.convert(`${known.name} is used several times, with the same weights.`);
      return known as Layer<Result>;
    }
    const layer = plan.make(this.nameFor(weights, plan.called));
    if (key) this.#shared.set(key, layer as never);
    for (const [name, numbers] of weights) this.#keep(layer as never, name, numbers);
    return layer;
  }

  /** A free name: of the weights, else of the node. */
  nameFor(weights: readonly (readonly [string, Constant])[], called: string): { name?: string } {
    const ofWeight = weights.flatMap(([, { about }]) => (about.origin ? (ownerOf(about.origin) ?? []) : []))[0];
    const wanted = ofWeight ?? called;
    const word = wordOf(wanted);
    if (word === "") return {};
    let name = word;
    for (let i = 1; this.#names.has(name); i++) name = `${word}_${i}`;
    this.#names.add(name);
    this.report.rename(wanted, name);
    return { name };
  }

  #keep(layer: Layer<LayerResult>, name: string, numbers: Constant): void {
    this.#weights.push([layer, name, numbers]);
    const { origin } = numbers.about;
    if (!origin) return;
    const users = this.#users.get(origin) ?? new Set();
    users.add(layer);
    this.#users.set(origin, users);
  }

  /** Says which weights of the file are in several layers, where they will be trained apart. */
  reportTied(): void {
    for (const [origin, users] of this.#users) {
      if (users.size < 2) continue;
      const names = [...users].map(({ name }) => name).join(" and ");
      this.report.warn(`${origin} is in ${names}, which are trained apart.`);
    }
  }

  /** Layers that the file has weights for. */
  get isEmpty(): boolean {
    return this.#weights.length === 0;
  }

  /** All weights by their names in the model. */
  values(): Record<string, Tensor> {
    const record: Record<string, Tensor> = Object.create(null);
    for (const [layer, name, numbers] of this.#weights) {
      record[`${layer.name}/${name}`] = new Tensor(floats(numbers), numbers.shape);
    }
    return record;
  }
}
