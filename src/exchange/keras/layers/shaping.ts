import { lambda } from "../../../layers/lambda";
import { permute } from "../../../layers/shaping/permute";
import { flatten, reshape } from "../../../layers/shaping/reshape";
import { cropping1d, repeatVector, upSampling1d, zeroPadding1d } from "../../../layers/shaping/sequences";
import { upSampling2d } from "../../../layers/shaping/upSampling2d";
import { zeroPadding2d } from "../../../layers/shaping/zeroPadding2d";
import { slice } from "../../../nodes/axes";
import { show } from "../../../options";
import { toLast } from "../layouts";
import { Unsupported } from "../origin";
import type { Settings } from "../settings";
import type { Translation, Translator } from "../translation";
import { overChannels } from "./convolution";
import { sizesOf } from "./sizes";

/** Layers that change shapes. */

/** Channels before height and width go behind them before they become one axis. */
function flattening(settings: Settings): Translation {
  const layer = flatten(settings.common);
  if (settings.text("data_format", "channels_last") !== "channels_first") return { layer };
  return { layer, call: ({ inputs: [x] }) => layer.apply(toLast(x)) };
}

function reshaping(settings: Settings): Translation {
  const shape = settings.get("target_shape");
  if (!Array.isArray(shape)) throw new Unsupported(`its target_shape is ${show(shape)}`);
  const targetShape = shape.map((size) => (size === null ? -1 : size)) as number[];
  return { layer: reshape({ ...settings.common, targetShape }) };
}

type Ends = [number, number];

/** A number for all sides, one for each axis, or two for each axis. */
function sides(settings: Settings, name: string, axes: number): Ends[] {
  const given = settings.get(name) ?? 1;
  const list: unknown[] = Array.isArray(given) ? given : Array.from({ length: axes }, () => given);
  if (axes === 1 && list.length === 2 && list.every((one) => typeof one === "number")) return [list as Ends];
  const ends = list.map((one) => (Array.isArray(one) ? one : [one, one]));
  if (
    ends.length === axes &&
    ends.every((pair) => pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0))
  ) {
    return ends as Ends[];
  }
  throw new Unsupported(`its ${name} is ${show(given)}`);
}

function cropping2d(settings: Settings): Translation {
  const [[top, bottom], [left, right]] = sides(settings, "cropping", 2);
  const layer = lambda(
    (x) => {
      const [, height, width] = sizesOf(x);
      const [rows, columns] = [height - top - bottom, width - left - right];
      if (rows < 1 || columns < 1) throw new Unsupported(`nothing is left of ${height} × ${width} pixels`);
      return slice(x, [0, top, left, 0], [null, rows, columns, -1]);
    },
    { ...settings.common, supportsMasking: false },
  );
  return overChannels(settings, layer);
}

function upSampling(settings: Settings): Translation {
  const interpolation = settings.text("interpolation", "nearest");
  if (interpolation !== "nearest" && interpolation !== "bilinear") {
    throw new Unsupported(`its interpolation is ${show(interpolation)}: "nearest" and "bilinear" are supported`);
  }
  const [rows, columns] = settings.sizes("size", 2, 2);
  return overChannels(settings, upSampling2d({ ...settings.common, size: [rows, columns], interpolation }));
}

export const shapings: Readonly<Record<string, Translator>> = {
  Flatten: flattening,
  Reshape: reshaping,
  Permute: (settings) => ({ layer: permute({ ...settings.common, dims: settings.get("dims") as number[] }) }),
  RepeatVector: (settings) => ({ layer: repeatVector({ ...settings.common, n: settings.number("n") }) }),
  ZeroPadding1D: (settings) =>
    overChannels(settings, zeroPadding1d({ ...settings.common, padding: sides(settings, "padding", 1)[0] })),
  ZeroPadding2D: (settings) =>
    overChannels(
      settings,
      zeroPadding2d({ ...settings.common, padding: sides(settings, "padding", 2) as [Ends, Ends] }),
    ),
  Cropping1D: (settings) => ({
    layer: cropping1d({ ...settings.common, cropping: sides(settings, "cropping", 1)[0] }),
  }),
  Cropping2D: cropping2d,
  UpSampling1D: (settings) => ({ layer: upSampling1d({ ...settings.common, size: settings.number("size", 2) }) }),
  UpSampling2D: upSampling,
};
