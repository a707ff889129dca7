import { importModel, type ImportOptions, type ImportResult } from "../../src/exchange/importModel";
import { type Tensor, tensor } from "../../src/tensor/tensor";

/** Small models as Keras writes them, for tests: their configurations by hand, their weights beside them. */

export type Config = Record<string, unknown>;

/** A layer of a configuration. */
export const layer = (className: string, name: string, config: Config = {}, more: Config = {}): Config => ({
  class_name: className,
  config: { name, trainable: true, ...config },
  name,
  ...more,
});

/** Layers one behind the other, with the input's shape. */
export const sequential = (shape: readonly (number | null)[], ...layers: Config[]): Config => ({
  class_name: "Sequential",
  config: {
    name: "net",
    layers: [layer("InputLayer", "input", { batch_input_shape: [null, ...shape], dtype: "float32" }), ...layers],
  },
});

/** A tensor of Keras 3. */
export const tensorOf = (name: string, call = 0, output = 0): Config => ({
  class_name: "__keras_tensor__",
  config: { shape: null, dtype: "float32", keras_history: [name, call, output] },
});

/** A layer of Keras 3 with its calls: arguments and keywords each. */
export const used = (
  className: string,
  name: string,
  config: Config,
  ...calls: [args: unknown[], kwargs?: Config][]
): Config => layer(className, name, config, { inbound_nodes: calls.map(([args, kwargs = {}]) => ({ args, kwargs })) });

/** An operation of Keras 3. */
export const operation = (
  className: string,
  name: string,
  config: Config,
  args: unknown[],
  kwargs: Config = {},
): Config => ({
  ...used(className, name, config, [args, kwargs]),
  module: "keras.src.ops.numpy",
  config: { name, ...config },
});

/** A functional model. */
export const functional = (
  inputs: Readonly<Record<string, readonly (number | null)[]>>,
  layers: readonly Config[],
  outputs: readonly (string | readonly unknown[])[],
): Config => ({
  class_name: "Functional",
  config: {
    name: "net",
    layers: [
      ...Object.entries(inputs).map(([name, shape]) =>
        layer("InputLayer", name, { batch_input_shape: [null, ...shape], dtype: "float32" }, { inbound_nodes: [] }),
      ),
      ...layers,
    ],
    input_layers: Object.keys(inputs).map((name) => [name, 0, 0]),
    output_layers: outputs.map((name) => (typeof name === "string" ? [name, 0, 0] : name)),
  },
});

/** Weights by name: shape and numbers. */
export type Weights = Readonly<Record<string, readonly [shape: readonly number[], values: readonly number[]]>>;

/** Imports a configuration of this version with these weights. */
export function importConfig(
  config: Config,
  weights: Weights = {},
  {
    version = "2.15.0",
    backend = "tensorflow",
    training,
    ...options
  }: ImportOptions & { version?: string; backend?: string; training?: Config } = {},
): Promise<ImportResult> {
  const entries = Object.entries(weights);
  const values = Float32Array.from(entries.flatMap(([, [, numbers]]) => numbers));
  const json = {
    format: "layers-model",
    generatedBy: `keras v${version}`,
    modelTopology: { keras_version: version, backend, model_config: config, training_config: training ?? null },
    weightsManifest: [
      { paths: ["weights.bin"], weights: entries.map(([name, [shape]]) => ({ name, shape, dtype: "float32" })) },
    ],
  };
  const files = {
    "model.json": new TextEncoder().encode(JSON.stringify(json)),
    "weights.bin": new Uint8Array(values.buffer),
  };
  return importModel(files, options);
}

/** What a model makes of inputs, as nested arrays. */
export async function outputsOf({ model }: ImportResult, ...inputs: readonly unknown[]): Promise<unknown> {
  const made = (await model.predict(
    (inputs.length === 1 ? inputs[0] : inputs.map((one) => tensor(one as never))) as never,
  )) as Tensor | Tensor[];
  return Array.isArray(made) ? made.map((one) => one.toArray()) : made.toArray();
}

/** Numbers near each other, however deep. */
export function near(found: unknown, wanted: unknown, tolerance = 1e-5): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) && found.length === wanted.length && wanted.every((one, i) => near(found[i], one, tolerance))
    );
  }
  return Math.abs((found as number) - (wanted as number)) <= tolerance;
}
