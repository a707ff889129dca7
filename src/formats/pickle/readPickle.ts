import { type PickleHost, PickleMachine, type Steps } from "./machine";
import type { PickleValue } from "./values";

const MAXIMUM_PROTOCOL = 5;

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
const steps: Steps = {
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

/**
 * Reads a pickle.
 *
 * @returns what it holds, and where it ends
 * @throws FormatError for what is no pickle, and for steps that state dictionaries do not have
 */
export function readPickle(bytes: Uint8Array, at: number, host: PickleHost): { value: PickleValue; end: number } {
  const machine = new PickleMachine(bytes, at, host, steps);
  const value = machine.read();
  return { value, end: machine.at };
}
