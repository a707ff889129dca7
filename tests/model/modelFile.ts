/** Opens model files with a plain JSON reader and closes them again, to look at what is inside and to change it. */
import { fileOf, headerOf } from "../formats/safetensorsFile";

// biome-ignore lint/suspicious/noExplicitAny: tests reach into JSON of any form and put anything there.
export type Description = any;

/** The model's JSON in a well-formed file. */
export function descriptionOf(file: Uint8Array): Description {
  return JSON.parse(JSON.parse(headerOf(file)).__metadata__.wasmgrad);
}

/** The same tensors with the text of another model. */
export function withText(file: Uint8Array, text: string): Uint8Array {
  const header = headerOf(file);
  const { __metadata__, ...tensors } = JSON.parse(header);
  const changed = JSON.stringify({ __metadata__: { ...__metadata__, wasmgrad: text }, ...tensors });
  return fileOf(changed, file.subarray(8 + Buffer.byteLength(header)));
}

/** The same tensors with a description changed in place. */
export function withDescription(file: Uint8Array, change: (description: Description) => void): Uint8Array {
  const description = descriptionOf(file);
  change(description);
  return withText(file, JSON.stringify(description));
}

/** The same description with a header of tensors changed in place; the data stay as they are. */
export function withHeader(file: Uint8Array, change: (header: Description) => void): Uint8Array {
  const header = JSON.parse(headerOf(file));
  const data = file.subarray(8 + Buffer.byteLength(headerOf(file)));
  change(header);
  return fileOf(JSON.stringify(header), data);
}
