import type { LayerResult } from "../../graph/layer";
import { Node } from "../../graph/node";
import { show } from "../../options";
import { isJson, type KerasLayer } from "./config";
import { OPERATIONS, type OperationArguments } from "./operationTable";
import { type Origin, Unsupported } from "./origin";
import { TENSORFLOW } from "./tensorflowNames";
import type { Use } from "./translation";

/** Operations in models: of `keras.ops`, and of TensorFlow as Keras 2 keeps them. */

const OF_TENSORFLOW = ["TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceProperty", "InstanceMethod"];

/** Whether what a configuration calls a layer is a function. */
export function isOperation({ className, module, config, calls, model }: KerasLayer): boolean {
  if (OF_TENSORFLOW.includes(className)) return true;
  if (module !== undefined) return /^keras(\.src)?\.ops(\.|$)/.test(module);
  // In `.h5` files Keras 3 leaves the module out: there only layers say whether they are trained, and only functions are written with calls.
  const isLayer = model !== undefined || className === "InputLayer" || "trainable" in config || "batch_shape" in config;
  return !isLayer && calls.length > 0 && Object.hasOwn(OPERATIONS, className) && !("units" in config);
}

const isConstant = (value: unknown) => isJson(value) && typeof value.class_name === "string" && isJson(value.config);

/** Constants without what Keras wraps them in. */
function plain(value: unknown): unknown {
  if (value instanceof Node) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (!isConstant(value)) return value;
  const { class_name: className, config } = value as { class_name: string; config: Record<string, unknown> };
  if (["__tensor__", "__numpy__"].includes(className)) return config.value;
  if (className === "__tuple__") return plain(config.value ?? config);
  return value;
}

/** How a use of an operation is computed. @throws Unsupported for one that is not known */
export function operationOf(layer: KerasLayer, _origin: Origin): (use: Use) => LayerResult {
  const { className, config } = layer;
  const isOfTensorflow = OF_TENSORFLOW.includes(className);
  const name = isOfTensorflow ? nameOfTensorflow(className, String(config.function)) : className;
  if (!Object.hasOwn(OPERATIONS, name)) throw new Unsupported("wasmgrad has no such operation");
  const operation = OPERATIONS[name];
  return ({ args, kwargs }) => {
    const get: OperationArguments = (place, ...names) => {
      const found = names.map((key) => kwargs[key] ?? undefined).find((value) => value !== undefined);
      const given = (place < 0 ? undefined : args[place]) ?? found;
      const set = names.map((key) => config[key] ?? undefined).find((value) => value !== undefined);
      return plain(given ?? (isOfTensorflow ? undefined : set));
    };
    return operation(get);
  };
}

function nameOfTensorflow(className: string, given: string): string {
  if (className !== "TFOpLambda" && className !== "SlicingOpLambda")
    throw new Unsupported("it asks a tensor of TensorFlow for a property");
  const name = given.replace(/^(tf\.)?(compat\.v[12]\.)?/, "");
  if (Object.hasOwn(TENSORFLOW, name)) return TENSORFLOW[name];
  throw new Unsupported(`wasmgrad has no operation for ${show(`tf.${name}`)}`);
}
