import type { Node } from "../../graph/node";
import * as ops from "../../nodes/index";
import { show } from "../../options";
import { isJson } from "./config";
import { Unsupported } from "./origin";

/** Indexing as in Python: numbers, slices, new axes and `…`. */

interface Range {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}

const isEllipsis = (key: unknown) =>
  key === "..." || key === "Ellipsis" || (isJson(key) && String(key.class_name).toLowerCase().includes("ellipsis"));

function rangeOf(key: unknown): Range | undefined {
  if (!isJson(key)) return undefined;
  const parts = isJson(key.config) ? key.config : key;
  const [start, stop, step] = [parts.start, parts.stop, parts.step].map((value) => {
    if (value === null || value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value)) return value;
    throw new Unsupported(`it takes a slice by ${show(value)}`);
  });
  return { start, stop, step: step ?? 1 };
}

/** The part of an axis that a range takes: undefined for all. */
function partOf({ start, stop, step }: Range, length: unknown): { from: number; size: number } | undefined {
  if (start === undefined && stop === undefined) return undefined;
  if (typeof length !== "number") {
    if (stop === undefined && step === 1) return { from: start!, size: -1 };
    if (start === undefined && step === 1 && stop! > 0) return { from: 0, size: stop! };
    if (start !== undefined && stop !== undefined && start >= 0 && stop > start && step === 1)
      return { from: start, size: stop - start };
    throw new Unsupported("it takes a part of an axis whose size is open");
  }
  const at = (value: number) => Math.min(Math.max(value < 0 ? value + length : value, 0), length);
  const [from, to] = [at(start ?? 0), at(stop ?? length)];
  return { from, size: to - from };
}

/** One axis: a number or a range of it. */
function taken(x: Node, axis: number, key: unknown): Node {
  const others = x.dimensions.map(() => 0);
  const whole: (number | null)[] = x.dimensions.map(() => null);
  if (typeof key === "number") {
    others[axis] = key;
    whole[axis] = 1;
    return ops.squeeze(ops.slice(x, others, whole), { axis });
  }
  const range = rangeOf(key);
  if (!range) throw new Unsupported(`it is indexed by ${show(key)}`);
  const { step } = range;
  if (step === -1 && range.start === undefined && range.stop === undefined) return ops.flip(x, { axis });
  if (step < 1) throw new Unsupported(`it takes a slice by steps of ${step}`);
  const part = partOf(range, x.dimensions[axis]);
  if (part && part.size === 0) throw new Unsupported("it takes a slice that is empty");
  others[axis] = part?.from ?? 0;
  whole[axis] = part?.size ?? null;
  const slice = part ? ops.slice(x, others, whole) : x;
  if (step === 1) return slice;
  const size = slice.dimensions[axis];
  if (typeof size !== "number") throw new Unsupported("it takes steps of an axis whose size is open");
  return everyNth(slice, axis, step, size);
}

/** Every so manieth place of an axis. */
function everyNth(x: Node, axis: number, step: number, size: number): Node {
  const places = Array.from({ length: Math.ceil(size / step) }, (_, i) => {
    const [starts, sizes] = [x.dimensions.map(() => 0), x.dimensions.map((): number | null => null)];
    starts[axis] = i * step;
    sizes[axis] = 1;
    return ops.slice(x, starts, sizes);
  });
  return places.length === 1 ? places[0] : ops.concatenate(places, { axis });
}

/** `x[key]`. */
export function getItem(x: Node, key: unknown): Node {
  const given: unknown[] = Array.isArray(key) ? key : [key];
  const rank = x.dimensions.length;
  const named = given.filter((one) => one !== null && !isEllipsis(one)).length;
  const keys = given.flatMap((one) => (isEllipsis(one) ? Array.from({ length: rank - named }, () => ({})) : [one]));
  let [result, axis] = [x, 0];
  for (const one of keys) {
    if (one === null) {
      result = ops.expandDims(result, axis++);
      continue;
    }
    result = taken(result, axis, one);
    if (typeof one !== "number") axis++;
  }
  return x.isWhole ? ops.cast(result, "int32") : result;
}
