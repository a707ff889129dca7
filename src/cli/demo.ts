import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, Running } from "./commands";
import { Given } from "./arguments";
import { EXIT } from "./failures";
import { predict } from "./predict";
import { train } from "./train/train";
import { shellWord } from "./waysOut";

const ROWS = 300;
const KINDS = ["meadow", "marsh", "alpine"];

/** Numbers from 0 on below 1, the same for the same seed (a linear congruential generator of Numerical Recipes). */
function* chances(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  while (true) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** A table of flowers that nobody has seen: three kinds, which differ in size, month and colour, with gaps. */
export function flowers(seed: number): string {
  const next = chances(seed);
  const chance = () => next.next().value;
  // The sum of three is near enough to a bell.
  const about = (center: number, spread: number) => center + spread * 2 * (chance() + chance() + chance() - 1.5);
  const rows = Array.from({ length: ROWS }, () => {
    const kind = Math.floor(chance() * KINDS.length);
    const height = about([42, 55, 14][kind], 6).toFixed(1);
    const petals = Math.round(about([5, 5.6, 5][kind], 0.7));
    const day = Math.round(about([150, 175, 190][kind], 20));
    const date = new Date(Date.UTC(2025, 0, day)).toISOString().slice(0, 10);
    const colour = ["white", "yellow", "blue"][chance() < 0.7 ? kind : Math.floor(chance() * 3)];
    return [chance() < 0.05 ? "" : `${height} cm`, petals, date, colour, KINDS[kind]].join(",");
  });
  return ["height,petals,picked,colour,kind", ...rows].join("\n");
}

/** Runs a command in this process, and says it before. */
async function step(running: Running, name: string, run: Run, given: Given): Promise<void> {
  const { screen, signal } = running;
  screen.print("", `$ ${["wasmgrad", name, ...given.words()].map(shellWord).join(" ")}`);
  await run({ given, screen, signal });
}

/** `wasmgrad demo`: makes up a table, learns it, and predicts from it. */
export const demo: Run = async (running) => {
  const { given, screen } = running;
  const seed = given.text("seed") ?? "1";
  const folder = await mkdtemp(join(tmpdir(), "wasmgrad-demo-"));
  const [table, model, asked] = ["flowers.csv", "flowers.safetensors", "new.csv"].map((name) => join(folder, name));
  await writeFile(table, `${flowers(given.whole("seed", { min: 0, max: 2 ** 32 - 1 }) ?? 1)}\n`);
  // Other columns first, one gap, and a colour that was never seen.
  await writeFile(
    asked,
    "colour,picked,petals,height\nblue,2025-07-10,5,13.1 cm\nyellow,2025-06-20,6,\nred,2025-05-30,5,40 cm\n",
  );
  screen.paragraph(`${ROWS} flowers that a formula makes up, with gaps, units and dates: ${table}`);
  const options = { target: "kind", seed, out: model };
  const values = new Map(Object.entries(options).map(([name, value]) => [name, [value]]));
  await step(running, "train", train, new Given([table], values));
  await step(running, "predict", predict, new Given([model, asked], new Map()));
  screen.print("", `All of it is in ${folder}`);
  return EXIT.ok;
};
