import { isSame } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import * as ops from "../../../nodes/index";
import { Tensor } from "../../../tensor/tensor";
import { scalarOf } from "../broadcast";
import type { Call, Operator } from "../call";
import { asImages, fromImages, settled, upTo } from "../layout";
import { Refusal } from "../refusal";
import type { Held } from "../values";
import { axisIn } from "./shaping";
import { partsOf } from "./taking";

/** Takes places along one axis of the file's tensor. */
function takeAlong(held: Held, axis: number, places: readonly number[]): Held {
  if (places.every((place, i) => place === i) && isSame(held.sizes[axis], places.length)) return held;
  return held.with(
    ops.take(held.node, new Tensor(Int32Array.from(places), [places.length]), { axis: held.axes[axis] }),
  );
}

/** The place that a padding shows, from outside the axis. */
const shown: Readonly<Record<string, (place: number, size: number) => number>> = {
  edge: (place, size) => Math.max(0, Math.min(size - 1, place)),
  reflect: (place, size) => {
    const period = Math.max(1, 2 * (size - 1));
    const at = ((place % period) + period) % period;
    return at < size ? at : period - at;
  },
  wrap: (place, size) => ((place % size) + size) % size,
};

const pad: Operator = (call) => {
  const x = settled(call.held(0));
  const pads = call.integers(1, "pads") ?? [];
  const mode = call.text("mode", "constant");
  const axes = call.integers(3, "axes")?.map((axis) => axisIn(axis, x.rank)) ?? upTo(x.rank);
  const value = call.at(2) ? scalarOf(call.at(2)) : call.number("value", 0);
  if (value === undefined) throw new Refusal("pads with a computed number");
  if (pads.length !== 2 * axes.length) throw new Refusal(`has ${pads.length} pads for ${axes.length} axes`);
  const ends = axes.map((axis, i) => ({ axis, before: pads[i], behind: pads[i + axes.length] }));
  if (mode !== "constant") return padShown(call, x, ends, mode);
  // Below 0 they cut.
  const cuts = ends.flatMap(({ axis, before, behind }) => {
    if (before >= 0 && behind >= 0) return [];
    const size = x.sizes[axis];
    if (typeof size !== "number") throw new Refusal("cuts an axis whose size is open");
    return [{ axis, start: Math.max(0, -before), size: size + Math.min(0, before) + Math.min(0, behind), step: 1 }];
  });
  const cut = partsOf(x, cuts);
  if (ends.every(({ before, behind }) => before <= 0 && behind <= 0)) return cut;
  const widths = x.node.dimensions.map((): [number, number] => [0, 0]);
  for (const { axis, before, behind } of ends) widths[x.axes[axis]] = [Math.max(0, before), Math.max(0, behind)];
  return cut.with(ops.pad(cut.node, widths, { constantValues: value }));
};

function padShown(
  call: Call,
  x: Held,
  ends: readonly { axis: number; before: number; behind: number }[],
  mode: string,
): Held {
  const show = Object.hasOwn(shown, mode) ? shown[mode] : undefined;
  if (!show) throw new Refusal(`pads by ${mode}`);
  let held = x;
  for (const { axis, before, behind } of ends) {
    if (before === 0 && behind === 0) continue;
    const size = held.sizes[axis];
    if (typeof size !== "number") throw new Refusal("pads an axis whose size is open");
    if (before < 0 || behind < 0) throw new Refusal(`pads by ${mode} and cuts`);
    call.importing.bounds.make(size + before + behind);
    const places = upTo(size + before + behind).map((place) => show(place - before, size));
    held = takeAlong(held, axis, places);
  }
  return held;
}

/** How one axis is resized. */
interface Resizing {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** Of `tf_crop_and_resize`. */
  readonly region: readonly [number, number];
}

/** Where a place of the output stands in the input. */
function placeOf(mode: string, x: number, { from, to, scale, region: [start, end] }: Resizing): number {
  switch (mode) {
    case "asymmetric":
      return x / scale;
    case "pytorch_half_pixel":
      return to > 1 ? (x + 0.5) / scale - 0.5 : 0;
    case "align_corners":
      // The length before it was rounded.
      return from * scale > 1 ? (x * (from - 1)) / (from * scale - 1) : 0;
    case "tf_half_pixel_for_nn":
      return (x + 0.5) / scale;
    case "half_pixel_symmetric": {
      const adjustment = to / (scale * from);
      const center = from / 2;
      return center * (1 - adjustment) + (x + 0.5) / scale - 0.5;
    }
    case "tf_crop_and_resize":
      return to > 1
        ? start * (from - 1) + (x * (end - start) * (from - 1)) / (to - 1)
        : 0.5 * (start + end) * (from - 1);
    case "half_pixel":
      return (x + 0.5) / scale - 0.5;
  }
  throw new Refusal(`places pixels by ${mode}`);
}

