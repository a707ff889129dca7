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
const MAXIMUM_PROTOCOL = 5;

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
      const run = steps[code];
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

const STOP = 0x2e;

const pairs = (machine: PickleMachine, items: readonly PickleValue[]) => {
  const map = machine.contain(new Map<PickleValue, PickleValue>());
  machine.setItems(map, items);
  return map;
};

const last = (machine: PickleMachine, count: number): PickleValue[] => {
  const items: PickleValue[] = [];
  for (let i = 0; i < count; i++) items.unshift(machine.pop());
  return machine.contain(items);
};

/** Latin-1, as Python 2 wrote texts. */
const latin = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** INT of protocol 0: also how old pickles write True and False. */
function readInt(machine: PickleMachine): PickleValue {
  const line = machine.line();
  if (line === "00" || line === "01") return line === "01";
  if (!/^-?\d{1,20}$/.test(line)) throw machine.damaged("a number that is none");
  return Number(line);
}

/** By their bytes (pickletools.py describes them): those that PyTorch and others use for weights. */
const steps: Readonly<Record<number, (machine: PickleMachine) => void>> = {
  // PROTO, FRAME
  128: (m) => {
    if (m.u8() > MAXIMUM_PROTOCOL) throw m.damaged("a protocol that is not known");
  },
  149: (m) => {
    m.take(8);
  },
  // NONE, NEWTRUE, NEWFALSE
  78: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  // BININT, BININT1, BININT2, LONG1, LONG4, INT, BINFLOAT
  74: (m) => m.push(m.i32()),
  75: (m) => m.push(m.u8()),
  77: (m) => m.push(m.u16()),
  138: (m) => m.push(m.whole(m.u8())),
  139: (m) => m.push(m.whole(m.u32())),
  73: (m) => m.push(readInt(m)),
  71: (m) => m.push(m.f64()),
  // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
  88: (m) => m.push(m.text(m.u32())),
  140: (m) => m.push(m.text(m.u8())),
  141: (m) => m.push(m.text(m.u64())),
  // SHORT_BINSTRING, BINSTRING
  85: (m) => m.push(latin(m.span(m.u8()))),
  84: (m) => m.push(latin(m.span(m.u32()))),
  // SHORT_BINBYTES, BINBYTES, BINBYTES8
  67: (m) => m.push(m.span(m.u8())),
  66: (m) => m.push(m.span(m.u32())),
  142: (m) => m.push(m.span(m.u64())),
  // EMPTY_DICT, EMPTY_LIST, EMPTY_SET, EMPTY_TUPLE
  125: (m) => m.push(m.contain(new Map())),
  93: (m) => m.push(m.contain([])),
  143: (m) => m.push(m.contain(new Set())),
  41: (m) => m.push(m.contain([])),
  // MARK, TUPLE, LIST, DICT, TUPLE1, TUPLE2, TUPLE3
  40: (m) => {
    m.marks.push(m.stack.length);
  },
  116: (m) => m.push(m.contain(m.popMark())),
  108: (m) => m.push(m.contain(m.popMark())),
  100: (m) => m.push(pairs(m, m.popMark())),
  133: (m) => m.push(last(m, 1)),
  134: (m) => m.push(last(m, 2)),
  135: (m) => m.push(last(m, 3)),
  // POP, POP_MARK, DUP
  48: (m) => {
    m.pop();
  },
  49: (m) => {
    m.popMark();
  },
  50: (m) => m.push(m.peek()),
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  113: (m) => m.remember(m.u8()),
  114: (m) => m.remember(m.u32()),
  148: (m) => m.remember(m.memo.size),
  104: (m) => m.recall(m.u8()),
  106: (m) => m.recall(m.u32()),
  // SETITEM, SETITEMS, APPEND, APPENDS, ADDITEMS
  115: (m) => {
    const value = m.pop();
    const key = m.pop();
    m.setItems(m.peek(), [key, value]);
  },
  117: (m) => {
    const items = m.popMark();
    m.setItems(m.peek(), items);
  },
  97: (m) => {
    const item = m.pop();
    m.append(m.peek(), [item]);
  },
  101: (m) => {
    const items = m.popMark();
    m.append(m.peek(), items);
  },
  144: (m) => {
    const items = m.popMark();
    m.append(m.peek(), items);
  },
  // GLOBAL, STACK_GLOBAL
  99: (m) => {
    const module = m.line();
    m.global(module, m.line());
  },
  147: (m) => {
    const name = m.pop();
    m.global(m.pop(), name);
  },
  // REDUCE, NEWOBJ, BUILD, BINPERSID
  82: (m) => {
    const args = m.pop();
    m.push(m.make(m.pop(), args));
  },
  129: (m) => {
    const args = m.pop();
    m.push(m.make(m.pop(), args));
  },
  98: (m) => {
    const state = m.pop();
    m.host.build(m.peek(), state);
  },
  81: (m) => m.push(m.host.persistent(m.pop())),
};
