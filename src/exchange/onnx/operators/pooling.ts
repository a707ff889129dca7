import type { Dimension } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import { strided } from "../../../nodes/axes";
import * as ops from "../../../nodes/index";
import { Tensor } from "../../../tensor/tensor";
import type { Call, Operator } from "../call";
import { asImages, fromImages } from "../layout";
import { Refusal } from "../refusal";
import { pairOf, paddingOf, readWindows, spanOf, type Window } from "./windows";

type Named = { name?: string };

/** How many windows there are along an axis, and how far they reach behind it. */
function placesAlong(size: number, window: Window, isCeiled: boolean): { count: number; behind: number } {
  const { before, behind, stride } = window;
  const span = spanOf(window);
  const room = size + before + behind - span;
  let count = Math.floor(room / stride) + 1;
  if (isCeiled) {
    count = Math.ceil(room / stride) + 1;
    // The last window must begin before the padding behind.
    if ((count - 1) * stride >= size + before) count--;
  }
  return { count, behind: Math.max(0, (count - 1) * stride + span - size - before) };
}

/** Windows as they stand: with as much padding behind as they reach. */
function standing(call: Call, windows: readonly Window[], sizes: readonly Dimension[]): Window[] {
  const isCeiled = call.integer("ceil_mode", 0) !== 0;
  return windows.map((window, axis) => {
    const size = sizes[axis];
    if (typeof size !== "number") {
      if (isCeiled) throw new Refusal("has ceil_mode along an axis whose size is open");
      return window;
    }
    const { count, behind } = placesAlong(size, window, isCeiled);
    if (count < 1) throw new Refusal("has windows that are larger than its input");
    return { ...window, behind: isCeiled ? behind : window.behind };
  });
}

/** Smallest finite float32: no maximum, and right in every sum. */
const LOWEST = -3.4028234663852886e38;

/** Taps of a window that are nodes of their own. */
const MOST_TAPS = 256;

/** Along each axis by itself: maxima and sums of windows of any dilation. */
function axisByAxis(node: Node, windows: readonly Window[], isMaximum: boolean): Node {
  let result = node;
  windows.forEach((window, i) => {
    const axis = i + 1;
    const rank = result.dimensions.length;
    const widths = Array.from({ length: rank }, (_, at): [number, number] =>
      at === axis ? [window.before, window.behind] : [0, 0],
    );
    if (window.before || window.behind) {
      result = ops.pad(result, widths, { constantValues: isMaximum ? LOWEST : 0 });
    }
    const size = result.dimensions[axis];
    if (typeof size !== "number") throw new Refusal("has dilated windows along an axis whose size is open");
    const count = Math.floor((size - spanOf(window)) / window.stride) + 1;
    if (window.kernel > MOST_TAPS)
      throw new Refusal(`has dilated windows of ${window.kernel} taps; ${MOST_TAPS} are possible`);
    const taps = Array.from({ length: window.kernel }, (_, tap) => {
      const slices = Array.from({ length: rank }, (_, at) =>
        at === axis ? { start: tap * window.dilation, size: count, step: window.stride } : null,
      );
      return strided(result, slices);
    });
    result = taps.reduce((one, other) => (isMaximum ? ops.maximum(one, other) : ops.add(one, other)));
  });
  return result;
}

const maxPool: Operator = (call) => {
  call.refuseOutputs(1, "the places of its maxima, which would count in another order");
  const x = call.held(0);
  const images = asImages(x);
  const kernel = call.integers(-1, "kernel_shape") ?? [];
  const sizes = images.dimensions.slice(1, -1);
  if (kernel.length !== sizes.length) throw new Refusal(`has windows of ${kernel.length} axes for ${sizes.length}`);
  const windows = standing(call, readWindows(call, kernel, sizes), sizes);
  const isPlain =
    kernel.length <= 2 &&
    windows.every(({ dilation, kernel: size, before, behind }) => dilation === 1 && before < size && behind < size);
  if (!isPlain) return fromImages(axisByAxis(images, windows, true), x);
  return fromImages(pooled(call, images, windows, "max"), x);
};

