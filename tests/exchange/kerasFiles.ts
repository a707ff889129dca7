import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { ImportSource } from "../../src/exchange/files";
import { Tensor } from "../../src/tensor/tensor";
import { exchangeFolder } from "./exchangeFiles";

// Models of Keras and TensorFlow.js, and what these compute with them: in the folder of exchange files, or where that is missing the few
// that were made for this project and stand among the fixtures.

export const fixtures = resolve(import.meta.dirname, "../fixtures/exchange/keras");
const root = exchangeFolder ?? fixtures;
export const areAllThere = exchangeFolder !== undefined;

/** A file as the manifest lists it. */
export interface ListedFile {
  readonly file: string;
  readonly expected?: string;
  readonly mustFail?: string;
}

interface Values {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What a file gives, as its own library computed it. */
export interface Expected {
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly dtype: string;
    readonly formula: { readonly k: number; readonly modulus: number | null };
  }[];
  readonly outputs: readonly Values[];
  readonly architecture?: string;
  readonly training?: {
    readonly lossPerStep: readonly number[];
    readonly weightsAfter: readonly (Values & { readonly path: string })[];
  };
}

/** Files of these kinds: `"keras"`, `"h5"`, `"tfjs"`. */
export function listFiles(...kinds: readonly string[]): ListedFile[] {
  const { files } = JSON.parse(readFileSync(`${root}/manifest.json`, "utf8")) as { files: ListedFile[] };
  return files.filter(({ file }) => kinds.includes(file.split("/")[0]));
}

export const bytesOf = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(`${root}/${file}`));

export function expectedOf({ file }: ListedFile): Expected {
  return JSON.parse(readFileSync(`${root}/expected/${file.replaceAll("/", "__")}.json`, "utf8")) as Expected;
}

const countOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
const step = (i: number, k: number) => i * 7919 + 13 + 31 * k;
const numberAt = (i: number, k: number) => Math.fround(((step(i, k) % 2001) - 1000) / 1000);

/** The inputs by the formula of the folder. */
export function inputsOf({ inputs }: Expected): Tensor | Tensor[] {
  const tensors = inputs.map(({ shape, formula: { k, modulus } }) => {
    const length = countOf(shape);
    if (modulus === null)
      return new Tensor(
        Float32Array.from({ length }, (_, i) => numberAt(i, k)),
        [...shape],
      );
    return new Tensor(
      Int32Array.from({ length }, (_, i) => step(i, k) % modulus),
      [...shape],
    );
  });
  return tensors.length === 1 ? tensors[0] : tensors;
}

/** Labels of the training of `train_check.keras`. */
export const labelsOf = (count: number, classes: number): Tensor =>
  new Tensor(
    Int32Array.from({ length: count }, (_, i) => step(i, 1) % classes),
    [count],
  );

/** Weights by the formula for a model of TensorFlow.js that comes without them. */
function madeWeights(
  manifest: readonly { weights: readonly { name: string; shape: readonly number[] }[] }[],
): Uint8Array {
  const parts = manifest
    .flatMap(({ weights }) => weights)
    .map(({ name, shape }, k) => {
      const fan = countOf(name.includes("depthwise") ? shape.slice(0, 2) : shape.slice(0, -1));
      return Float32Array.from({ length: countOf(shape) }, (_, i) => {
        const value = numberAt(i, k);
        if (name.includes("variance")) return 1 + Math.abs(value);
        if (name.includes("gamma")) return 1 + value / 10;
        return shape.length > 1 ? value * Math.sqrt(3 / fan) : value / 10;
      });
    });
  return new Uint8Array(Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer as ArrayBuffer))));
}

/** What `importModel` takes for a file of the manifest. */
export function sourceOf(listed: ListedFile): ImportSource {
  const path = `${root}/${listed.file}`;
  if (statSync(path).isDirectory()) {
    if (existsSync(`${path}/weights.bin`) || !path.includes("topology")) return `${path}/model.json`;
    const json = bytesOf(`${listed.file}/model.json`);
    const { weightsManifest } = JSON.parse(new TextDecoder().decode(json));
    return { "model.json": json, "weights.bin": madeWeights(weightsManifest) };
  }
  const architecture = listed.expected ? expectedOf(listed).architecture : undefined;
  if (architecture === undefined) return path;
  return { "model.json": new TextEncoder().encode(architecture), "model.weights.h5": bytesOf(listed.file) };
}

/** How far outputs are from those expected, as a share of the largest of each. */
export function distance(outputs: readonly Tensor[], wanted: readonly Values[]): number {
  if (outputs.length !== wanted.length) return Number.POSITIVE_INFINITY;
  const each = wanted.map(({ shape, data }, i) => {
    if (outputs[i].shape.join() !== shape.join()) return Number.POSITIVE_INFINITY;
    const largest = Math.max(...data.map(Math.abs));
    return Math.max(...data.map((value, j) => Math.abs(value - outputs[i].data[j]))) / largest;
  });
  return each.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...each);
}
