import { type Activation, activations } from "../../activations/activations";
import { show } from "../../options";
import { type RegularizerLike, regularizers } from "../../regularizers/regularizers";
import { activationOf } from "./activationOf";
import { isJson, type Json, type KerasLayer } from "./config";
import { type Origin, Unsupported } from "./origin";

/** Names that any layer may have without their saying anything here. */
const SILENT = [
  ...[
    "name",
    "trainable",
    "dtype",
    "batch_input_shape",
    "batch_shape",
    "input_shape",
    "build_input_shape",
    "sparse",
    "ragged",
  ],
  ...["optional", "shared_object_id", "autocast", "input_dtype", "batch_size", "build_config"],
];

/** Initializers without options: others belong to the past of weights that stand in the file. */
const INITIALIZERS: Readonly<Record<string, string>> = {
  GlorotUniform: "glorotUniform",
  GlorotNormal: "glorotNormal",
  HeUniform: "heUniform",
  HeNormal: "heNormal",
  LecunUniform: "lecunUniform",
  LecunNormal: "lecunNormal",
  Zeros: "zeros",
  Ones: "ones",
};

const isDefault = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);

/** The configuration of a layer, which knows what has been read of it. */
export class Settings {
  readonly #config: Json;
  readonly #read = new Set<string>(SILENT);

  constructor(
    readonly layer: Pick<KerasLayer, "className" | "name" | "config" | "calls" | "model" | "buildConfig">,
    readonly origin: Origin,
  ) {
    this.#config = layer.config;
  }

  /** What stands under a name; null counts as not given. */
  get(name: string): unknown {
    this.#read.add(name);
    return this.#config[name] ?? undefined;
  }

  has(name: string): boolean {
    return (this.#config[name] ?? undefined) !== undefined;
  }

  /** Says that these mean nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Refuses what is not as it is by default. */
  only(name: string, usual: unknown, reason?: string): void {
    const given = this.get(name);
    if (isDefault(given) || JSON.stringify(given) === JSON.stringify(usual)) return;
    throw new Unsupported(reason ?? `${name} is ${show(given)}`);
  }

  number(name: string, byDefault?: number): number {
    const given = this.get(name) ?? byDefault;
    if (typeof given === "number") return given;
    throw new Unsupported(given === undefined ? `${name} is missing` : `${name} is ${show(given)}, which is no number`);
  }

  flag(name: string, byDefault: boolean): boolean {
    return (this.get(name) ?? byDefault) === true;
  }

  text(name: string, byDefault: string): string {
    const given = this.get(name) ?? byDefault;
    if (typeof given === "string") return given;
    throw new Unsupported(`${name} is ${show(given)}, which is no text`);
  }

  /** A number for each axis, of which Keras writes one for all, too. */
  sizes(name: string, axes: number, byDefault?: readonly number[] | number): number[] {
    const given = this.get(name) ?? byDefault;
    const list = Array.isArray(given) ? given : Array.from({ length: axes }, () => given);
    if (list.length === axes && list.every((size) => typeof size === "number")) return list as number[];
    throw new Unsupported(`${name} is ${show(given)}, expected ${axes === 1 ? "a number" : `${axes} numbers`}`);
  }

  /** Axes, of which Keras 2 writes lists. */
  axes(name: string, byDefault: number): number[] {
    const given = this.get(name) ?? byDefault;
    const list = Array.isArray(given) ? given : [given];
    if (list.length > 0 && list.every((axis) => Number.isInteger(axis))) return list as number[];
    throw new Unsupported(`${name} is ${show(given)}`);
  }

  activation(name = "activation"): Activation {
    const given = this.get(name);
    return given === undefined ? activations.linear() : activationOf(given, this.origin);
  }

  regularizer(name: string): RegularizerLike {
    const given = this.get(name);
    if (!isJson(given)) return undefined;
    const { class_name: className, config } = given;
    const { l1, l2 } = isJson(config) ? config : ({} as Json);
    const [first, second] = [l1, l2].map((factor) => (typeof factor === "number" ? factor : 0));
    if (["L1", "L2", "L1L2", "l1", "l2", "l1_l2"].includes(className as string)) {
      return first || second ? regularizers.l1l2({ l1: first, l2: second }) : undefined;
    }
    this.origin.report.warn(
      `${this.layer.name}: its ${name}, ${show(className)}, is left out; it adds nothing to the loss.`,
    );
    return undefined;
  }

  /** Initializers and regularizers of weights, as wasmgrad calls them: `weights("kernel", "bias")`. */
  weights(...names: readonly string[]): Record<string, unknown> {
    const found: [string, unknown][] = [];
    for (const name of names) {
      const own = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      const initializer = this.get(`${name}_initializer`);
      const known = isJson(initializer) ? INITIALIZERS[initializer.class_name as string] : undefined;
      if (known) found.push([`${own}Initializer`, known]);
      const regularizer = this.regularizer(`${name}_regularizer`);
      if (regularizer) found.push([`${own}Regularizer`, regularizer]);
      if (!isDefault(this.get(`${name}_constraint`))) {
        this.origin.report.warn(
          `${this.layer.name}: its ${name}_constraint is left out: training does not keep to it.`,
        );
      }
    }
    return Object.fromEntries(found);
  }

  /** Name and `trainable`, as options of layers. */
  get common(): { name: string; trainable?: boolean } {
    return { name: wordOf(this.layer.name), ...(this.#config.trainable === false && { trainable: false }) };
  }

  /** Tells what of the configuration nobody has read and is not as it is by default. */
  finish(): void {
    const { report } = this.origin;
    if (!isDefault(this.get("activity_regularizer"))) {
      report.warn(`${this.layer.name}: its activity_regularizer is left out; it adds nothing to the loss.`);
    }
    for (const name of ["quantization_config", "lora_rank", "quantization_mode"]) {
      if (!isDefault(this.get(name))) throw new Unsupported(`it is quantized or adapted (${name})`);
    }
    const policy = policyOf(this.#config.dtype);
    if (/int8|int4|float8/.test(policy)) throw new Unsupported(`its numbers are ${policy}`);
    if (policy !== "float32" && /float/.test(policy))
      report.convert(`Layers that computed in ${policy} compute in float32.`);
    for (const [name, value] of Object.entries(this.#config)) {
      if (this.#read.has(name) || isDefault(value) || /_(initializer|constraint)$/.test(name)) continue;
      report.warn(
        `${this.layer.name}: the option ${name} = ${show(value)} of ${this.layer.className} is not known and left out.`,
      );
    }
  }
}

/** The name of a policy of types. */
function policyOf(dtype: unknown): string {
  if (typeof dtype === "string") return dtype;
  if (!isJson(dtype)) return "float32";
  const name = isJson(dtype.config) ? dtype.config.name : undefined;
  return typeof name === "string" ? name : "float32";
}

/** A name as wasmgrad allows it: without spaces and slashes. */
export function wordOf(name: string): string {
  const word = name.replace(/[\s/\p{Surrogate}]+/gu, "_");
  return word === "" ? "_" : word;
}
