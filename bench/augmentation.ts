import { type AugmentOptions, fromTensors } from "../src/data/index";
import { Tensor } from "../src/tensor/tensor";
import { randomBits } from "../src/numeric/random";
import type { Candidate } from "./item";

const IMAGES = 512;
const BATCH_SIZE = 128;

const moved: AugmentOptions = { shift: 0.1, rotation: 0.03, zoom: 0.1, fillMode: "constant" };

/** Augmentation of bytes, as `fit` asks for it: batch after batch of a shuffled dataset, every walk with other numbers. */
export function dataCandidates(): Candidate[] {
  return [
    makeCandidate("augment 28×28: shift, rotation, zoom", [28, 28, 1], moved),
    makeCandidate("augment 28×28: contrast, noise, cutout", [28, 28, 1], { contrast: 0.2, noise: 8, cutout: 0.3 }),
    makeCandidate("augment 32×32×3: shift, rotation, zoom, flip", [32, 32, 3], { ...moved, flip: "horizontal" }),
  ];
}

function makeCandidate(name: string, shape: readonly number[], options: AugmentOptions): Candidate {
  const make = () => {
    const size = shape.reduce((product, length) => product * length, IMAGES);
    const pixels = Uint8Array.from({ length: size }, (_, i) => randomBits(1, i));
    const images = fromTensors(new Tensor(pixels, [IMAGES, ...shape]))
      .shuffle()
      .augment(options)
      .batch(BATCH_SIZE);
    let walk = 0;
    const run = async (times: number) => {
      for (const end = walk + times; walk < end; walk++) for await (const _ of images.iterate(walk));
    };
    return { contenders: [{ name: "one thread", isAsync: true, run }], amount: IMAGES, unit: "samples/s" as const };
  };
  return { kind: "data", name, make };
}
