import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tensor } from "../../src/tensor/tensor";

import { exchangeFolder } from "./exchangeFiles";

/** A file of the manifest, with what another runtime computes of it. */
export interface ForeignFile {
  readonly file: string;
  readonly mustFail?: string;
}

interface Port {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface Expected {
  readonly inputs: readonly (Port & { readonly formula: { readonly k: number; readonly modulus: number | null } })[];
  readonly outputs: readonly (Port & {
    readonly data?: readonly number[];
    readonly sample?: { readonly step: number; readonly data: readonly number[] };
  })[];
}

/** The files of the manifest in a folder. */
export function filesIn(folder: string): ForeignFile[] {
  if (!exchangeFolder) return [];
  const { files } = JSON.parse(readFileSync(join(exchangeFolder, "manifest.json"), "utf8")) as { files: ForeignFile[] };
  return files.filter(({ file }) => file.startsWith(`${folder}/`));
}

export const bytesOf = (file: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(readFileSync(join(exchangeFolder!, file)));

export function expectedOf(file: string): Expected {
  return JSON.parse(
    readFileSync(join(exchangeFolder!, "expected", `${file.replaceAll("/", "__")}.json`), "utf8"),
  ) as Expected;
}

/** The inputs that the expected outputs were computed of. */
export function inputsOf({ inputs }: Expected): Tensor[] {
  return inputs.map(({ shape, formula: { k, modulus } }) => {
    const count = shape.reduce((all, size) => all * size, 1);
    const at = (i: number) => i * 7919 + 13 + 31 * k;
    if (modulus !== null)
      return new Tensor(
        Int32Array.from({ length: count }, (_, i) => at(i) % modulus),
        shape,
      );
    return new Tensor(
      Float32Array.from({ length: count }, (_, i) => ((at(i) % 2001) - 1000) / 1000),
      shape,
    );
  });
}

/** The largest difference of an output, relative to its largest number. */
export function differenceOf(output: Tensor, { data, sample }: Expected["outputs"][number]): number {
  const wanted = data ?? sample!.data;
  const step = data ? 1 : sample!.step;
  const largest = Math.max(...wanted.map(Math.abs), 1e-30);
  return Math.max(...wanted.map((value, i) => Math.abs(output.data[i * step] - value) / largest));
}
