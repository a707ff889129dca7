import { builtinModule } from "./nodeModule";

/** Node's own, where an environment that plays a browser (Jest with jsdom) has taken them from the globals. */
const util = () => builtinModule<typeof import("node:util")>("node:util")!;

/** Writes texts in UTF-8. */
export function textEncoder(): TextEncoder {
  const Encoder = globalThis.TextEncoder ?? util().TextEncoder;
  return new Encoder();
}

/** Reads texts in UTF-8. */
export function textDecoder(options: TextDecoderOptions = {}): TextDecoder {
  const Decoder = globalThis.TextDecoder ?? util().TextDecoder;
  return new Decoder("utf-8", options) as TextDecoder;
}
