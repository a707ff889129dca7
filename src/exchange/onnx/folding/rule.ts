import type { Dimension } from "../../../graph/dimension";
import type { Call } from "../call";
import { refusal } from "../refusal";
import type { Constant, Meaning, Numbers } from "../values";

/** Computes a tensor of others that are known; undefined where it must be computed with the model. */
export type Fold = (call: Call, inputs: readonly Constant[]) => Constant | readonly Constant[] | undefined;

/** Whether a size depends on the batch. */
export const isOpenSize = (size: Dimension): boolean => typeof size !== "number";

/** Numbers in the array of their meaning. */
export const kept = (numbers: Dimension[], meaning: Meaning): Numbers =>
  meaning === "float" ? new Float32Array(numbers as number[]) : numbers;

/** Constants without sizes of the batch along their axes, which other functions do not take. */
export const closed = (fold: Fold): Fold => {
  return (call, inputs) => (inputs[0].isOpen ? undefined : fold(call, inputs));
};

/** Numbers, none of which may depend on the batch. */
export const numbersOf = (constant: Constant): number[] => {
  const { plain } = constant;
  if (!plain) throw refusal("depends on the size of the batch");
  return Array.from(plain);
};
