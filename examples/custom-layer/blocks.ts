import { input, layers, type Model, model, type Node } from "wasmgrad";

/** Sizes of a sample; one is null where a model leaves it open, which images here do not. */
type Shape = Node["shape"];

/**
 * A layer made of layers, for inputs of this shape: `build` says what becomes of one. It is a model, so it can be applied
 * to several nodes (which then share its weights), frozen as a whole, and is saved with the models it is part of.
 */
export function compose(name: string, shape: Shape, build: (x: Node) => Node): Model {
  const x = input({ shape });
  return model({ name, inputs: x, outputs: build(x) });
}

/**
 * What comes in, plus what two convolutions make of it, so that they have to learn only what is missing (He, Zhang, Ren and
 * Sun, "Deep Residual Learning for Image Recognition", 2015). The shape stays.
 */
export function residual(name: string, shape: Shape): Model {
  const convolution = () =>
    layers.conv2d({
      filters: Number(shape[2]),
      kernelSize: 3,
      padding: "same",
      useBias: false,
      kernelInitializer: "heNormal",
    });
  const normalization = () => layers.batchNormalization({ momentum: 0.9 });
  return compose(name, shape, (x) => {
    const once = layers.relu().apply(normalization().apply(convolution().apply(x)));
    const twice = normalization().apply(convolution().apply(once));
    return layers.relu().apply(layers.add().apply([x, twice]));
  });
}

/**
 * Weighs each channel by a number from 0 to 1 that depends on the means of all (Hu, Shen and Sun, "Squeeze-and-Excitation
 * Networks", 2017). The shape stays.
 *
 * @param ratio how many times fewer numbers there are in between than channels
 */
export function squeezeAndExcite(name: string, shape: Shape, ratio = 4): Model {
  const [height, width, channels] = shape.map(Number);
  return compose(name, shape, (x) => {
    const means = layers.globalAveragePooling2d().apply(x);
    const squeezed = layers.dense({ units: Math.ceil(channels / ratio), activation: "relu" }).apply(means);
    const weights = layers.dense({ units: channels, activation: "sigmoid" }).apply(squeezed);
    // Nothing is broadcast by itself: every pixel gets its copy of the weights.
    const pixel = layers.reshape({ targetShape: [1, 1, channels] }).apply(weights);
    return layers.multiply().apply([x, layers.upSampling2d({ size: [height, width] }).apply(pixel)]);
  });
}

/** A small network for images of 28 × 28 bytes and ten classes that uses both. Comments: the shape of one sample. */
export function makeNetwork(seed: number): Model {
  const stride = { kernelSize: 3, strides: 2, padding: "same", activation: "relu" } as const;
  const images = input({ shape: [28, 28], dtype: "uint8" });
  let x = layers.reshape({ targetShape: [28, 28, 1] }).apply(layers.rescaling({ scale: 1 / 255 }).apply(images));
  x = layers.conv2d({ filters: 8, ...stride }).apply(x); // [14, 14, 8]
  x = residual("residual_1", x.shape).apply(x);
  x = layers.conv2d({ filters: 16, ...stride }).apply(x); // [7, 7, 16]
  x = residual("residual_2", x.shape).apply(x);
  x = squeezeAndExcite("attention", x.shape).apply(x);
  x = layers.globalAveragePooling2d().apply(x); // [16]
  const classes = layers.dense({ units: 10, activation: "softmax" }).apply(x);
  const network = model({ inputs: images, outputs: classes, seed });
  network.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return network;
}
