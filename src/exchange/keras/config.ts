import { FormatError } from "../../errors";
import type { JsonValue } from "../../formats/json";
import { show } from "../../options";

/** What configurations of Keras are, in one form for all versions: layers, and the calls by which tensors come about. */

/** An object of JSON. */
export type Json = Readonly<Record<string, JsonValue>>;

/** A tensor: an output of one call of a layer. */
export class TensorOf {
  constructor(
    readonly layer: string,
    /** Which call of the layer, as the file counts them. */
    readonly call: number,
    readonly output: number,
    /** Without the batch, where the file says it. */
    readonly shape?: readonly (number | null)[],
  ) {}
}

/** One use of a layer. Within lists and objects stand tensors (`TensorOf`), and what is no tensor as it is in JSON. */
export interface KerasCall {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A layer of a model, or an operation. */
export interface KerasLayer {
  readonly className: string;
  /** As `"package>Name"` of classes that somebody registered. */
  readonly registeredName: string | undefined;
  readonly module: string | undefined;
  readonly name: string;
  readonly config: Json;
  /** What Keras 3 wrote of shapes when the layer was built. */
  readonly buildConfig: Json;
  readonly calls: readonly KerasCall[];
  /** Of a model within the model. */
  readonly model?: KerasModel;
}

/** A model, whatever class it had. */
export interface KerasModel {
  readonly name: string;
  readonly className: string;
  readonly trainable: boolean;
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly TensorOf[];
  readonly outputs: readonly TensorOf[];
  /** The outputs' names where the file gives any. */
  readonly outputNames: readonly string[] | undefined;
}

/** Models within models at most. */
const MAXIMUM_DEPTH = 32;
const MODELS = ["Model", "Functional", "Sequential"];

export const isJson = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof TensorOf);

const objectOf = (value: unknown): Json => (isJson(value) ? value : {});
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const isIndex = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** Reads a shape with the batch; undefined for what is none. */
export function shapeBehindBatch(value: unknown): readonly (number | null)[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const sizes = value.slice(1);
  return sizes.every((size) => size === null || isIndex(size)) ? (sizes as (number | null)[]) : undefined;
}

/** The shape of a layer's input, without the batch, as Keras writes it in one place or another. */
export function inputShapeOf({ config, buildConfig, model }: Omit<KerasLayer, "calls">) {
  const own = shapeBehindBatch(config.batch_input_shape) ?? shapeBehindBatch(config.batch_shape);
  const inner = model?.inputs[0] && model.layers.find(({ name }) => name === model.inputs[0].layer);
  return (
    own ??
    (inner ? shapeBehindBatch(inner.config.batch_input_shape ?? inner.config.batch_shape) : undefined) ??
    shapeBehindBatch(buildConfig.input_shape)
  );
}

/** Reads the configuration of a model. */
export class ConfigReader {
  constructor(
    readonly who: string,
    /** What the file is, for messages. */
    readonly what: string,
  ) {}

  broken(what: string): FormatError {
    return new FormatError(`${this.who}: the configuration of ${this.what} is broken: ${what}.`);
  }

  /** Whether an object is the configuration of a model that consists of layers. */
  static isModel(value: Json): boolean {
    const { class_name: className, config } = value;
    if (Array.isArray(config)) return className === "Sequential";
    return MODELS.includes(className as string) && isJson(config) && Array.isArray(config.layers);
  }

