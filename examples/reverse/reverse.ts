import { DataError, input, layers, losses, type Model, model, type Node, optimizers, Tensor } from "wasmgrad";
import { randomFrom } from "../random";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** Ids: 0 is the padding, 1 to 26 are letters, 27 begins a word that is written. */
const [IDS, BEGIN] = [LETTERS.length + 1, LETTERS.length + 1];
const [WIDTH, UNITS] = [32, 64];
/** Letters of the longest word. */
export const LONGEST = 12;

/** Words of random letters, 3 to 12 of them. */
export function makeWords(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  const below = (end: number) => Math.floor(random() * end);
  return Array.from({ length: count }, () => {
    return Array.from({ length: 3 + below(LONGEST - 2) }, () => LETTERS[below(LETTERS.length)]).join("");
  });
}

const reversed = (word: string): string => [...word].reverse().join("");

/** @throws DataError for words that are empty, too long or not of letters from a to z */
export function checkWords(words: readonly string[]): void {
  const wrong = words.find((word) => !/^[a-z]+$/.test(word) || word.length > LONGEST);
  if (wrong !== undefined) {
    throw new DataError(`reverse: expects words of 1 to ${LONGEST} letters from a to z, got "${wrong}".`);
  }
}

/** Ids of letters, padded with zeros: int32 `[words, 12]`. */
function idsOf(words: readonly string[]): Int32Array {
  checkWords(words);
  const ids = new Int32Array(words.length * LONGEST);
  words.forEach((word, row) => {
    ids.set(
      [...word].map((letter) => LETTERS.indexOf(letter) + 1),
      row * LONGEST,
    );
  });
  return ids;
}

/** What was written until now: one place later, behind the sign that begins. */
function shift(ids: Int32Array): Int32Array {
  return ids.map((_, i) => (i % LONGEST === 0 ? BEGIN : ids[i - 1]));
}

/** Words, and what a writer has written before each letter of the word turned around; padding counts nothing. */
export function samplesOf(words: readonly string[]) {
  const shape = [words.length, LONGEST];
  const turned = idsOf(words.map(reversed));
  return {
    x: [new Tensor(idsOf(words), shape), new Tensor(shift(turned), shape)],
    y: new Tensor(turned, shape),
    sampleWeight: new Tensor(
      Float32Array.from(turned, (id) => (id === 0 ? 0 : 1)),
      shape,
    ),
  };
}

export interface Reverser {
  /** Logits of each letter, given the word and the letters before. */
  readonly network: Model;
  /** The same with the scores: `[batch, 1, letters written, letters read]`. */
  readonly withScores: Model;
}

/** Which place a letter has, as attention has to find it: the ids of an embedding of places. */
function withPlaces(letters: Node): Node {
  return layers.positionEmbedding({ sequenceLength: LONGEST, initializer: "randomUniform" }).apply(letters);
}

/**
 * Turns words around (Sutskever, Vinyals and Le 2014; attention: Bahdanau, Cho and Bengio 2014). The encoder reads the word; the decoder
 * begins with the encoder's last state, and before each letter looks at what the encoder has read.
 */
export function makeReverser(seed: number): Reverser {
  const [word, written] = ["word", "written"].map((name) => input({ shape: [LONGEST], dtype: "int32", name }));
  const letters = layers.embedding({ inputDim: IDS + 1, outputDim: WIDTH, maskZero: true, name: "letters" });
  const encoder = layers.gru({ units: UNITS, returnSequences: true, returnState: true, name: "encoder" });
  const [read, state] = encoder.apply(withPlaces(letters.apply(word)));
  const decoder = layers.gru({ units: UNITS, returnSequences: true, name: "decoder" });
  const asked = decoder.apply(withPlaces(letters.apply(written)), { initialState: state });
  const attention = layers.multiHeadAttention({ numHeads: 1, keyDim: UNITS, name: "attention" });
  const [seen, scores] = attention.apply([asked, read], { returnAttentionScores: true });
  const both = layers.concatenate().apply([asked, seen]);
  const logits = layers.dense({ units: IDS, name: "logits" }).apply(both);

  const network = model({ inputs: [word, written], outputs: logits, name: "reverse", seed });
  network.compile({
    optimizer: optimizers.adam({ learningRate: 3e-3 }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
  });
  return { network, withScores: model({ inputs: [word, written], outputs: [logits, scores], seed }) };
}

export interface Reversal {
  readonly word: string;
  readonly written: string;
  /** How much the writer looked at each letter of the word, for each letter written: rows whose sums are 1. */
  readonly scores: readonly (readonly number[])[];
}

/** Writes letter by letter, always the likeliest; as many as the word has. */
export async function reverse({ withScores }: Reverser, words: readonly string[]): Promise<Reversal[]> {
  const shape = [words.length, LONGEST];
  const read = new Tensor(idsOf(words), shape);
  const written = new Int32Array(words.length * LONGEST);
  let scores: Tensor["data"] = new Float32Array();
  for (let place = 0; place < LONGEST; place++) {
    const [logits, looked] = (await withScores.predict([read, new Tensor(shift(written), shape)])) as Tensor[];
    scores = looked.data;
    for (let row = 0; row < words.length; row++) {
      if (place >= words[row].length) continue;
      const at = (row * LONGEST + place) * IDS;
      const ofLetters = logits.data.subarray(at + 1, at + IDS);
      written[row * LONGEST + place] = 1 + ofLetters.indexOf(Math.max(...ofLetters) as never);
    }
  }
  return words.map((word, row) => ({
    word,
    written: [...word].map((_, place) => LETTERS[written[row * LONGEST + place] - 1]).join(""),
    scores: [...word].map((_, place) => {
      const from = (row * LONGEST + place) * LONGEST;
      return [...scores.subarray(from, from + word.length)];
    }),
  }));
}

/** The share of words that were turned around without a mistake. */
export function shareOfRight(reversals: readonly Reversal[]): number {
  return reversals.filter(({ word, written }) => written === reversed(word)).length / reversals.length;
}
