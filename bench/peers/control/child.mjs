// node child.mjs MODULE NUMBER: steps of one library in a process of its own. It takes one JSON object a line and answers
// with one.
import { createInterface } from "node:readline";
import { Prediction } from "../predict/turns.mjs";
import { states, targets } from "./samples.mjs";

const [, , module, number] = process.argv;
const library = (await import(`./${module}.mjs`)).libraries[Number(number)];
let turns;
const commands = {
  hello: () => ({ name: library.name }),
  async start({ effort, batch }) {
    const step = await library.start(states, targets, batch);
    turns = new Prediction(library, step, undefined, 1);
    await turns.warmUp(effort);
    return {};
  },
  turn: (effort) => turns.turn(effort),
};
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...parameters } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await commands[command](parameters))}\n`);
}
process.exit(0);
