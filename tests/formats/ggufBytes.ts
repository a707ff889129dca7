/** Writes files of GGUF for tests. */

const utf8 = (text: string) => new TextEncoder().encode(text);

class Writer {
  readonly bytes: number[] = [];

  u8(value: number): void {
    this.bytes.push(value & 255);
  }

  u32(value: number): void {
    for (let i = 0; i < 4; i++) this.u8(value >>> (8 * i));
  }

  u64(value: number): void {
    this.u32(value >>> 0);
    this.u32(Math.floor(value / 2 ** 32));
  }

  text(value: string): void {
    const bytes = utf8(value);
    this.u64(bytes.length);
    this.bytes.push(...bytes);
  }
}

export interface GgufEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly data: Uint8Array;
}

export interface GgufOptions {
  readonly version?: number;
  readonly alignment?: number;
  /** Instead of the places that follow from the sizes. */
  readonly offset?: number;
}

/** A file with a text, a number and a list of texts in its description. */
export function ggufFile(entries: readonly GgufEntry[], { version = 3, alignment, offset }: GgufOptions = {}) {
  const writer = new Writer();
  writer.u32(0x46554747);
  writer.u32(version);
  writer.u64(entries.length);
  writer.u64(alignment === undefined ? 2 : 3);
  writer.text("general.architecture");
  writer.u32(8);
  writer.text("llama");
  writer.text("tokenizer.tokens");
  writer.u32(9);
  writer.u32(8);
  writer.u64(2);
  writer.text("a");
  writer.text("bc");
  if (alignment !== undefined) {
    writer.text("general.alignment");
    writer.u32(4);
    writer.u32(alignment);
  }
  // A file that says 0 is no file; here it is written as any other.
  const unit = alignment || 32;
  const aligned = (value: number) => Math.ceil(value / unit) * unit;
  let at = 0;
  for (const { name, shape, type, data } of entries) {
    writer.text(name);
    writer.u32(shape.length);
    for (const size of [...shape].reverse()) writer.u64(size);
    writer.u32(type);
    writer.u64(offset ?? at);
    at += aligned(data.length);
  }
  const start = aligned(writer.bytes.length);
  const file = new Uint8Array(start + at);
  file.set(writer.bytes);
  at = start;
  for (const { data } of entries) {
    file.set(data, at);
    at += aligned(data.length);
  }
  return file;
}
