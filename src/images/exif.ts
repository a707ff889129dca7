const ORIENTATION = 274;
const SHORT = 3;

/** The orientation that a block of Exif names, 1 to 8: 1, upright, when it names none or is damaged, as viewers take it. */
export function orientationOf(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const order = exif.length >= 8 ? view.getUint16(0) : 0;
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const isLittleEndian = order === 0x4949;
  const start = view.getUint32(4, isLittleEndian);
  if (start + 2 > exif.length) return 1;
  const count = view.getUint16(start, isLittleEndian);
  for (let i = 0; i < count; i++) {
    const at = start + 2 + 12 * i;
    if (at + 12 > exif.length) return 1;
    if (view.getUint16(at, isLittleEndian) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, isLittleEndian);
    return view.getUint16(at + 2, isLittleEndian) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
