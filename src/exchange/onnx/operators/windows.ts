import type { Call } from "../call";
import { Refusal } from "../refusal";

/** Where windows stand along an axis. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly behind: number;
}

/** Pixels from the first tap of a kernel to its last. */
export const spanOf = ({ kernel, dilation }: Pick<Window, "kernel" | "dilation">): number =>
  (kernel - 1) * dilation + 1;

/** A list with a number for each axis, or the same for all. */
function perAxis(call: Call, attribute: string, axes: number, missing: number): number[] {
  const given = call.integers(-1, attribute) ?? [];
  const list = given.length ? given : new Array(axes).fill(missing);
  if (list.length !== axes) throw new Refusal(`has ${list.length} ${attribute} for ${axes} axes`);
  return list;
}

/** Largest number that windows have. */
const LARGEST = 2 ** 16;

function checkRange(what: string, numbers: readonly number[], least: number): void {
  const odd = numbers.find((number) => !(number >= least && number <= LARGEST));
  if (odd !== undefined) throw new Refusal(`has ${what} of ${odd}, where ${least} to ${LARGEST} are possible`);
}

/**
 * Reads how windows go over axes of these sizes. Sizes are only looked at for automatic padding.
 *
 * @param kernel of each axis
 */
export function readWindows(call: Call, kernel: readonly number[], sizes: readonly unknown[]): Window[] {
  const axes = kernel.length;
  const strides = perAxis(call, "strides", axes, 1);
  const dilations = perAxis(call, "dilations", axes, 1);
  const given = call.integers(-1, "pads") ?? [];
  const pads = given.length ? given : new Array(2 * axes).fill(0);
  const automatic = call.text("auto_pad", "NOTSET");
  if (pads.length !== 2 * axes) throw new Refusal(`has ${pads.length} pads for ${axes} axes`);
  checkRange("pads", pads, 0);
  checkRange("strides", strides, 1);
  checkRange("dilations", dilations, 1);
  checkRange("kernel_shape", kernel, 1);
  return kernel.map((size, axis) => {
    const window = { kernel: size, stride: strides[axis], dilation: dilations[axis] };
    if (automatic === "NOTSET" || automatic === "") {
      return { ...window, before: pads[axis], behind: pads[axis + axes] };
    }
    if (automatic === "VALID") return { ...window, before: 0, behind: 0 };
    if (automatic !== "SAME_UPPER" && automatic !== "SAME_LOWER") throw new Refusal(`pads by ${automatic}`);
    const length = sizes[axis];
    if (typeof length !== "number") throw new Refusal("pads by a size that is open");
    const count = Math.ceil(length / window.stride);
    const total = Math.max(0, (count - 1) * window.stride + spanOf(window) - length);
    const less = Math.floor(total / 2);
    const isUpper = automatic === "SAME_UPPER";
    return { ...window, before: isUpper ? less : total - less, behind: isUpper ? total - less : less };
  });
}

/** As layers take paddings, which have a name where there is one. */
export function paddingOf(windows: readonly Window[]): "valid" | never {
  const ends = windows.map(({ before, behind }) => [before, behind]);
  if (ends.every(([before, behind]) => before === 0 && behind === 0)) return "valid";
  return (windows.length === 1 ? ends[0] : ends) as never;
}

/** As layers take sizes of one axis or two. */
export const pairOf = (numbers: readonly number[]): number | number[] =>
  numbers.every((number) => number === numbers[0]) ? numbers[0] : [...numbers];
