import { textEncoder } from "../../platform/text";

/**
 * Writes messages of Protocol Buffers. A message is a list of pieces that are put together once, at the end, so that large fields are
 * copied once however deep they stand.
 */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/** Seven bits a byte, the lowest first; numbers below 0 as two's complement of 64 bits. */
function pushVarint(bytes: number[], value: number): void {
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return;
  }
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}

/** A message that is being written. Fields stand in the order in which they are added; whole numbers are exact up to 2⁵³. */
export class ProtobufMessage {
  readonly #pieces: Uint8Array[] = [];
  #pending: number[] = [];
  #length = 0;

  /** Bytes that it has so far. */
  get length(): number {
    return this.#length + this.#pending.length;
  }

  /** An `int32`, `int64` or enum. */
  integer(field: number, value: number): this {
    this.#tag(field, VARINT);
    pushVarint(this.#pending, value);
    return this;
  }

  /** A packed list of `int64`. */
  integers(field: number, values: readonly number[]): this {
    const packed: number[] = [];
    for (const value of values) pushVarint(packed, value);
    return this.bytes(field, Uint8Array.from(packed));
  }

  /** A `float`. */
  float(field: number, value: number): this {
    this.#tag(field, FIXED32);
    this.#pending.push(...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, textEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, BYTES);
    pushVarint(this.#pending, value.length);
    this.#flush();
    this.#add(value);
    return this;
  }

  message(field: number, value: ProtobufMessage): this {
    this.#tag(field, BYTES);
    pushVarint(this.#pending, value.length);
    this.#flush();
    value.#flush();
    for (const piece of value.#pieces) this.#add(piece);
    return this;
  }

  /** The bytes of the whole message. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  #tag(field: number, type: number): void {
    pushVarint(this.#pending, field * 8 + type);
  }

  #add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #flush(): void {
    if (this.#pending.length) this.#add(Uint8Array.from(this.#pending));
    this.#pending = [];
  }
}
