import { textEncoder } from "../../platform/text";
import { crc32 } from "./crc32";

/** A file as it goes into an archive. */
export interface PackedFile {
  readonly name: string;
  /** What it is, before it was deflated. */
  readonly content: Uint8Array;
  /** The same deflated; without it the content is stored as it is. */
  readonly deflated?: Uint8Array | undefined;
}

/** 1 January 1980, the first day that an archive knows: the same content gives the same bytes. */
const DATE = 0x21;
const UTF8 = 0x800;
const RECORD_BYTES = 46;

/** The bytes of an archive that 32 bits can tell of. */
export const MAXIMUM_ARCHIVE_BYTES = 0xffffffff - 1;
export const MAXIMUM_FILES = 0xffff - 1;

/** The bytes that an archive of such files will have. */
export function archiveSize(files: readonly PackedFile[]): number {
  const names = files.map(({ name }) => textEncoder().encode(name).length);
  const sizes = files.map(({ content, deflated = content }, i) => 30 + RECORD_BYTES + 2 * names[i] + deflated.length);
  return sizes.reduce((sum, size) => sum + size, 22);
}

/** Writes a ZIP archive. Who calls sees to it that names differ and the limits above are kept. */
export function encodeZip(files: readonly PackedFile[]): Uint8Array<ArrayBuffer> {
  const archive = new Uint8Array(archiveSize(files));
  const view = new DataView(archive.buffer);
  const records: { name: Uint8Array; fields: DataView; offset: number }[] = [];
  let at = 0;
  for (const { name: text, content, deflated } of files) {
    const name = textEncoder().encode(text);
    const packed = deflated ?? content;
    // What stands in both places: version, flags, method, time, date, CRC, sizes, lengths of name and extra field.
    const fields = new DataView(new ArrayBuffer(26));
    fields.setUint16(0, 20, true);
    fields.setUint16(2, name.some((byte) => byte > 127) ? UTF8 : 0, true);
    fields.setUint16(4, deflated ? 8 : 0, true);
    fields.setUint16(8, DATE, true);
    fields.setUint32(10, crc32(content), true);
    fields.setUint32(14, packed.length, true);
    fields.setUint32(18, content.length, true);
    fields.setUint16(22, name.length, true);
    records.push({ name, fields, offset: at });
    view.setUint32(at, 0x04034b50, true);
    archive.set(new Uint8Array(fields.buffer), at + 4);
    archive.set(name, at + 30);
    archive.set(packed, at + 30 + name.length);
    at += 30 + name.length + packed.length;
  }
  const start = at;
  for (const { name, fields, offset } of records) {
    view.setUint32(at, 0x02014b50, true);
    view.setUint16(at + 4, 20, true);
    archive.set(new Uint8Array(fields.buffer), at + 6);
    view.setUint32(at + 42, offset, true);
    archive.set(name, at + RECORD_BYTES);
    at += RECORD_BYTES + name.length;
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, files.length, true);
  view.setUint16(at + 10, files.length, true);
  view.setUint32(at + 12, at - start, true);
  view.setUint32(at + 16, start, true);
  return archive;
}
