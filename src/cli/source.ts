import { Readable } from "node:stream";
import type { TableSource } from "wasmgrad";

/** What an operand stands for: a file or an address, and `-` the standard input. */
export const sourceOf = (operand: string): TableSource =>
  operand === "-" ? (Readable.toWeb(process.stdin) as unknown as ReadableStream<Uint8Array>) : operand;