const nearest: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Weights of the pixels around a place, by distance. */
function cubicWeight(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
}

interface Mixing {
  readonly mode: "linear" | "cubic";
  readonly places: string;
  readonly a: number;
  readonly excludesOutside: boolean;
  readonly antialias: boolean;
  readonly outside: number;
}

/** The matrix that makes an axis longer or shorter: a row of weights for each place of the output. */
function matrixOf(resizing: Resizing, mixing: Mixing): { weights: Float32Array; outside?: Float32Array } {
  const { from, to, scale } = resizing;
  const { mode, a, excludesOutside, antialias, places } = mixing;
  const weights = new Float32Array(to * from);
  const outside = new Float32Array(to);
  const reach = mode === "linear" ? 1 : 2;
  const stretch = antialias ? Math.min(scale, 1) : 1;
  for (let x = 0; x < to; x++) {
    const place = placeOf(places, x, resizing);
    if (places === "tf_crop_and_resize" && (place < 0 || place > from - 1)) {
      outside[x] = 1;
      continue;
    }
    const first = Math.ceil(place - reach / stretch - 1e-9);
    const last = Math.floor(place + reach / stretch + 1e-9);
    const row: [number, number][] = [];
    for (let i = first; i <= last; i++) {
      const distance = (i - place) * stretch;
      const weight = mode === "linear" ? Math.max(0, 1 - Math.abs(distance)) : cubicWeight(distance, a);
      const isOutside = i < 0 || i >= from;
      if (weight === 0 || (isOutside && excludesOutside)) continue;
      row.push([Math.max(0, Math.min(from - 1, i)), weight]);
    }
    const total = row.reduce((sum, [, weight]) => sum + weight, 0);
    const divisor = antialias || excludesOutside ? total : 1;
    for (const [i, weight] of row) weights[x * from + i] += weight / divisor;
  }
  return outside.some((is) => is) ? { weights, outside } : { weights };
}

/** Blends places along one axis by a constant matrix. */
function mixAlong(held: Held, resizing: Resizing, mixing: Mixing): Held {
  const { axis, from, to } = resizing;
  const { weights, outside } = matrixOf(resizing, mixing);
  const rank = held.node.dimensions.length;
  const own = held.axes[axis];
  const order = [...upTo(rank).filter((one) => one !== own), own];
  const back = upTo(rank).map((one) => order.indexOf(one));
  const last = ops.transpose(held.node, order);
  let mixed: Node = ops.matmul(last, new Tensor(weights, [to, from]), { transposeB: true });
  if (outside)
    mixed = ops.add(
      mixed,
      new Tensor(
        outside.map((is) => is * mixing.outside),
        [to],
      ),
    );
  return held.with(ops.transpose(mixed, back));
}

/** Sizes and scales of a resize, of the axes that it names. */
function resizingsOf(call: Call, held: Held): Resizing[] {
  const isOld = call.opset < 11;
  const scalesAt = isOld ? 1 : 2;
  const scales =
    call.proto.type === "Upsample" && call.opset < 9
      ? call.proto.attributes.get("scales")?.floats
      : readFloats(call, scalesAt);
  const sizes = isOld ? undefined : call.integers(3, "sizes");
  const axes = call.integers(-1, "axes")?.map((axis) => axisIn(axis, held.rank)) ?? upTo(held.rank);
  const regions = isOld ? undefined : readFloats(call, 1);
  const policy = call.text("keep_aspect_ratio_policy", "stretch");
  if (!scales?.length && !sizes?.length) throw new Refusal("says neither scales nor sizes");
  const ratios = axes.map((axis, i) => {
    const from = held.sizes[axis];
    return typeof from === "number" && sizes?.length ? sizes[i] / from : (scales?.[i] ?? 1);
  });
  const common =
    policy === "not_larger" ? Math.min(...ratios) : policy === "not_smaller" ? Math.max(...ratios) : undefined;
  return axes.flatMap((axis, i): Resizing[] => {
    const from = held.sizes[axis];
    const region = [regions?.[i] ?? 0, regions?.[i + axes.length] ?? 1] as const;
    if (typeof from !== "number") {
      const isKept = sizes?.length ? sizes[i] === call.importing.batch : scales?.[i] === 1;
      if (isKept) return [];
      throw new Refusal("resizes an axis whose size is open");
    }
    const scale = common ?? ratios[i];
    const to =
      common !== undefined ? Math.floor(common * from + 0.5) : sizes?.length ? sizes[i] : Math.floor(from * scale);
    if (to < 1) throw new Refusal("makes an axis of nothing");
    call.importing.bounds.make(call.text("mode", "nearest") === "nearest" ? to : from * to);
    const isKept = to === from && scale === 1 && region[0] === 0 && region[1] === 1;
    return isKept ? [] : [{ axis, from, to, scale, region }];
  });
}

