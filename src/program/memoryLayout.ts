import { alignBytes, FIRST_FREE_BYTE, LIMIT_BYTES } from "./layout";

/** Places regions of a memory one after the other, each on a multiple of 64 bytes. */
export class MemoryLayout {
  #end: number;

  /** @param start first byte that may be used; by default behind the static data of the WebAssembly module */
  constructor(start: number = FIRST_FREE_BYTE) {
    this.#end = alignBytes(start);
  }

  /** Byte address of a new region. One of no bytes has the address of the next. */
  place(bytes: number): number {
    const start = this.#end;
    this.#end += alignBytes(bytes);
    return start;
  }

  /** Bytes from address 0 to the end of the last region. */
  get totalBytes(): number {
    return this.#end;
  }

  /** Whether WebAssembly can have so much. */
  get fits(): boolean {
    return this.#end <= LIMIT_BYTES;
  }
}

/** A size of memory in messages. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
