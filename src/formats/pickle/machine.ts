import { FormatError } from "../../errors";
import { textDecoder } from "../../platform/text";
import { type PickleGlobal, PickleMarker, type PickleValue } from "./values";

/** What a pickle needs of who reads it. */
export interface PickleHost {
  readonly who: string;
  /** What a name of a module stands for. */
  global(module: string, name: string): PickleGlobal | PickleMarker;
  /** What a known name makes of arguments. */
  make(global: PickleGlobal, args: readonly PickleValue[]): PickleValue;
  /** What is kept outside of the pickle. */
  persistent(id: PickleValue): PickleValue;
  /** Gives a value a state of its own. */
  build(value: PickleValue, state: PickleValue): void;
}

/** Checkpoints have some dozens of steps a tensor. */
const MAXIMUM_STEPS = 5_000_000;
/** Lists, dictionaries, sets and objects. */
const MAXIMUM_CONTAINERS = 200_000;
const MAXIMUM_STACK = 1_000_000;
/** Bytes of a whole number. */
const MAXIMUM_NUMBER_BYTES = 64;

const STOP = 0x2e;

/** A step of a pickle, by its byte. */
export type Steps = Readonly<Record<number, (machine: PickleMachine) => void>>;

/** Reads one pickle: a stack, a memory of what was made, and bytes that say what to put there. Nothing is ever called. */
export class PickleMachine {
  readonly stack: PickleValue[] = [];
  readonly marks: number[] = [];
  readonly memo = new Map<number, PickleValue>();
  readonly #view: DataView;
  readonly #decoder = textDecoder();
  #containers = 0;

  /** @param at where the pickle begins; when it has been read, where it ends */
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    readonly host: PickleHost,
    readonly steps: Steps,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws FormatError for what is no pickle, and for steps that state dictionaries do not have */
  read(): PickleValue {
    for (let step = 0; step < MAXIMUM_STEPS; step++) {
      const code = this.u8();
      if (code === STOP) {
        if (this.marks.length) throw this.damaged("an open bracket at the end");
        return this.pop();
      }
      const run = this.steps[code];
      if (!run) throw this.damaged(`the step 0x${code.toString(16).padStart(2, "0")}, which is not read`);
      run(this);
      if (this.stack.length > MAXIMUM_STACK) throw this.damaged(`more than ${MAXIMUM_STACK} values at once`);
    }
    throw this.damaged(`more than ${MAXIMUM_STEPS} steps`);
  }

  damaged(what: string): FormatError {
    return new FormatError(
      `${this.host.who}: the pickle is damaged or no file of weights: ${what} (at byte ${this.at}).`,
    );
  }

  /** Counts bytes in, and says where they begin. */
  take(count: number): number {
    const start = this.at;
    if (!(count <= this.bytes.length - start)) throw this.damaged("it ends too early");
    this.at += count;
    return start;
  }

  u8 = () => this.#view.getUint8(this.take(1));
  u16 = () => this.#view.getUint16(this.take(2), true);
  i32 = () => this.#view.getInt32(this.take(4), true);
  u32 = () => this.#view.getUint32(this.take(4), true);
  f64 = () => this.#view.getFloat64(this.take(8), false);
  /** Inexact above 2^53, which is beyond the end of any file. */
  u64 = () => this.u32() + this.u32() * 0x1_0000_0000;

  span(count: number): Uint8Array {
    const start = this.take(count);
    return this.bytes.subarray(start, start + count);
  }

  text(count: number): string {
    // Lone surrogates, which Python lets pass, become U+FFFD.
    return this.#decoder.decode(this.span(count));
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw this.damaged("a line without end");
    const line = this.text(end - this.at);
    this.at = end + 1;
    return line;
  }

  /** A whole number in two's complement, the lowest byte first. */
  whole(count: number): number | bigint {
    if (count > MAXIMUM_NUMBER_BYTES) throw this.damaged(`a number of ${count} bytes`);
    const bytes = this.span(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    if (count > 0 && bytes[count - 1] & 128) value -= 1n << BigInt(8 * count);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const floor = this.marks[this.marks.length - 1] ?? 0;
    if (this.stack.length <= floor) throw this.damaged("a value is missing");
    return this.stack.pop()!;
  }

  peek(): PickleValue {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  popMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.damaged("a closing bracket without an opening one");
    return this.stack.splice(mark);
  }

  /** Adds a container, as long as there are not too many. */
  contain<T extends PickleValue>(value: T): T {
    if (++this.#containers > MAXIMUM_CONTAINERS)
      throw this.damaged(`more than ${MAXIMUM_CONTAINERS} lists and objects`);
    return value;
  }

  remember(index: number): void {
    this.memo.set(index, this.peek());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.damaged(`it recalls value ${index}, which it does not have`);
    this.push(value);
  }

  /** Where Python would call something. */
  make(callee: PickleValue, args: PickleValue): PickleValue {
    if (!Array.isArray(args)) throw this.damaged("arguments that are no tuple");
    if (callee instanceof PickleMarker) {
      const marker = this.contain(new PickleMarker(callee.className));
      if (callee.parts.length) marker.parts.push(callee);
      marker.parts.push(args);
      return marker;
    }
    if (callee === null || typeof callee !== "object" || !("name" in callee))
      throw this.damaged("a call of what is no class");
    return this.contain(this.host.make(callee, args));
  }

  setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (items.length % 2) throw this.damaged("a key without a value");
    if (target instanceof Map) for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
    else if (target instanceof PickleMarker) for (const item of items) target.parts.push(item);
    else throw this.damaged("entries of what is no dictionary");
  }

  append(target: PickleValue, items: readonly PickleValue[]): void {
    if (target instanceof Set) for (const item of items) target.add(item);
    else if (Array.isArray(target)) for (const item of items) target.push(item);
    else if (target instanceof PickleMarker) for (const item of items) target.parts.push(item);
    else throw this.damaged("items of what is no list");
  }

  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== "string" || typeof name !== "string") throw this.damaged("a class whose name is no text");
    this.push(this.host.global(module, name));
  }
}