  /** Reads `{ class_name, config }`, and models within it. */
  model(given: Json, depth = 0): KerasModel {
    if (depth > MAXIMUM_DEPTH) throw this.broken("its models are nested too deep");
    const className = textOf(given.class_name) ?? "Model";
    const config = objectOf(given.config);
    const listed = Array.isArray(given.config) ? given.config : config.layers;
    if (!Array.isArray(listed)) throw this.broken(`${className} has no list of layers`);
    const name = textOf(config.name) ?? className.toLowerCase();
    const trainable = config.trainable !== false;
    const common = { name, className, trainable };
    const names = new Set(
      listed.map((layer) => textOf(objectOf(layer).name) ?? textOf(objectOf(objectOf(layer).config).name)),
    );
    const layers = listed.map((layer, i) => this.#layer(objectOf(layer), i, names, depth));
    const known = new Set<string>();
    for (const layer of layers) {
      if (known.has(layer.name)) throw this.broken(`two layers are named ${show(layer.name)}`);
      known.add(layer.name);
    }
    if (className === "Sequential")
      return { ...common, ...this.#chain(layers, { ...config, ...objectOf(given.build_config) }) };
    const ends = this.#ends(config.output_layers, "output_layers");
    return {
      ...common,
      layers,
      inputs: this.#ends(config.input_layers, "input_layers").tensors,
      outputs: ends.tensors,
      outputNames: ends.names,
    };
  }

  #layer(given: Json, index: number, names: ReadonlySet<string | undefined>, depth: number): KerasLayer {
    const className = textOf(given.class_name);
    if (className === undefined) throw this.broken(`layer ${index + 1} has no class_name`);
    const isModel = ConfigReader.isModel(given);
    const config = objectOf(given.config);
    const model = isModel ? this.model(given, depth + 1) : undefined;
    const name = textOf(given.name) ?? textOf(config.name) ?? model?.name ?? `${className.toLowerCase()}_${index + 1}`;
    const nodes = given.inbound_nodes ?? [];
    if (!Array.isArray(nodes)) throw this.broken(`${name} has no list of calls`);
    return {
      className,
      registeredName: textOf(given.registered_name),
      module: textOf(given.module),
      name,
      config,
      buildConfig: objectOf(given.build_config),
      calls: nodes.map((node) => this.#call(node, name, names)),
      ...(model && { model }),
    };
  }

  /** Layers one behind the other, with an input before them. */
  #chain(layers: readonly KerasLayer[], config: Json) {
    const hasInput = layers[0]?.className === "InputLayer";
    if (layers.length === (hasInput ? 1 : 0)) throw this.broken("a Sequential model has no layers");
    const shape = hasInput
      ? undefined
      : (inputShapeOf(layers[0]) ?? shapeBehindBatch(config.build_input_shape) ?? shapeBehindBatch(config.input_shape));
    const all = hasInput ? layers : [this.#inputBefore(layers[0], shape), ...layers];
    const chained = all.map(
      (layer, i): KerasLayer =>
        i === 0
          ? { ...layer, calls: [] }
          : { ...layer, calls: [{ args: [new TensorOf(all[i - 1].name, 0, 0)], kwargs: {} }] },
    );
    const last = new TensorOf(all[all.length - 1].name, 0, 0);
    return { layers: chained, inputs: [new TensorOf(all[0].name, 0, 0)], outputs: [last], outputNames: undefined };
  }

  #inputBefore({ name, config, model }: KerasLayer, shape: readonly (number | null)[] | undefined): KerasLayer {
    const inner = model?.layers.find((layer) => layer.name === model.inputs[0]?.layer)?.config;
    const batch = [config.batch_input_shape, config.batch_shape].find(Array.isArray)?.[0] ?? null;
    const dtype = inner?.dtype ?? (isJson(config.dtype) ? "float32" : config.dtype) ?? "float32";
    return {
      className: "InputLayer",
      registeredName: undefined,
      module: undefined,
      name: `${name}_input`,
      config: { name: `${name}_input`, dtype, ...(shape && { batch_shape: [batch, ...shape] }) },
      buildConfig: {},
      calls: [],
    };
  }

  #call(node: JsonValue, layer: string, names: ReadonlySet<string | undefined>): KerasCall {
    if (isJson(node)) {
      const args = this.#value(node.args ?? [], 0);
      if (!Array.isArray(args)) throw this.broken(`a call of ${layer} has no list of arguments`);
      return { args, kwargs: objectOf(this.#value(node.kwargs ?? {}, 0)) };
    }
    // Keras 2: a list of tensors, each with the keywords of the call behind it; of an operation of TensorFlow the one tensor itself.
    if (!Array.isArray(node)) throw this.broken(`a call of ${layer} is neither a list nor an object`);
    const entries = typeof node[0] === "string" ? [node] : node;
    const args = entries.map((entry) => this.#entry(entry, layer));
    const last = entries[0] as JsonValue[] | undefined;
    const kwargs = this.#legacy(objectOf(last?.[3]), names) as Record<string, unknown>;
    return { args: typeof node[0] === "string" ? args : args.length > 1 ? [args] : args, kwargs };
  }

  #entry(entry: JsonValue, layer: string): unknown {
    if (Array.isArray(entry) && entry[0] === "_CONSTANT_VALUE") return entry[2];
    const tensor = this.#triple(entry);
    if (tensor) return tensor;
    throw this.broken(`a call of ${layer} has ${show(entry)} for a tensor`);
  }

  #triple(value: unknown): TensorOf | undefined {
    if (!Array.isArray(value) || value.length < 3 || value.length > 4) return undefined;
    const [layer, call, output] = value;
    return typeof layer === "string" && isIndex(call) && isIndex(output)
      ? new TensorOf(layer, call, output)
      : undefined;
  }

  /** Keywords of Keras 2: what looks like a tensor of the model is one. */
  #legacy(value: unknown, names: ReadonlySet<string | undefined>): unknown {
    if (Array.isArray(value)) {
      const tensor = value.length === 3 && names.has(value[0] as string) ? this.#triple(value) : undefined;
      if (tensor) return tensor;
      if (value[0] === "_CONSTANT_VALUE" && value[1] === -1) return value[2];
      return value.map((one) => this.#legacy(one, names));
    }
    if (!isJson(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#legacy(one, names)]));
  }

  /** Arguments of Keras 3. */
  #value(value: unknown, depth: number): unknown {
    if (depth > MAXIMUM_DEPTH) throw this.broken("arguments of a call are nested too deep");
    if (Array.isArray(value)) return value.map((one) => this.#value(one, depth + 1));
    if (!isJson(value)) return value;
    if (value.class_name === "__keras_tensor__") {
      const { keras_history: history, shape } = objectOf(value.config);
      const tensor = this.#triple(history);
      if (!tensor) throw this.broken(`a tensor has ${show(history)} for its origin`);
      return new TensorOf(tensor.layer, tensor.call, tensor.output, shapeBehindBatch(shape));
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#value(one, depth + 1)]));
  }

  /** Inputs or outputs: a tensor, a list of them, or an object by name, also one within another. */
  #ends(value: unknown, what: string): { tensors: TensorOf[]; names: string[] | undefined } {
    const tensor = this.#triple(value);
    if (tensor) return { tensors: [tensor], names: undefined };
    const isNamed = isJson(value);
    if (!isNamed && !Array.isArray(value)) throw this.broken(`the model has no ${what}`);
    const parts = Object.entries(value as object).flatMap(([name, one]) => {
      const single = this.#triple(one);
      if (single) return [{ tensor: single, name }];
      return this.#ends(one, what).tensors.map((each) => ({ tensor: each, name }));
    });
    return { tensors: parts.map((part) => part.tensor), names: isNamed ? parts.map(({ name }) => name) : undefined };
  }
}
