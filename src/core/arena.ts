import { alignBytes } from "../program/layout";
import { sizeOf } from "../tensor/shape";
import { ArgumentError, MemoryLimitError } from "../errors";
import { integer, show } from "../options";

/** A place in an arena, to go back to. */
export type Mark = number & {
  /** Tells it from other numbers; never there. */
  readonly mark: unique symbol;
};

/**
 * Memory that is taken from the front and given back all at once. Arrays begin on multiples of 64 bytes. Nothing is ever moved
 * or grown, so that arrays stay valid until their place is given back; after that they are refused, or show what was put
 * there since.
 */
export interface Arena {
  /** Bytes in all. */
  readonly bytes: number;
  /** Bytes taken, what rounding up to 64 costs included. */
  readonly used: number;
  /** Bytes that can still be taken. */
  readonly free: number;
  /**
   * A new array of zeros.
   *
   * @param shape the number of its elements, or sizes of which that is the product
   * @throws ArgumentError for a size that is no positive integer; MemoryLimitError when it does not fit
   */
  float32(shape: number | readonly number[]): Float32Array<ArrayBuffer>;
  /** The place that the next array would have. */
  mark(): Mark;
  /**
   * Gives back all that was taken since `mark()`.
   *
   * @throws ArgumentError when that place has been given back already, or is none
   */
  release(mark: Mark): void;
  /** Gives back everything. */
  reset(): void;
}

/** The arena of a core: the bytes from `start` to `end` of its memory. */
export class CoreArena implements Arena {
  readonly #buffer: ArrayBuffer;
  readonly #start: number;
  readonly #end: number;
  #top: number;

  constructor(buffer: ArrayBuffer, start: number, end: number) {
    this.#buffer = buffer;
    this.#start = start;
    this.#top = start;
    this.#end = end;
  }

  get bytes(): number {
    return this.#end - this.#start;
  }

  get used(): number {
    return this.#top - this.#start;
  }

  get free(): number {
    return this.#end - this.#top;
  }

  float32(shape: number | readonly number[]): Float32Array<ArrayBuffer> {
    const sizes = typeof shape === "number" ? [shape] : shape;
    if (!Array.isArray(sizes))
      throw new ArgumentError(`arena.float32: expects a length or a shape, got ${show(shape)}.`);
    for (const size of sizes) integer("arena.float32", "every size", size);
    const length = sizeOf(sizes);
    const bytes = alignBytes(4 * length);
    if (bytes > this.free) {
      throw new MemoryLimitError(
        `arena.float32: ${bytes} bytes do not fit: ${this.free} of ${this.bytes} are free. ` +
          "Release what is no longer needed, or call createCore with more bytes.",
      );
    }
    const address = this.#top;
    this.#top += bytes;
    new Uint8Array(this.#buffer, address, bytes).fill(0);
    return new Float32Array(this.#buffer, address, length);
  }

  mark(): Mark {
    return this.#top as Mark;
  }

  release(mark: Mark): void {
    if (!Number.isInteger(mark) || mark < this.#start || mark > this.#top || mark % 64 !== 0) {
      throw new ArgumentError(
        `arena.release: expects a mark of this arena that has not been released, got ${show(mark)}.`,
      );
    }
    this.#top = mark;
  }

  reset(): void {
    this.#top = this.#start;
  }

  /**
   * Byte address of an array.
   *
   * @throws ArgumentError when it is no array of this arena, or one that has been given back
   */
  addressOf(array: Float32Array, who: string, name: string): number {
    if (!(array instanceof Float32Array)) {
      throw new ArgumentError(`${who}: ${name} must be a Float32Array of the core's arena, got ${show(array)}.`);
    }
    const { byteOffset } = array;
    if (array.buffer === this.#buffer && byteOffset >= this.#start && byteOffset + array.byteLength <= this.#top) {
      return byteOffset;
    }
    throw this.#refuse(array, who, name);
  }

  #refuse(array: Float32Array, who: string, name: string): ArgumentError {
    if (array.buffer === this.#buffer) return new ArgumentError(`${who}: ${name} has been released to the arena.`);
    return new ArgumentError(
      `${who}: ${name} is not in the core's memory. Take an array with arena.float32(${array.length}) and copy into it.`,
    );
  }
}
