import { resolveActivation } from "../../../activations/activations";
import { activationsOfKeras } from "../../activationNames";
import type { Part, Use } from "./part";

/** Names in Keras by those here. */
const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(activationsOfKeras).map(([name, own]) => [own, name])),
  swish: "silu",
};

/** Slopes of the hard sigmoid that the name stands for. */
const HARD_SLOPE = { keras: 1 / 6, tfjs: 0.2 } as const;

/** An activation of Keras: a name, or layers behind the one whose activation it is. */
export interface KerasActivation {
  readonly name: string;
  readonly parts: readonly Part[];
}

const byName = (name: string): KerasActivation => ({ name, parts: [] });
const byLayers = (...parts: Omit<Part, "suffix">[]): KerasActivation => ({
  name: "linear",
  parts: parts.map((part, i) => ({ ...part, suffix: i ? `activation_${i}` : "activation" })),
});

/** Leaky rectification as a layer. The key is that of both versions of Keras. */
export const leakyRelu = (use: Use, slope: number): Omit<Part, "suffix"> => ({
  className: "LeakyReLU",
  config: use.dialect === "keras" ? { negative_slope: slope } : { alpha: slope },
});

/** min(max(slope·x + ½, 0), 1) */
const hardSigmoid = (slope: number) =>
  byLayers(
    { className: "Rescaling", config: { scale: slope, offset: 0.5 } },
    { className: "ReLU", config: { max_value: 1, negative_slope: 0, threshold: 0 } },
  );

/** The activation of a layer. */
export function activationOf(use: Use, option = "activation"): KerasActivation {
  const { name, options, numbers } = resolveActivation(use.options[option] as never, use.layer.name);
  const { dialect } = use;
  if (name === "leakyRelu") return byLayers(leakyRelu(use, numbers.negativeSlope));
  if (name === "elu" && numbers.alpha !== 1) use.notInTfjs(`has elu with the alpha ${numbers.alpha}`);
  if (name === "elu" && numbers.alpha !== 1) return byLayers({ className: "ELU", config: { alpha: numbers.alpha } });
  if (name === "hardSigmoid") {
    const { slope } = numbers;
    return Math.abs(slope - HARD_SLOPE[dialect]) < 1e-9 ? byName("hard_sigmoid") : hardSigmoid(slope);
  }
  if (name === "gelu" && options.approximate === true)
    use.refuse("has the approximate gelu, which no configuration can name");
  if (name === "exponential") use.notInTfjs("has the activation exponential");
  if (dialect === "tfjs" && (name === "silu" || name === "swish")) return byName("swish");
  if (Object.hasOwn(NAMES, name)) return byName(NAMES[name]);
  return use.refuse("has an activation of its own: a function over nodes");
}

/** One that must be a name, as within recurrent layers. */
export function activationName(use: Use, option: string, byDefault: string): string {
  if (use.options[option] === undefined) return byDefault;
  const { name, parts } = activationOf(use, option);
  return parts.length
    ? use.refuse(`has the ${option} ${use.get<{ name?: string }>(option).name ?? use.get<string>(option)} with options`)
    : name;
}
