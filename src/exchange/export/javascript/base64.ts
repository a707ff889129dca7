import { textDecoder, textEncoder } from "../../../platform/text";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 61;

/** Bytes as text (RFC 4648). By a table: `btoa` wants a string of each byte, and takes seconds for tens of megabytes. */
export function base64Of(bytes: Uint8Array): string {
  const letters = textEncoder().encode(ALPHABET);
  // Two letters for twelve bits at a time, the first in the lower byte.
  const pairs = Uint16Array.from({ length: 4096 }, (_, bits) => letters[bits >>> 6] | (letters[bits & 63] << 8));
  const text = new Uint16Array(2 * Math.ceil(bytes.length / 3));
  for (let at = 0, to = 0; at < bytes.length; at += 3) {
    const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    text[to++] = pairs[three >>> 12];
    text[to++] = pairs[three & 4095];
  }
  const written = new Uint8Array(text.buffer);
  const missing = (3 - (bytes.length % 3)) % 3;
  if (missing) written.fill(PAD, written.length - missing);
  return textDecoder().decode(written);
}

/** The statement that makes the bytes again, as text of the module. */
export const DECODE = `
const bytes = (() => {
  const codes = new Uint8Array(128);
  for (let i = 0; i < 64; i++) codes["${ALPHABET}".charCodeAt(i)] = i;
  const made = new Uint8Array((numbers.length / 4) * 3);
  for (let at = 0, to = 0; at < numbers.length; at += 4) {
    const three =
      (codes[numbers.charCodeAt(at)] << 18) |
      (codes[numbers.charCodeAt(at + 1)] << 12) |
      (codes[numbers.charCodeAt(at + 2)] << 6) |
      codes[numbers.charCodeAt(at + 3)];
    made[to++] = three >>> 16;
    made[to++] = three >>> 8;
    made[to++] = three;
  }
  return made;
})();`;
