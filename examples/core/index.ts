/** Trains by hand and prints what came of it: `npx tsx examples/core/index.ts`. */
import { learnLine, makeData, trainTwoLayers } from "./training";

const { weight, errors } = await learnLine();
console.log(`y = 4x: the weight went from 2 to ${weight.toFixed(4)}, the error from ${errors[0]} to ${errors.at(-1)}.`);

// Any small numbers that differ will do to begin with; those of both layers must not be all the same.
const begin = (length: number) => Float32Array.from({ length }, (_, i) => (((i * 37) % 101) / 101 - 0.5) * 0.8);
const start = { hiddenKernel: begin(4 * 19), outputKernel: begin(19) };
const { losses } = await trainTwoLayers(makeData(), start, 1000);
console.log(
  `two layers: the mean squared error went from ${losses[0].toFixed(4)} to ${losses.at(-1)?.toExponential(2)}.`,
);
