/**
 * A small GPT learns Moby Dick character by character, and writes after every 200 steps what it has come to:
 * `npx tsx examples/moby-dick/index.ts [steps] [prompt]`. Leaves the model in build/moby-dick.safetensors.
 */
import { mkdirSync } from "node:fs";
import { boundsOf } from "./book";
import { learn, write } from "./learning";
import { loadMobyDick, makeGpt } from "./mobyDick";

const [BATCH, STEPS_OF_PART, WRITTEN] = [32, 200, 160];
const [steps = "2000", prompt = "The whale"] = process.argv.slice(2);

const book = loadMobyDick();
const { tokenizer, train, validation } = book;
const gpt = makeGpt(tokenizer.vocabularySize, 1);
gpt.tokenizer = tokenizer;
// A prompt of other characters is an error before the training.
tokenizer.encode(prompt);
const { uniform, unigram, bigram } = boundsOf(train, tokenizer.vocabularySize);
console.log(`${train.length} characters to learn from, ${tokenizer.vocabularySize} different ones.`);
console.log(`Loss in nats a character; who knows nothing has ${uniform.toFixed(2)}, who knows how often each`);
console.log(`character occurs ${unigram.toFixed(2)}, and how often each follows each other ${bigram.toFixed(2)}.`);

async function print(length: number): Promise<void> {
  let written = prompt;
  for await (const piece of write(gpt, { prompt, length, temperature: 0.8, seed: 1 })) written += piece;
  console.log(written);
}

const start = performance.now();
let sum = 0;
await learn(gpt, book, {
  steps: Number(steps),
  batchSize: BATCH,
  seed: 1,
  async onStep(step, loss) {
    sum += loss;
    if (step % STEPS_OF_PART !== 0) return;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`\nstep ${step}, ${seconds} s: loss ${(sum / STEPS_OF_PART).toFixed(3)}`);
    sum = 0;
    await print(WRITTEN);
  },
});

const { loss } = await gpt.evaluate(validation, { batchSize: 64 });
console.log(`\nThe last tenth of the book, which was never seen: ${loss.toFixed(3)} nats a character.\n`);
await print(600);
mkdirSync("build", { recursive: true });
await gpt.save("build/moby-dick.safetensors");
