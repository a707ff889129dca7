/**
 * Learns the digits 0 to 4, then 5 to 9 with the same features: `npx tsx examples/transfer/index.ts [epochs]`.
 */
import { loadDataset } from "../datasets";
import { type Outcome, transfer } from "./transfer";

const epochs = Number(process.argv[2] ?? 2);
const { train, test } = await loadDataset("mnist");
const { low, high, anew } = await transfer(train, test, epochs);

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const describe = ({ accuracy, seconds, flops }: Outcome) =>
  `${percent(accuracy)} of new ones are right after ${epochs} epochs, ${seconds.toFixed(1)} s, ${(flops / 1e6).toFixed(0)} MFLOP a step`;
console.log(`0 to 4:                    ${describe(low)}`);
console.log(`5 to 9, features frozen:   ${describe(high)}`);
console.log(`5 to 9, all from nothing:  ${describe(anew)}`);
console.log(
  `Frozen, ${percent(1 - high.flops / anew.flops)} of the arithmetic is left out, and ${percent(1 - high.seconds / anew.seconds)} of the time.`,
);
