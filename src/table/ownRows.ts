import { bytesOf, isA, kindOf } from "../platform/realm";

/** Objects within objects, at most. */
const MOST_LEVELS = 9;

/** Memory that is no typed array. */
const MEMORY = ["ArrayBuffer", "SharedArrayBuffer", "DataView"];

/**
 * A copy of rows, columns or bytes at hand, so that what was there at the call counts, whatever the caller does with them afterwards.
 * Texts, files and streams as they are.
 */
export function ownRows<Source>(source: Source): Source {
  // A Buffer's own slice would be the same memory.
  const isBytes = kindOf(source) === "Uint8Array" || MEMORY.some((name) => isA(name, source));
  const bytes = isBytes ? bytesOf(source) : undefined;
  if (bytes) return bytes.slice() as unknown as Source;
  return (isWhole(source) ? source : copyOf(source, 0)) as Source;
}

/** What cannot be taken apart: texts, files, handles, and what is read by and by. */
function isWhole(source: unknown): boolean {
  if (typeof source !== "object" || source === null) return true;
  if (Array.isArray(source) || source instanceof Map || ArrayBuffer.isView(source)) return false;
  if (Symbol.iterator in source || Symbol.asyncIterator in source) return true;
  const prototype = Object.getPrototypeOf(source);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return !isPlain || Object.values(source).some((value) => typeof value === "function");
}

function copyOf(value: unknown, level: number): unknown {
  if (typeof value !== "object" || value === null || level > MOST_LEVELS) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice();
    for (let i = 0; i < copy.length; i++) if (isObject(copy[i])) copy[i] = copyOf(copy[i], level + 1);
    return copy;
  }
  if (Object.getPrototypeOf(value) === Object.prototype) return copyOfRecord(value, level);
  if (ArrayBuffer.isView(value)) return "slice" in value ? (value as Uint8Array).slice() : value;
  if (value instanceof Map) return new Map([...value].map(([name, one]) => [name, copyOf(one, level + 1)]));
  const kind = Object.prototype.toString.call(value);
  if (kind === "[object Date]") return new Date((value as Date).getTime());
  return kind === "[object Object]" ? copyOfRecord(value, level) : value;
}

/** Engines copy the values of an object all at once, at least twice as fast as name by name. */
function copyOfRecord(record: object, level: number): object {
  const copy = { ...record } as Record<string, unknown>;
  if (!Object.values(copy).some(isObject)) return copy;
  for (const [name, value] of Object.entries(copy)) {
    if (isObject(value)) setOwn(copy, name, copyOf(value, level + 1));
  }
  return copy;
}

/** A column may be called __proto__. */
const setOwn = (record: object, name: string, value: unknown) =>
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
