import { deflateSync, Inflate } from "fflate";
import { FormatError } from "../errors";

export const deflate = (bytes: Uint8Array): Uint8Array => deflateSync(bytes);

/** Fills `result`, and returns how many bytes there were. */
export function inflateInto(packed: Uint8Array, result: Uint8Array, who: string): number {
  let filled = 0;
  const stream = new Inflate((chunk) => {
    if (filled + chunk.length > result.length) {
      throw new FormatError(`${who}: inflates to more than its ${result.length} bytes.`);
    }
    result.set(chunk, filled);
    filled += chunk.length;
  });
  try {
    stream.push(packed, true);
  } catch (cause) {
    throw cause instanceof FormatError ? cause : new FormatError(`${who}: the deflated data is corrupt.`, { cause });
  }
  return filled;
}
