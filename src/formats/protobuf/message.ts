import { FormatError } from "../../errors";

/** How a field is written. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

const WIRE_NAMES: Readonly<Record<number, string>> = {
  [VARINT]: "a number",
  [FIXED64]: "8 bytes",
  [DELIMITED]: "a part",
  [FIXED32]: "4 bytes",
};
/** Bytes of the longest number: 64 bits, 7 in each. */
const LONGEST_VARINT = 10;
const TWO_TO_32 = 2 ** 32;

const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A message of Protocol Buffers, read field by field: `while (message.next()) switch (message.field) …`. Fields that nobody asks for
 * are passed over. Parts are views of the file's bytes, never copies, and nothing is read beyond the message, whatever it promises.
 */
export class Message {
  /** The number of the field that `next` found. */
  field = 0;
  #wire = VARINT;
  #at = 0;
  /** Where the value of the field begins. */
  #start = 0;
  /** Of a number its halves. */
  #low = 0;
  #high = 0;
  readonly #view: DataView;

  /** @param who as messages of errors begin: the file and what of it this is */
  constructor(
    readonly bytes: Uint8Array<ArrayBuffer>,
    readonly who: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Goes to the next field.
   *
   * @returns whether there is one
   * @throws FormatError for what is no field, or ends behind the message
   */
  next(): boolean {
    if (this.#at >= this.bytes.length) return false;
    this.#readVarint();
    if (this.#high !== 0) this.#refuse("has a field of a number that is too large");
    this.field = this.#low >>> 3;
    this.#wire = this.#low & 7;
    if (this.field === 0) this.#refuse("has a field 0");
    this.#start = this.#at;
    if (this.#wire === VARINT) this.#readVarint();
    else if (this.#wire === FIXED32) this.#skip(4);
    else if (this.#wire === FIXED64) this.#skip(8);
    else if (this.#wire === DELIMITED) {
      this.#readVarint();
      this.#start = this.#at;
      this.#skip(this.#high * TWO_TO_32 + this.#low);
    } else this.#refuse(`has a field of the unknown kind ${this.#wire}`);
    return true;
  }

  /** A whole number with a sign. Those beyond 2⁵³ are rounded. */
  get integer(): number {
    this.#expect(VARINT);
    return (this.#high | 0) * TWO_TO_32 + this.#low;
  }

  /** A float32. */
  get float(): number {
    this.#expect(FIXED32);
    return this.#view.getFloat32(this.#start, true);
  }

  /** The bytes of a part. */
  get part(): Uint8Array<ArrayBuffer> {
    this.#expect(DELIMITED);
    return this.bytes.subarray(this.#start, this.#at);
  }

  /** A part as text. */
  get text(): string {
    const { part } = this;
    try {
      return decoder.decode(part);
    } catch {
      return this.#refuse("has a text that is no UTF-8");
    }
  }

  /** A part as a message. */
  message(what: string): Message {
    return new Message(this.part, what);
  }

  /** Adds one whole number, or all of a packed field. */
  addIntegers(list: { push(value: number): unknown }): void {
    if (this.#wire !== DELIMITED) {
      list.push(this.integer);
      return;
    }
    const packed = new Message(this.part, this.who);
    while (packed.#at < packed.bytes.length) {
      packed.#readVarint();
      list.push((packed.#high | 0) * TWO_TO_32 + packed.#low);
    }
  }

  /** Adds one float32, or all of a packed field. */
  addFloats(list: { push(value: number): unknown }): void {
    if (this.#wire !== DELIMITED) {
      list.push(this.float);
      return;
    }
    const end = this.#checkPacked(4);
    for (let at = this.#start; at < end; at += 4) list.push(this.#view.getFloat32(at, true));
  }

  /** Adds one float64, or all of a packed field. */
  addDoubles(list: { push(value: number): unknown }): void {
    if (this.#wire !== DELIMITED) this.#expect(FIXED64);
    const end = this.#checkPacked(8);
    for (let at = this.#start; at < end; at += 8) list.push(this.#view.getFloat64(at, true));
  }

  #checkPacked(size: number): number {
    if ((this.#at - this.#start) % size) this.#refuse(`has a list that is no multiple of ${size} bytes`);
    return this.#at;
  }

  #expect(wire: number): void {
    if (this.#wire === wire) return;
    this.#refuse(`has ${WIRE_NAMES[this.#wire]} where ${WIRE_NAMES[wire]} must stand`);
  }

  #skip(count: number): void {
    if (count > this.bytes.length - this.#at) {
      this.#refuse(`promises ${count} bytes where ${this.bytes.length - this.#at} are left`);
    }
    this.#at += count;
  }

  #readVarint(): void {
    let [low, high] = [0, 0];
    for (let i = 0; i < LONGEST_VARINT; i++) {
      if (this.#at >= this.bytes.length) this.#refuse("ends within a number");
      const byte = this.bytes[this.#at++];
      const bits = byte & 0x7f;
      if (i < 5) low |= bits << (7 * i);
      if (i === 4) high |= bits >>> 4;
      if (i > 4) high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    this.#refuse("has a number of more than 64 bits");
  }

  #refuse(what: string): never {
    throw new FormatError(`${this.who}: ${what}, field ${this.field}, byte ${this.#at}: it is cut off or broken.`);
  }
}
