/**
 * Learns to turn words around by an encoder, a decoder and attention, and draws where the decoder looked:
 * `npx tsx examples/reverse/index.ts [words …]`.
 */
import { drawScores } from "./drawing";
import { checkWords, makeReverser, makeWords, reverse, samplesOf, shareOfRight } from "./reverse";

const asked = process.argv.length > 2 ? process.argv.slice(2) : ["stressed", "wasm", "gradients", "attention"];
// Words that cannot be read are an error before the training.
checkWords(asked);

const reverser = makeReverser(1);
const unseen = makeWords(500, 2);
const { x, y, sampleWeight } = samplesOf(makeWords(8000, 1));
const start = performance.now();
await reverser.network.fit(x, y, {
  epochs: 5,
  batchSize: 64,
  sampleWeight,
  callbacks: [
    {
      async onEpochEnd(epoch, { loss }) {
        const share = shareOfRight(await reverse(reverser, unseen));
        console.log(
          `epoch ${epoch + 1}: loss ${loss.toFixed(4)}, ${(100 * share).toFixed(1)} % of new words without a mistake`,
        );
      },
    },
  ],
});
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);

const reversals = await reverse(reverser, asked);
for (const { word, written } of reversals) console.log(`${word} → ${written}`);
console.log("\nWhere the decoder looked (word across, what it wrote downwards):\n");
console.log(drawScores(reversals, process.stdout.columns ?? 80));
