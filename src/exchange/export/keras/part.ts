import type { Layer, LayerResult } from "../../../graph/layer";
import type { LayerCall } from "../../../graph/node";
import { refuse } from "../inexpressible";

/** For whom configurations are written: Keras 3, or TensorFlow.js, which has those of Keras 2 and fewer layers. */
export type Dialect = "keras" | "tfjs";

/** A weight of a layer of Keras: where it stands there, and the one that it is here, within its layer. */
export interface PartWeight {
  /** Folders between the layer and its weights in a file of Keras: `""`, `"cell"`, `"forward_layer/cell"`. */
  readonly folder: string;
  /** What Keras calls it. */
  readonly variable: string;
  /** Its name within the layer here, as `"kernel"`. */
  readonly name: string;
  /** Where the shape is another with the same numbers. */
  readonly shape?: readonly number[];
}

/** How a layer is called: with a tensor, with a list of them, or with one after the other. */
export type CallForm = "one" | "list" | "several" | "states";

/** A layer of Keras. One of wasmgrad becomes one, or several in a row. */
export interface Part {
  readonly className: string;
  /** With the names of Keras 3, without name, dtype and trainable. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights?: readonly PartWeight[];
  readonly form?: CallForm;
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** What comes behind the name of the layer; the part without it is the layer itself. */
  readonly suffix?: string;
  /** The only input of the layer that it takes, in whose place its output comes: a part before the others. */
  readonly ofInput?: number;
  /** Layers within it, by the keys of the configuration. */
  readonly within?: Readonly<Record<string, Part & { readonly name: string }>>;
  /** Shape of a sample behind it, where it is not that of the layer. */
  readonly outputShape?: readonly (number | null)[];
}

type Options = Readonly<Record<string, unknown>>;

/** A use of a layer that is translated. */
export class Use {
  readonly options: Options;

  constructor(
    readonly layer: Layer<LayerResult>,
    readonly call: LayerCall,
    readonly dialect: Dialect,
  ) {
    this.options = layer.options;
  }

  get<T>(option: string, byDefault?: T): T {
    return (this.options[option] ?? byDefault) as T;
  }

  /** An option of sizes as Keras writes them: a list. */
  sizes(option: string, dimensions: number, byDefault?: unknown): number[] | null {
    const value = this.get<unknown>(option, byDefault);
    if (value === undefined || value === null) return null;
    return Array.isArray(value) ? [...(value as number[])] : new Array<number>(dimensions).fill(value as number);
  }

  /** The shape of a sample of an input. */
  get shape(): readonly (number | null)[] {
    return this.call.inputs[0].shape;
  }

  refuse(reason: string): never {
    refuse(this.layer.name, reason);
  }

  /** Refuses what only one of both has not. */
  notInTfjs(what: string): void {
    if (this.dialect === "tfjs") this.refuse(`${what}, which TensorFlow.js does not have`);
  }
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Options under the names of Keras: those given, else these defaults. */
export function configOf(use: Use, defaults: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [snake(name), use.get(name, value)]));
}

const INITIALIZERS: Readonly<Record<string, readonly [string, object]>> = {
  kernel: ["GlorotUniform", { seed: null }],
  depthwise: ["GlorotUniform", { seed: null }],
  pointwise: ["GlorotUniform", { seed: null }],
  recurrent: ["Orthogonal", { seed: null, gain: 1 }],
  embeddings: ["RandomUniform", { seed: null, minval: -0.05, maxval: 0.05 }],
  gamma: ["Ones", {}],
  moving_variance: ["Ones", {}],
};

/** The regularizer of a weight as Keras writes it. */
function regularizerOf(use: Use, option: string): unknown {
  const given = use.options[option];
  if (given === undefined || given === null) return null;
  const {
    name,
    options,
    l1 = 0,
    l2 = 0,
  } = (typeof given === "string" ? { name: given } : given) as {
    name: string;
    options?: { l1?: number; l2?: number };
    l1?: number;
    l2?: number;
  };
  const named = { l1: options?.l1 ?? (l1 || 0.01), l2: options?.l2 ?? (l2 || 0.01) };
  const made = (className: string, config: object) =>
    use.dialect === "keras"
      ? { module: "keras.regularizers", class_name: className, config, registered_name: null }
      : { class_name: "L1L2", config: { l1: 0, l2: 0, ...config } };
  if (name === "l1") return made("L1", { l1: named.l1 });
  if (name === "l2") return made("L2", { l2: named.l2 });
  if (name === "l1l2") return made("L1L2", named);
  return use.refuse("has a regularizer of its own, which only wasmgrad computes");
}

/**
 * What a configuration says of weights. Their numbers stand in the file, so that initializers are those of Keras; it has no
 * constraints, as there are none here.
 */
export function weightConfig(use: Use, ...names: readonly string[]): Record<string, unknown> {
  const entries = names.flatMap((name) => {
    const [className, config] = INITIALIZERS[name] ?? ["Zeros", {}];
    const initializer =
      use.dialect === "keras"
        ? { module: "keras.initializers", class_name: className, config, registered_name: null }
        : { class_name: className, config };
    const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    return [
      [`${name}_initializer`, initializer],
      [`${name}_regularizer`, regularizerOf(use, `${camel}Regularizer`)],
      [`${name}_constraint`, null],
    ] as [string, unknown][];
  });
  return Object.fromEntries(entries);
}

/** Weights that are called the same in both and stand in one folder. */
export const plainWeights = (names: readonly string[], folder = ""): PartWeight[] =>
  names.map((name) => ({ folder, variable: name, name }));
