/** Bytes of a piece: a multiple of three, so that pieces of text follow each other, and few enough to be arguments of a call. */
const PIECE = 3 * 8192;

/** Bytes as text (RFC 4648). */
export function base64Of(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))));
  }
  return pieces.join("");
}
