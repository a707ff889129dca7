import { textEncoder } from "../../platform/text";

/** Numbers begin at a multiple of this, so that they can be mapped into memory. */
const ALIGNMENT = 64;

/**
 * Writes a file of NumPy, version 1.0, in rows.
 *
 * @param descr the type as NumPy names it: `<f4`
 * @param data its numbers, little-endian
 */
export function encodeNpy(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The header ends with a line break.
  const dataStart = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(dataStart + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, dataStart - 10, true);
  bytes.set(textEncoder().encode(`${text.padEnd(dataStart - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart);
  return bytes;
}
