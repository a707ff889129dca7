/** Files as NumPy and safetensors themselves write them: see tests/references/arrays.py. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Tensor } from "../../src/tensor/tensor";

/** What an array holds: values as texts, which keep 64 bits and NaN. */
export interface Described {
  readonly shape: readonly number[];
  readonly values: readonly string[];
}

export interface References {
  readonly npy: Readonly<Record<string, Described & { readonly file: string }>>;
  readonly refused: Readonly<Record<string, string>>;
  readonly npz: Readonly<Record<string, string>>;
  readonly npzMembers: Readonly<Record<string, Described>>;
  readonly npzOtherNames: string;
  readonly safetensors: string;
  readonly safetensorsTensors: Readonly<Record<string, Described>>;
  readonly safetensorsOnlyMetadata: string;
  readonly halves: Readonly<Record<"values", readonly string[]> & Record<"F16" | "BF16", readonly number[]>>;
}

export const references: References = JSON.parse(readFileSync("tests/references/arrays.json", "utf8"));

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(base64, "base64"));

/** `nan`, `inf` and `-inf` as Python writes them. */
export const numberOf = (text: string): number => Number(text.replace("inf", "Infinity").replace("nan", "NaN"));

/** Compares number by number: float32 has the nearest to each, and -0 is not 0. */
export function expectValues(tensor: Tensor, { shape, values }: Described): void {
  expect(tensor.shape).toEqual(shape);
  const round = tensor.dtype === "float32" ? Math.fround : (value: number) => value;
  expect([...tensor.data]).toEqual(values.map((text) => round(numberOf(text))));
}

/** Awaits, and gives the error's message; fails where there is none, or one of another kind. */
export async function messageOf(work: Promise<unknown>, kind: new (message: string) => Error): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(kind);
  expect(error.message.length).toBeLessThan(500);
  return error.message;
}
