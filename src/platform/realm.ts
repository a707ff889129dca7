/**
 * What a value is when it may have been made in another realm: an iframe, a `vm` context, Jest's environments. Each realm has
 * classes of its own, so that `instanceof` is false for what comes from another.
 */

/** The names of the typed arrays there are. */
export type ArrayKind =
  | "Float16Array"
  | "Float32Array"
  | "Float64Array"
  | "Int8Array"
  | "Int16Array"
  | "Int32Array"
  | "Uint8Array"
  | "Uint8ClampedArray"
  | "Uint16Array"
  | "Uint32Array"
  | "BigInt64Array"
  | "BigUint64Array";

const readKind = /* @__PURE__ */ Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as () => ArrayKind | undefined;

/** `"Float32Array"` and its like for typed arrays of any realm and their subclasses, undefined for everything else. */
export function kindOf(value: unknown): ArrayKind | undefined {
  return readKind.call(value);
}

/** Whether a value is of one of the platform's classes, such as `"Blob"`, of any realm. */
export function isA(className: string, value: unknown): boolean {
  return (
    value !== null && typeof value === "object" && Object.prototype.toString.call(value) === `[object ${className}]`
  );
}

/** Whether the memory behind a view or a buffer has been transferred to somebody else: it looks empty, and is not. */
export function isDetached(value: ArrayBufferView | ArrayBufferLike): boolean {
  if (value.byteLength > 0) return false;
  try {
    new Uint8Array(ArrayBuffer.isView(value) ? value.buffer : value);
    return false;
  } catch {
    return true;
  }
}

/**
 * The bytes of a typed array, a DataView, an ArrayBuffer or a SharedArrayBuffer of any realm, as a plain Uint8Array on the same
 * memory; undefined for everything else, and for memory that has been transferred.
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  const isView = ArrayBuffer.isView(value);
  if (!isView && !isA("ArrayBuffer", value) && !isA("SharedArrayBuffer", value)) return undefined;
  if (isDetached(value as ArrayBuffer)) return undefined;
  return isView
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value as ArrayBuffer);
}
