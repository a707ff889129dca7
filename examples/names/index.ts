/**
 * Guesses whether a first name is a woman's or a man's, letter by letter, with a GRU over embedded letters:
 * `npx tsx examples/names/index.ts [names …]`.
 */
import { guess, idsOf, loadNames, makeClassifier, tensorsOf } from "./names";

const asked = process.argv.length > 2 ? process.argv.slice(2) : ["Ada", "Alan", "Emmy", "Kurt", "Zelda", "Thor"];
// Names that cannot be read are an error before the training.
idsOf(asked);

const { train, test } = loadNames();
const [{ x, y }, unseen] = [tensorsOf(train), tensorsOf(test)];
console.log(`${train.length} names to learn from, ${test.length} others to test with.`);

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const share = test.filter(({ isFemale }) => isFemale).length / test.length;
console.log(`Who always says "female" is right in ${percent(share)}.`);

const classifier = makeClassifier(1);
const start = performance.now();
await classifier.fit(x, y, {
  epochs: 10,
  validationData: [unseen.x, unseen.y],
  callbacks: [
    {
      onEpochEnd(epoch, { loss, valAccuracy }) {
        console.log(`epoch ${String(epoch + 1).padStart(2)}: loss ${loss.toFixed(3)}, test ${percent(valAccuracy)}`);
      },
    },
  ],
});
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);

const probabilities = await guess(classifier, asked);
const width = Math.max(...asked.map((name) => name.length));
asked.forEach((name, i) => {
  const isFemale = probabilities[i] >= 0.5;
  const certainty = isFemale ? probabilities[i] : 1 - probabilities[i];
  console.log(`${name.padEnd(width)}  ${isFemale ? "female" : "male  "}  ${percent(certainty)}`);
});
