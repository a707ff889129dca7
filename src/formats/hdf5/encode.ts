import { textEncoder } from "../../platform/text";

/**
 * Writes HDF5 as Keras reads it: superblock 0, groups as symbol tables (a B-tree of version 1 over nodes of names, which stand in a
 * local heap), contiguous data sets of float32, attributes that are texts of variable length in one global heap.
 */
export interface Hdf5Group {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly members: ReadonlyMap<string, Hdf5Group | Hdf5Dataset>;
}

/** Numbers in row-major order. */
export interface Hdf5Dataset {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const UNDEFINED = 0xffffffffffffffffn;
const SUPERBLOCK_BYTES = 96;
const ENTRY_BYTES = 40;
/** Half of the names that a node of a group has at most. */
const LEAF_K = 4;
/** Half of the nodes that a group has at most, if there is no larger one. */
const USUAL_TREE_K = 16;
const LEAST_HEAP_BYTES = 4096;
const MESSAGE = { dataspace: 1, datatype: 3, fill: 5, layout: 8, attribute: 12, symbols: 17 } as const;

const aligned = (size: number) => Math.ceil(size / 8) * 8;
const isDataset = (node: Hdf5Group | Hdf5Dataset): node is Hdf5Dataset => "data" in node;

/** Bytes that are written in order, in little endian. */
class Bytes {
  readonly #bytes: number[] = [];

  u8(...values: number[]): this {
    this.#bytes.push(...values);
    return this;
  }

