import type { Layer } from "../../../graph/layer";
import {
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
} from "../../../layers/pooling/globalPooling";
import { averagePooling1d, averagePooling2d, maxPooling1d, maxPooling2d } from "../../../layers/pooling/pooling";
import { show } from "../../../options";
import { fromLast, toLast } from "../layouts";
import { Unsupported } from "../origin";
import type { Settings } from "../settings";
import type { Translation, Translator } from "../translation";
import { isChannelsFirst, overChannels } from "./convolution";

/** Poolings over windows and over all. */

function pooling(settings: Settings, axes: 1 | 2, make: (options: never) => Layer): Translation {
  const poolSize = settings.sizes("pool_size", axes, 2);
  const strides = settings.sizes("strides", axes, poolSize);
  const padding = settings.text("padding", "valid").toLowerCase();
  if (padding !== "valid" && padding !== "same") throw new Unsupported(`its padding is ${show(padding)}`);
  const one = (sizes: number[]) => (axes === 1 ? sizes[0] : sizes);
  const options = { ...settings.common, poolSize: one(poolSize), strides: one(strides), padding };
  return overChannels(settings, make(options as never));
}

function globalPooling(settings: Settings, make: (options: { name: string; keepdims: boolean }) => Layer): Translation {
  const keepdims = settings.flag("keepdims", false);
  const layer = make({ ...settings.common, keepdims });
  if (!isChannelsFirst(settings)) return { layer };
  return {
    layer,
    call: ({ inputs: [x] }) => {
      const y = layer.apply(toLast(x));
      return keepdims ? fromLast(y) : y;
    },
  };
}

export const poolings: Readonly<Record<string, Translator>> = {
  MaxPooling1D: (settings) => pooling(settings, 1, maxPooling1d),
  MaxPooling2D: (settings) => pooling(settings, 2, maxPooling2d),
  AveragePooling1D: (settings) => pooling(settings, 1, averagePooling1d),
  AveragePooling2D: (settings) => pooling(settings, 2, averagePooling2d),
  GlobalAveragePooling1D: (settings) => globalPooling(settings, globalAveragePooling1d),
  GlobalAveragePooling2D: (settings) => globalPooling(settings, globalAveragePooling2d),
  GlobalMaxPooling1D: (settings) => globalPooling(settings, globalMaxPooling1d),
  GlobalMaxPooling2D: (settings) => globalPooling(settings, globalMaxPooling2d),
};
