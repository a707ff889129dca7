import { encodeZip } from "../../src/formats/zip/encode";

/** Writes pickles for tests, one step of Python's after the other. */

type Piece = readonly number[];

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];
const u32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

export const text = (value: string): Piece => [0x58, ...u32(utf8(value).length), ...utf8(value)];
export const int = (value: number): Piece => [0x4a, ...u32(value)];
export const global = (module: string, name: string): Piece => [0x63, ...utf8(`${module}\n${name}\n`)];
export const tuple = (...items: Piece[]): Piece => [0x28, ...items.flat(), 0x74];
export const reduce = (callee: Piece, ...args: Piece[]): Piece => [...callee, ...tuple(...args), 0x52];
export const persistent = (id: Piece): Piece => [...id, 0x51];
export const list = (...items: Piece[]): Piece => [0x5d, 0x28, ...items.flat(), 0x65];
export const dict = (...entries: [string, Piece][]): Piece => [
  ...[0x7d, 0x28],
  ...entries.flatMap(([key, value]) => [...text(key), ...value]),
  0x75,
];
export const build = (object: Piece, state: Piece): Piece => [...object, ...state, 0x62];
export const put = (index: number): Piece => [0x71, index];
export const get = (index: number): Piece => [0x68, index];
export const none: Piece = [0x4e];
export const no: Piece = [0x89];

export const pickle = (value: Piece): Uint8Array<ArrayBuffer> => Uint8Array.from([0x80, 2, ...value, 0x2e]);

/** A storage of the archive. */
export const storage = (key: string, count: number, type = "FloatStorage"): Piece =>
  persistent(tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(count)));

/** A tensor as a view of a storage. */
export const tensor = (from: Piece, offset: number, shape: readonly number[], strides: readonly number[]): Piece =>
  reduce(
    global("torch._utils", "_rebuild_tensor_v2"),
    from,
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    no,
    reduce(global("collections", "OrderedDict")),
  );

/** A file of `torch.save`. */
export function torchFile(
  value: Piece,
  storages: Readonly<Record<string, ArrayBufferView>> = {},
  others: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const files = Object.entries(storages).map(([key, { buffer, byteOffset, byteLength }]) => {
    return { name: `archive/data/${key}`, content: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength) };
  });
  const texts = Object.entries(others).map(([name, content]) => {
    return { name: `archive/${name}`, content: new TextEncoder().encode(content) };
  });
  return encodeZip([{ name: "archive/data.pkl", content: pickle(value) }, ...files, ...texts]);
}
