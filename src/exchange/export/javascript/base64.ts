import { textDecoder, textEncoder } from "../../../platform/text";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 61;

/** Bytes as text (RFC 4648). By a table: `btoa` wants a string of each byte, and takes seconds for tens of megabytes. */
export function base64Of(bytes: Uint8Array): string {
  const letters = textEncoder().encode(ALPHABET);
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let to = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    text[to++] = letters[three >>> 18];
    text[to++] = letters[(three >>> 12) & 63];
    text[to++] = letters[(three >>> 6) & 63];
    text[to++] = letters[three & 63];
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  if (missing) text.fill(PAD, text.length - missing);
  return textDecoder().decode(text);
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
