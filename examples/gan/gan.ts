import { input, layers, losses, model, type Model, optimizers, sequential, tensor, type Tensor } from "wasmgrad";
import { normalFrom, randomFrom } from "../random";

/** Numbers that a point is made of. */
const CODE_LENGTH = 8;
const BATCH = 128;
/** The ring: how many Gaussians stand on it, how far from the middle, how wide they are. */
export const GAUSSIANS = 8;
export const RADIUS = 2;
export const DEVIATION = 0.1;

const centre = (which: number) => {
  const angle = (2 * Math.PI * which) / GAUSSIANS;
  return [RADIUS * Math.cos(angle), RADIUS * Math.sin(angle)];
};

/** Points of the ring. */
export function realPoints(count: number, random: () => number): Tensor<"float32"> {
  const normal = normalFrom(random);
  const points = Array.from({ length: count }, () => {
    const [x, y] = centre(Math.floor(GAUSSIANS * random()));
    return [x + DEVIATION * normal(), y + DEVIATION * normal()];
  });
  return tensor(Float32Array.from(points.flat()), [count, 2]);
}

/** How many points are within four deviations of a Gaussian, as a share, and how many Gaussians have some of them. */
export function judge({ data, shape: [count] }: Tensor): { near: number; found: number } {
  const counts = new Array<number>(GAUSSIANS).fill(0);
  for (let i = 0; i < count; i++) {
    for (let which = 0; which < GAUSSIANS; which++) {
      const [x, y] = centre(which);
      if (Math.hypot(data[2 * i] - x, data[2 * i + 1] - y) < 4 * DEVIATION) counts[which]++;
    }
  }
  const near = counts.reduce((sum, value) => sum + value, 0) / count;
  return { near, found: counts.filter((value) => value > count / GAUSSIANS / 10).length };
}

export interface Adversaries {
  /** Makes points of codes. */
  readonly generator: Model;
  /** Tells real points from made ones. */
  readonly discriminator: Model;
  /** The generator, and the discriminator behind it, which does not learn there. */
  readonly both: Model;
}

/** Two networks, one of which makes what the other cannot tell from the real (Goodfellow and others 2014). */
export function makeAdversaries(seed: number): Adversaries {
  const hidden = { units: 64, activation: "relu" } as const;
  const generator = sequential({
    name: "generator",
    seed,
    layers: [layers.dense({ ...hidden, inputShape: [CODE_LENGTH] }), layers.dense(hidden), layers.dense({ units: 2 })],
  });
  const discriminator = sequential({
    name: "discriminator",
    seed,
    layers: [layers.dense({ ...hidden, inputShape: [2] }), layers.dense(hidden), layers.dense({ units: 1 })],
  });
  const options = () => ({
    optimizer: optimizers.adam({ learningRate: 1e-3, beta1: 0.5 }),
    loss: losses.binaryCrossentropy({ fromLogits: true }),
  });
  discriminator.compile(options());
  // What is frozen when a model is compiled does not learn in that model; the discriminator's own training goes on.
  for (const layer of discriminator.layers) layer.trainable = false;
  const code = input({ shape: [CODE_LENGTH] });
  const both = model({ inputs: code, outputs: discriminator.apply(generator.apply(code)), seed });
  both.compile(options());
  return { generator, discriminator, both };
}

/** Trains both in turns. Makes `count` points at the end. */
export async function play(
  { generator, discriminator, both }: Adversaries,
  steps: number,
  seed: number,
  tell: (step: number, made: Tensor) => void = () => {},
): Promise<Tensor> {
  const random = randomFrom(seed);
  const normal = normalFrom(random);
  const codes = (count: number) =>
    tensor(Float32Array.from({ length: count * CODE_LENGTH }, normal), [count, CODE_LENGTH]);
  const [ones, zeros] = [1, 0].map((value) => tensor(new Float32Array(BATCH).fill(value), [BATCH, 1]));
  for (let step = 1; step <= steps; step++) {
    await discriminator.trainOnBatch(realPoints(BATCH, random), ones);
    await discriminator.trainOnBatch(await generator.predict(codes(BATCH), { batchSize: BATCH }), zeros);
    await both.trainOnBatch(codes(BATCH), ones);
    if (step % 1000 === 0) tell(step, await generator.predict(codes(1000), { batchSize: 1000 }));
  }
  return generator.predict(codes(2000), { batchSize: 1000 });
}
