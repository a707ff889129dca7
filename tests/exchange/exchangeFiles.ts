import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Models and weights of other libraries, and what these compute with them: beside the checkout, or where `EXCHANGE_FILES` says. */
const places = [process.env.EXCHANGE_FILES, "../shared/exchange", "../../shared/exchange"];

/** The folder; undefined where it is missing. */
export const exchangeFolder = places
  .flatMap((place) => (place ? [resolve(import.meta.dirname, "../..", place)] : []))
  .find((place) => existsSync(`${place}/manifest.json`));

/** What a file of the folder gives, as its own library computed it. */
export interface Expected {
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly formula: { k: number; modulus: number | null };
  }[];
  readonly outputs: readonly ExpectedTensor[];
  readonly tensors?: Readonly<Record<string, Omit<ExpectedTensor, "name"> | readonly number[]>>;
  readonly mustFail?: string;
}

export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data?: readonly (number | string)[];
  readonly sum?: number;
}

export const exchangeFile = (name: string): string => `${exchangeFolder}/${name}`;

export function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(exchangeFile(`expected/${name.replaceAll("/", "__")}.json`), "utf8")) as Expected;
}

/** Inputs by the formula of the folder, row by row. */
export function inputOf({ inputs }: Expected, index = 0) {
  const { shape, formula } = inputs[index];
  const count = shape.reduce((product, size) => product * size, 1);
  const step = (i: number) => i * 7919 + 13 + 31 * formula.k;
  const { modulus } = formula;
  if (modulus !== null) return { data: Int32Array.from({ length: count }, (_, i) => step(i) % modulus), shape };
  return { data: Float32Array.from({ length: count }, (_, i) => ((step(i) % 2001) - 1000) / 1000), shape };
}
