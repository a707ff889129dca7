/** Builds and reads safetensors files from the published description alone, to have something to compare with. */

/** A file of a header, given as text or as bytes, and data. `headerLength` is what the first 8 bytes claim. */
export function fileOf(
  header: string | Uint8Array,
  data: Iterable<number> = [],
  headerLength?: number | bigint,
): Uint8Array {
  const headerBytes = typeof header === "string" ? Buffer.from(header, "utf8") : header;
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(headerLength ?? headerBytes.length));
  return new Uint8Array([...prefix, ...headerBytes, ...data]);
}

/** The header text of a well-formed file. */
export function headerOf(file: Uint8Array): string {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  return buffer.toString("utf8", 8, 8 + Number(buffer.readBigUInt64LE(0)));
}

const readElement: Record<string, [bytes: number, read: (file: Buffer, at: number) => number]> = {
  F32: [4, (file, at) => file.readFloatLE(at)],
  F64: [8, (file, at) => file.readDoubleLE(at)],
  I32: [4, (file, at) => file.readInt32LE(at)],
  U8: [1, (file, at) => file.readUInt8(at)],
};

/** The tensors of a well-formed file, element by element, as plain numbers. */
export function plainTensors(file: Uint8Array): Map<string, { dtype: string; shape: number[]; values: number[] }> {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const dataStart = 8 + Number(buffer.readBigUInt64LE(0));
  const tensors = new Map<string, { dtype: string; shape: number[]; values: number[] }>();
  for (const [name, entry] of Object.entries<Record<string, unknown>>(JSON.parse(headerOf(file)))) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets } = entry as { dtype: string; shape: number[]; data_offsets: number[] };
    const [bytes, read] = readElement[dtype];
    const values: number[] = [];
    for (let at = data_offsets[0]; at < data_offsets[1]; at += bytes) values.push(read(buffer, dataStart + at));
    tensors.set(name, { dtype, shape, values });
  }
  return tensors;
}
