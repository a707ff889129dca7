import { FormatError } from "../../errors";
import { textDecoder } from "../../platform/text";
import type { Shape } from "../../tensor/shape";
import { Hdf5Bytes, UNDEFINED_ADDRESS } from "./cursor";
import { nameOf, readNumbers } from "./datatype";
import { type AttributeValue, type ObjectHeader, readHeader } from "./objects";

/**
 * A reader of what Keras writes of HDF5 (HDF5 File Format Specification, version 3.0): superblock 0 and 1, groups by symbol tables,
 * datasets in one piece, attributes of numbers and texts. Everything else is refused by name. What is read is bounded by the bytes
 * of the file: no structure counts twice.
 */

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Members of a group stand in a tree of at most so many levels. */
const MAXIMUM_LEVELS = 20;
const MAXIMUM_DEPTH = 64;

/** A folder of the file. */
export interface Hdf5Group {
  readonly kind: "group";
  readonly path: string;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** In the order of the file, which is that of the names' bytes. */
  readonly members: ReadonlyMap<string, Hdf5Group | Hdf5Dataset>;
}

/** An array of the file. */
export interface Hdf5Dataset {
  readonly kind: "dataset";
  readonly path: string;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly shape: Shape;
  /** As NumPy calls it; `"opaque"` for bytes of the writer's own. */
  readonly dtype: string;
  /** Reads the numbers, in float64 where float32 does not hold them. */
  read(): Float32Array | Float64Array;
}

/** Addresses of the objects of a group by their names. */
function listMembers(file: Hdf5Bytes, { tree, heap }: { tree: number; heap: number }): Map<string, number> {
  const found = new Map<string, number>();
  if (tree === UNDEFINED_ADDRESS) return found;
  const cursor = file.cursor(heap);
  cursor.expect("HEAP");
  cursor.skip(4);
  const bytes = cursor.u64();
  cursor.skip(8);
  const at = cursor.address();
  const names = file.cursor(at, bytes).bytes(bytes);
  const nameAt = (offset: number) => {
    const end = names.indexOf(0, offset);
    if (offset >= names.length || end < 0) throw file.damaged(at + offset);
    return textDecoder().decode(names.subarray(offset, end));
  };
  const visit = (address: number, levels: number) => {
    file.meet(address);
    const node = file.cursor(address);
    if (file.bytes[address] === 0x53) {
      node.expect("SNOD");
      node.skip(2);
      for (let left = node.u16(); left > 0; left--) {
        const name = nameAt(node.u64());
        const header = node.address();
        const cached = node.u32();
        node.skip(20);
        if (cached === 2) throw file.refuse("links");
        if (found.has(name)) throw file.damaged(address, `: ${JSON.stringify(name)} stands there twice`);
        found.set(name, header);
      }
      return;
    }
    node.expect("TREE");
    const kind = node.u8();
    node.u8();
    const count = node.u16();
    if (kind !== 0 || levels === 0) throw file.damaged(address);
    node.skip(16);
    for (let i = 0; i < count; i++) {
      node.skip(8);
      visit(node.address(), levels - 1);
    }
  };
  visit(tree, MAXIMUM_LEVELS);
  return found;
}

function datasetOf(file: Hdf5Bytes, path: string, { attributes, type, shape = [0], place }: ObjectHeader): Hdf5Dataset {
  if (!type) throw file.damaged(0, `: ${path} has no type`);
  const count = shape.reduce((product, size) => product * size, 1);
  const isKnown = type.kind === "opaque" && attributes.get("dtype") === "bfloat16";
  return {
    kind: "dataset",
    path,
    attributes,
    shape,
    dtype: isKnown ? "bfloat16" : nameOf(type),
    read() {
      if (count === 0) return new Float32Array(0);
      if (!place)
        throw new FormatError(`${file.who}: ${path} of the HDF5 file has no data: its writing has been cut off.`);
      if (count * type.bytes > place.bytes) throw file.damaged(place.at, `: ${path} is larger than its place`);
      if (type.kind === "opaque" && !isKnown) throw file.refuse(`opaque bytes in ${path}`);
      file.spend(count * type.bytes);
      file.cursor(place.at, count * type.bytes);
      return readNumbers(file, type, place.at, count);
    },
  };
}

function groupOf(
  file: Hdf5Bytes,
  path: string,
  { attributes, members: place }: ObjectHeader,
  depth: number,
): Hdf5Group {
  const members = new Map<string, Hdf5Group | Hdf5Dataset>();
  for (const [name, address] of place ? listMembers(file, place) : []) {
    const inner = path ? `${path}/${name}` : name;
    if (depth === MAXIMUM_DEPTH) throw file.damaged(address, ": its groups are nested too deep");
    const header = readHeader(file, address);
    const isGroup = header.members !== undefined;
    members.set(name, isGroup ? groupOf(file, inner, header, depth + 1) : datasetOf(file, inner, header));
  }
  return { kind: "group", path, attributes, members };
}

/**
 * Reads the structure of a file: groups, attributes, and where datasets stand; their numbers are read when they are asked for.
 *
 * @param who begins the messages of errors
 * @throws FormatError for damaged files, and for features that Keras does not use
 */
export function readHdf5(bytes: Uint8Array, who: string): Hdf5Group {
  const file = new Hdf5Bytes(bytes, who);
  const cursor = file.cursor(0);
  if (SIGNATURE.some((byte) => cursor.u8() !== byte)) throw new FormatError(`${who}: the file is no HDF5 file.`);
  const version = cursor.u8();
  if (version > 1) throw file.refuse(`a superblock of version ${version}`);
  cursor.skip(4);
  const [offsets, lengths] = [cursor.u8(), cursor.u8()];
  if (offsets !== 8 || lengths !== 8) throw file.refuse("addresses of other than 8 bytes");
  cursor.skip(version === 1 ? 13 : 9);
  const base = cursor.u64();
  if (base !== 0) throw file.refuse("a beginning that is not its own");
  cursor.skip(24);
  cursor.skip(8);
  const root = readHeader(file, cursor.address());
  if (!root.members) throw file.damaged(0, ": its root is no group");
  return groupOf(file, "", root, 0);
}

/** The member of a group at a path such as `"layers/dense/vars"`. */
export function memberAt(group: Hdf5Group, path: string): Hdf5Group | Hdf5Dataset | undefined {
  let found: Hdf5Group | Hdf5Dataset | undefined = group;
  for (const name of path.split("/")) found = found?.kind === "group" ? found.members.get(name) : undefined;
  return found;
}

/** All datasets within a group, by their paths from there. */
export function* datasetsOf(group: Hdf5Group, prefix = ""): Generator<[path: string, dataset: Hdf5Dataset]> {
  for (const [name, member] of group.members) {
    if (member.kind === "dataset") yield [prefix + name, member];
    else yield* datasetsOf(member, `${prefix}${name}/`);
  }
}