  u16(value: number): this {
    return this.u8(value & 255, value >>> 8);
  }

  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16);
  }

  u64(value: number | bigint): this {
    const whole = BigInt(value);
    return this.u32(Number(whole & 0xffffffffn)).u32(Number(whole >> 32n));
  }

  text(value: string): this {
    return this.u8(...textEncoder().encode(value));
  }

  /** Zeros up to a multiple of 8, or of so many bytes. */
  pad(size = aligned(this.#bytes.length)): this {
    while (this.#bytes.length < size) this.#bytes.push(0);
    return this;
  }

  append(other: Bytes): this {
    for (const byte of other.#bytes) this.#bytes.push(byte);
    return this;
  }

  get length(): number {
    return this.#bytes.length;
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

const float32 = () => new Bytes().u8(0x11, 0x20, 31, 0).u32(4).u16(0).u16(32).u8(23, 8, 0, 23).u32(127);
/** Text of variable length in UTF-8: a list of bytes to the format. */
const textType = () => new Bytes().u8(0x19, 1, 1, 0).u32(16).u8(0x10, 0, 0, 0).u32(1).u16(0).u16(8);

function dataspace(shape: readonly number[]): Bytes {
  const bytes = new Bytes().u8(1, shape.length, 0, 0).u32(0);
  for (const size of shape) bytes.u64(size);
  return bytes;
}

/** An object header of version 1. */
function header(messages: readonly (readonly [type: number, content: Bytes])[]): Bytes {
  const body = new Bytes();
  for (const [type, content] of messages) {
    const size = aligned(content.length);
    body
      .u16(type)
      .u16(size)
      .u8(type === MESSAGE.datatype || type === MESSAGE.fill ? 1 : 0, 0, 0, 0);
    body.append(content).pad(body.length + size - content.length);
  }
  return new Bytes().u8(1, 0).u16(messages.length).u32(1).u32(body.length).u32(0).append(body);
}

/** A file that is being laid out. Pieces are put at addresses as they come. */
class Layout {
  readonly #pieces: { at: number; bytes: Uint8Array }[] = [];
  readonly #texts: Uint8Array[] = [];
  #end = SUPERBLOCK_BYTES;

  constructor(private readonly treeK: number) {}

  place(bytes: Uint8Array, size = bytes.length): number {
    const at = this.#end;
    this.#pieces.push({ at, bytes });
    this.#end += aligned(size);
    return at;
  }

  /** The address of the global heap is known when all texts are: each has its number until then. */
  text(value: string): { length: number; index: number } {
    const bytes = textEncoder().encode(value);
    this.#texts.push(bytes);
    return { length: bytes.length, index: this.#texts.length };
  }

  dataset({ shape, data }: Hdf5Dataset): number {
    const at = this.place(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const layout = new Bytes().u8(3, 1).u64(at).u64(data.byteLength);
    return this.place(
      header([
        [MESSAGE.dataspace, dataspace(shape)],
        [MESSAGE.datatype, float32()],
        [MESSAGE.fill, new Bytes().u8(2, 2, 2, 0)],
        [MESSAGE.layout, layout],
      ]).finish(),
    );
  }

  group({ attributes = {}, members }: Hdf5Group, heapAt: number): { at: number; tree: number; heap: number } {
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
    const names = new Bytes().u64(0);
    const entries = sorted.map(([name, node]) => {
      const offset = names.length;
      names.text(name).u8(0).pad();
      if (isDataset(node)) return { offset, at: this.dataset(node), tree: 0, heap: 0, isGroup: false };
      return { offset, ...this.group(node, heapAt), isGroup: true };
    });
    const data = this.place(names.finish());
    const heap = this.place(new Bytes().text("HEAP").u32(0).u64(names.length).u64(1).u64(data).finish());
    const tree = this.#tree(entries);
    const described = Object.entries(attributes).map(
      ([name, value]) => [MESSAGE.attribute, this.#attribute(name, value, heapAt)] as const,
    );
    const at = this.place(header([[MESSAGE.symbols, new Bytes().u64(tree).u64(heap)], ...described]).finish());
    return { at, tree, heap };
  }

  /** Nodes of names, and the B-tree over them. Its keys are the last names of the nodes. */
  #tree(entries: readonly { offset: number; at: number; tree: number; heap: number; isGroup: boolean }[]): number {
    const nodes: { at: number; last: number }[] = [];
    for (let first = 0; first < entries.length; first += 2 * LEAF_K) {
      const own = entries.slice(first, first + 2 * LEAF_K);
      const bytes = new Bytes().text("SNOD").u8(1, 0).u16(own.length);
      for (const { offset, at, tree, heap, isGroup } of own) {
        bytes
          .u64(offset)
          .u64(at)
          .u32(isGroup ? 1 : 0)
          .u32(0)
          .u64(tree)
          .u64(heap);
      }
      const node = this.place(bytes.finish(), 8 + 2 * LEAF_K * ENTRY_BYTES);
      nodes.push({ at: node, last: own[own.length - 1].offset });
    }
    const bytes = new Bytes().text("TREE").u8(0, 0).u16(nodes.length).u64(UNDEFINED).u64(UNDEFINED).u64(0);
    for (const { at, last } of nodes) bytes.u64(at).u64(last);
    return this.place(bytes.finish(), 24 + 16 * 2 * this.treeK + 8);
  }

  #attribute(name: string, value: string, heapAt: number): Bytes {
    const { length, index } = this.text(value);
    const title = new Bytes().text(name).u8(0);
    const type = textType();
    const space = dataspace([]);
    const bytes = new Bytes().u8(1, 0).u16(title.length).u16(type.length).u16(space.length);
    return bytes.append(title.pad()).append(type.pad()).append(space.pad()).u32(length).u64(heapAt).u32(index);
  }

  /** The bytes of all texts with what the format puts before each, before there are any addresses. */
  static heapBytes(group: Hdf5Group): number {
    const own = Object.values(group.attributes ?? {}).map((value) => 16 + aligned(textEncoder().encode(value).length));
    const others = Array.from(group.members.values(), (node) => (isDataset(node) ? 0 : Layout.heapBytes(node)));
    return [...own, ...others].reduce((sum, size) => sum + size, 0);
  }

  /** Puts the heap of texts at the address that it was given. */
  heap(at: number, size: number): void {
    const bytes = new Bytes().text("GCOL").u8(1, 0, 0, 0).u64(size);
    this.#texts.forEach((text, i) => {
      bytes
        .u16(i + 1)
        .u16(1)
        .u32(0)
        .u64(text.length)
        .u8(...text)
        .pad();
    });
    const free = size - bytes.length;
    if (free >= 16) bytes.u16(0).u16(0).u32(0).u64(free);
    this.#pieces.push({ at, bytes: bytes.finish() });
  }

  finish(root: { at: number; tree: number; heap: number }): Uint8Array<ArrayBuffer> {
    const start = new Bytes().u8(0x89).text("HDF\r\n").u8(0x1a, 0x0a);
    start.u8(0, 0, 0, 0, 0, 8, 8, 0).u16(LEAF_K).u16(this.treeK).u32(0);
    start.u64(0).u64(UNDEFINED).u64(this.#end).u64(UNDEFINED);
    start.u64(0).u64(root.at).u32(1).u32(0).u64(root.tree).u64(root.heap);
    const all = new Uint8Array(this.#end);
    all.set(start.finish());
    for (const { at, bytes } of this.#pieces) all.set(bytes, at);
    return all;
  }
}

function largest({ members }: Hdf5Group): number {
  const within = Array.from(members.values(), (node) => (isDataset(node) ? 0 : largest(node)));
  return Math.max(members.size, ...within);
}

/** The bytes of a file with this group at its root. */
export function encodeHdf5(root: Hdf5Group): Uint8Array<ArrayBuffer> {
  const layout = new Layout(Math.max(USUAL_TREE_K, Math.ceil(largest(root) / (4 * LEAF_K))));
  const texts = Layout.heapBytes(root);
  const heapSize = Math.max(LEAST_HEAP_BYTES, 16 + texts + 16);
  const heapAt = texts ? layout.place(new Uint8Array(0), heapSize) : 0;
  const placed = layout.group(root, heapAt);
  if (texts) layout.heap(heapAt, heapSize);
  return layout.finish(placed);
}