function pooled(call: Call, images: Node, windows: readonly Window[], which: "max" | "average"): Node {
  const options = {
    poolSize: pairOf(windows.map(({ kernel }) => kernel)),
    strides: pairOf(windows.map(({ stride }) => stride)),
    padding: paddingOf(windows),
  };
  const isFlat = windows.length === 1;
  const factory = {
    max: isFlat ? layers.maxPooling1d : layers.maxPooling2d,
    average: isFlat ? layers.averagePooling1d : layers.averagePooling2d,
  }[which];
  return call.layer(
    { kind: `${which}Pooling`, options, make: (name: Named) => factory({ ...name, ...options }) },
    images,
  );
}

/** How many numbers count in each window along an axis. */
function countsAlong(size: number, window: Window, padding: readonly [number, number]): Float32Array {
  const { before, kernel, stride, dilation } = window;
  const count = Math.floor((size + before + window.behind - spanOf(window)) / stride) + 1;
  return Float32Array.from({ length: count }, (_, i) => {
    let valid = 0;
    for (let tap = 0; tap < kernel; tap++) {
      const place = i * stride + tap * dilation - before;
      if (place >= -padding[0] && place < size + padding[1]) valid++;
    }
    return valid;
  });
}

const averagePool: Operator = (call) => {
  const x = call.held(0);
  const images = asImages(x);
  const kernel = call.integers(-1, "kernel_shape") ?? [];
  const sizes = images.dimensions.slice(1, -1);
  if (kernel.length !== sizes.length) throw new Refusal(`has windows of ${kernel.length} axes for ${sizes.length}`);
  const given = readWindows(call, kernel, sizes);
  const windows = standing(call, given, sizes);
  const countsPadding = call.integer("count_include_pad", 0) !== 0;
  const isPadded = given.some(({ before, behind }) => before > 0 || behind > 0);
  const fits = windows.every(
    ({ dilation, kernel: size, before, behind }) => dilation === 1 && before < size && behind < size,
  );
  if (kernel.length <= 2 && fits && !(countsPadding && isPadded)) {
    return fromImages(pooled(call, images, windows, "average"), x);
  }
  const isExact = given.every(({ behind }, axis) => behind === windows[axis].behind);
  if (kernel.length <= 2 && fits && isExact && countsPadding) {
    // Zeros that count are part of the image.
    const widths: [number, number][] = [
      [0, 0],
      ...windows.map(({ before, behind }): [number, number] => [before, behind]),
      [0, 0],
    ];
    const padded = ops.pad(images, widths);
    return fromImages(
      pooled(
        call,
        padded,
        windows.map((window) => ({ ...window, before: 0, behind: 0 })),
        "average",
      ),
      x,
    );
  }
  const sums = axisByAxis(images, windows, false);
  const counts = windows.map((window, axis) => {
    const size = sizes[axis];
    if (typeof size !== "number") throw new Refusal("has windows along an axis whose size is open");
    return countsAlong(size, window, countsPadding ? [given[axis].before, given[axis].behind] : [0, 0]);
  });
  let node = sums;
  counts.forEach((count, axis) => {
    const shape = [count.length, ...new Array(counts.length - axis).fill(1)];
    node = ops.divide(node, new Tensor(count, shape));
  });
  return fromImages(node, x);
};

/** Over all places of each channel. */
const globally =
  (which: "max" | "average"): Operator =>
  (call) => {
    const x = call.held(0);
    const images = asImages(x);
    const places = images.dimensions.length - 2;
    if (places > 2 || places < 1 || images.isOpen) {
      const axis = Array.from({ length: places }, (_, i) => i + 1);
      return fromImages(
        which === "max" ? ops.max(images, { axis, keepDims: true }) : ops.mean(images, { axis, keepDims: true }),
        x,
      );
    }
    const factory = {
      max: places === 1 ? layers.globalMaxPooling1d : layers.globalMaxPooling2d,
      average: places === 1 ? layers.globalAveragePooling1d : layers.globalAveragePooling2d,
    }[which];
    const make = (name: Named) => factory({ ...name, keepdims: true });
    return fromImages(call.layer({ kind: "globalPooling", make }, images), x);
  };

export const poolingOperators: Readonly<Record<string, Operator>> = {
  AveragePool: averagePool,
  GlobalAveragePool: globally("average"),
  GlobalMaxPool: globally("max"),
  MaxPool: maxPool,
};
