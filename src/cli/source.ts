import { statSync } from "node:fs";
import { Readable } from "node:stream";
import type { TableSource } from "wasmgrad";
import { FileError } from "./failures";

/**
 * What an operand stands for: a file or an address, and `-` the standard input.
 *
 * @throws FileError for a folder
 */
export function sourceOf(operand: string): TableSource {
  if (operand === "-") return Readable.toWeb(process.stdin) as unknown as ReadableStream<Uint8Array>;
  refuseFolder(operand);
  return operand;
}

/** The system's own error for a folder that is read does not say which. */
export function refuseFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new FileError(`${path}: this is a folder, expected a file.`);
  }
}
