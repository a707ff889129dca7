/**
 * A small GPT learns Moby Dick character by character, and writes after every 200 steps what it has come to:
 * `npx tsx examples/moby-dick/index.ts [steps] [prompt]`. Leaves the model in build/moby-dick.safetensors.
 */
import { mkdirSync } from "node:fs";
import { data, generate, type Model } from "wasmgrad";
import { CONTEXT, loadMobyDick, makeGpt } from "./mobyDick";

const [BATCH, STEPS_OF_PART, WRITTEN] = [32, 200, 160];
const [steps = "2000", prompt = "The whale"] = process.argv.slice(2);

const { tokenizer, train, validation } = loadMobyDick();
const gpt = makeGpt(tokenizer.vocabularySize, 1);
gpt.tokenizer = tokenizer;
// A prompt of other characters is an error before the training.
tokenizer.encode(prompt);
console.log(`${train.length} characters to learn from, ${tokenizer.vocabularySize} different ones.`);
console.log(`Loss in nats a character; who knows nothing has ${Math.log(tokenizer.vocabularySize).toFixed(2)}.`);

async function write(model: Model, maxTokens: number): Promise<string> {
  let written = prompt;
  for await (const piece of generate(model, { prompt, maxTokens, temperature: 0.8, seed: 1 })) written += piece;
  return written;
}

// Windows that begin half a context after the one before; other ones for each part, and in another order.
const windows = data.tokens(train, { contextLength: CONTEXT, stride: CONTEXT / 2 });
const start = performance.now();
await gpt.fit(windows.shuffle(undefined, { seed: 1 }).take(BATCH * STEPS_OF_PART), {
  epochs: Math.ceil(Number(steps) / STEPS_OF_PART),
  batchSize: BATCH,
  callbacks: [
    {
      async onEpochEnd(part, { loss }) {
        const seconds = ((performance.now() - start) / 1000).toFixed(0);
        console.log(`\nstep ${(part + 1) * STEPS_OF_PART}, ${seconds} s: loss ${loss.toFixed(3)}`);
        console.log(await write(gpt, WRITTEN));
      },
    },
  ],
});

const { loss } = await gpt.evaluate(validation, { batchSize: 64 });
console.log(`\nThe last tenth of the book, which was never seen: ${loss.toFixed(3)} nats a character.\n`);
console.log(await write(gpt, 600));
mkdirSync("build", { recursive: true });
await gpt.save("build/moby-dick.safetensors");
