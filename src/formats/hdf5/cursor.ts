import { FormatError } from "../../errors";

/** Stands where an address is not given. */
export const UNDEFINED_ADDRESS = -1;

/** Reads numbers of a file one behind the other, never beyond its end. All are little-endian. */
export class Cursor {
  /** @param limit where the part ends that is read, in bytes of the file */
  constructor(
    readonly file: Hdf5Bytes,
    public at: number,
    readonly limit = file.bytes.length,
  ) {
    if (at < 0 || limit > file.bytes.length || at > limit) throw file.damaged(at);
  }

  /** Where so many bytes stand; goes behind them. */
  skip(count: number): number {
    const start = this.at;
    if (count > this.limit - start) throw this.file.damaged(start);
    this.at += count;
    return start;
  }

  u8(): number {
    return this.file.bytes[this.skip(1)];
  }

  u16(): number {
    return this.file.view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.file.view.getUint32(this.skip(4), true);
  }

  /** A number of 64 bits; what is no number up to 2⁵³ cannot be meant. */
  u64(): number {
    const start = this.skip(8);
    const high = this.file.view.getUint32(start + 4, true);
    if (high >= 2 ** 21) throw this.file.damaged(start);
    return high * 2 ** 32 + this.file.view.getUint32(start, true);
  }

  /** An address; `UNDEFINED_ADDRESS` where all bits are set. */
  address(): number {
    const { view } = this.file;
    const isUndefined =
      this.at + 8 <= this.limit &&
      view.getUint32(this.at, true) === 0xffffffff &&
      view.getUint32(this.at + 4, true) === 0xffffffff;
    if (!isUndefined) return this.u64();
    this.skip(8);
    return UNDEFINED_ADDRESS;
  }

  /** So many bytes, on the same memory. */
  bytes(count: number): Uint8Array {
    const start = this.skip(count);
    return this.file.bytes.subarray(start, start + count);
  }

  /** @throws FormatError when the next four bytes are not this signature */
  expect(signature: string): void {
    const start = this.at;
    const found = String.fromCharCode(...this.bytes(4));
    if (found !== signature) throw this.file.damaged(start, `, where "${signature}" is expected`);
  }
}

/** The bytes of a file, and how much of them may still be read: what points to the same place again and again is no file. */
export class Hdf5Bytes {
  readonly view: DataView;
  /** Structures that have been met: none stands in two places of a file. */
  readonly #met = new Set<number>();
  #left: number;

  constructor(
    readonly bytes: Uint8Array,
    readonly who: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = bytes.length + 2 ** 20;
  }

  damaged(at: number, what = ""): FormatError {
    return new FormatError(`${this.who}: the HDF5 file is damaged or cut off at byte ${at}${what}.`);
  }

  /** @throws FormatError for a feature of HDF5 that is not read */
  refuse(feature: string): FormatError {
    return new FormatError(
      `${this.who}: the HDF5 file has ${feature}, which Keras does not write and wasmgrad does not read. ` +
        "Save the model again by Keras, without compression.",
    );
  }

  /** @throws FormatError when something begins there that has been met before: a cycle */
  meet(at: number): void {
    if (this.#met.has(at)) throw this.damaged(at, ", which is referred to twice");
    this.#met.add(at);
  }

  /** @throws FormatError when more bytes are read as data than the file has */
  spend(count: number): void {
    this.#left -= count;
    if (this.#left < 0)
      throw new FormatError(`${this.who}: the HDF5 file says that it holds more data than it has bytes.`);
  }

  cursor(at: number, bytes?: number): Cursor {
    return new Cursor(this, at, bytes === undefined ? undefined : at + bytes);
  }
}