function readFloats(call: Call, index: number): number[] | undefined {
  const plain = call.maybeConstant(index, "its numbers")?.plain;
  return plain?.length ? Array.from(plain) : undefined;
}

/** Whether a resize is what a layer does: whole factors of height and width. */
function asLayer(
  call: Call,
  held: Held,
  resizings: readonly Resizing[],
  interpolation: "nearest" | "bilinear",
): Held | undefined {
  const isImage =
    held.rank === 4 &&
    resizings.every(({ axis, scale, from, to }) => axis >= 2 && Number.isInteger(scale) && to === from * scale);
  if (!isImage || held.isSample || held.batchAxis !== 0 || held.node.isOpen) return undefined;
  const size = [2, 3].map((axis) => resizings.find((one) => one.axis === axis)?.scale ?? 1);
  const make = (name: { name?: string }) => layers.upSampling2d({ ...name, size, interpolation });
  return fromImages(call.layer({ kind: "upSampling2d", make }, asImages(held)), held);
}

const resize: Operator = (call) => {
  const held = settled(call.held(0));
  const resizings = resizingsOf(call, held);
  const mode = call.text("mode", "nearest");
  const usual = call.opset < 11 ? "asymmetric" : "half_pixel";
  const places = call.text("coordinate_transformation_mode", usual);
  const rounding = call.opset < 11 ? "floor" : call.text("nearest_mode", "round_prefer_floor");
  if (mode === "nearest") {
    const isRepeating = places === "asymmetric" && rounding === "floor";
    const isCentred = places === "half_pixel" && rounding.startsWith("round");
    const layer = isRepeating || isCentred ? asLayer(call, held, resizings, "nearest") : undefined;
    if (layer) return layer;
    const round = Object.hasOwn(nearest, rounding) ? nearest[rounding] : undefined;
    if (!round) throw new Refusal(`rounds by ${rounding}`);
    return resizings.reduce(
      (one, resizing) => nearestAlong(one, resizing, places, round, call.number("extrapolation_value", 0)),
      held,
    );
  }
  if (mode !== "linear" && mode !== "cubic" && mode !== "bilinear") throw new Refusal(`blends by ${mode}`);
  const isLinear = mode !== "cubic";
  const isPlain = isLinear && !call.integer("antialias", 0) && places.endsWith("half_pixel");
  const layer = isPlain ? asLayer(call, held, resizings, "bilinear") : undefined;
  if (layer) return layer;
  const mixing: Mixing = {
    mode: isLinear ? "linear" : "cubic",
    places,
    a: call.number("cubic_coeff_a", -0.75),
    excludesOutside: call.integer("exclude_outside", 0) !== 0,
    antialias: call.integer("antialias", 0) !== 0,
    outside: call.number("extrapolation_value", 0),
  };
  return resizings.reduce((one, resizing) => mixAlong(one, resizing, mixing), held);
};

function nearestAlong(
  held: Held,
  resizing: Resizing,
  places: string,
  round: (x: number) => number,
  outside: number,
): Held {
  const { axis, from, to } = resizing;
  const found = upTo(to).map((x) => placeOf(places, x, resizing));
  const beyond = places === "tf_crop_and_resize" ? found.map((place) => place < 0 || place > from - 1) : [];
  const taken = takeAlong(
    held,
    axis,
    found.map((place) => Math.max(0, Math.min(from - 1, round(place)))),
  );
  if (!beyond.some(Boolean)) return taken;
  const shape = taken.node.dimensions.slice(taken.axes[axis]).map((_, i) => (i === 0 ? to : 1));
  return taken.with(ops.where(new Tensor(Float32Array.from(beyond, Number), shape), outside, taken.node));
}

export const resizingOperators: Readonly<Record<string, Operator>> = { Pad: pad, Resize: resize, Upsample: resize };
