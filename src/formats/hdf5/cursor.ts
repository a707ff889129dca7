import { FormatError } from "../../errors";
import { textDecoder } from "../../platform/text";

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

/** An object of the global heap. */
export interface HeapObject {
  readonly at: number;
  readonly bytes: number;
}

/** The bytes of a file, and how much of them may still be read: what points to the same place again and again is no file. */
export class Hdf5Bytes {
  readonly view: DataView;
  /** Structures that have been met: none stands in two places of a file. */
  readonly #met = new Set<number>();
  /** One for all texts: making them is what takes long. */
  readonly #decoder = textDecoder();
  readonly #heaps = new Map<number, ReadonlyMap<number, HeapObject>>();
  #left: number;

  constructor(
    readonly bytes: Uint8Array,
    readonly who: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = 2 * bytes.length + 2 ** 20;
  }

  /** A text up to its first zero. */
  text(bytes: Uint8Array): string {
    const end = bytes.indexOf(0);
    return this.#decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
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

  /**
   * Counts what is read: all structures and all data, each at most twice, fit into the file.
   *
   * @throws FormatError when more is read than a file of this size can have
   */
  spend(count: number): void {
    // A product of sizes may be too large for a number.
    if (count <= this.#left) {
      this.#left -= count;
      return;
    }
    throw new FormatError(`${this.who}: the HDF5 file says that it holds more data than it has bytes.`);
  }

  /** The objects of a collection of the global heap by their numbers, found once however many are asked for. */
  heapOf(address: number, list: () => ReadonlyMap<number, HeapObject>): ReadonlyMap<number, HeapObject> {
    const known = this.#heaps.get(address) ?? list();
    this.#heaps.set(address, known);
    return known;
  }

  cursor(at: number, bytes?: number): Cursor {
    return new Cursor(this, at, bytes === undefined ? undefined : at + bytes);
  }
}
