import { ArgumentError, FormatError } from "../../errors";
import { quoted } from "../../formats/json";
import { PickleMarker, type PickleValue, TorchTensor } from "../../formats/pickle/values";
import { didYouMean } from "../../options";
import { countOf, type StoredTensor } from "./file";
import { elementBytes, toFloat32 } from "./numbers";
import type { TorchContent } from "./torch";

const MAXIMUM_DEPTH = 200;
const MAXIMUM_TENSORS = 100_000;
/** How often tensors may stand in the file that stand there already: some checkpoints have a dictionary twice. */
const MAXIMUM_REPEATS = 10_000;
/** What tensors may have more than their file, times and bytes: views of one storage repeat its numbers. */
const MAXIMUM_GROWTH = 8;
const ROOM_BYTES = 2 ** 24;

/** Members of a value by their names, of those that have any. */
function membersOf(value: PickleValue): Iterable<readonly [PickleValue, PickleValue]> {
  if (value instanceof Map) return value;
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Set) return [...value].entries();
  return value instanceof PickleMarker ? value.parts.entries() : [];
}

/** Keys are texts or numbers where tensors stand. */
const nameOfKey = (key: PickleValue) => (key !== null && typeof key === "object" ? "?" : String(key));

const isMap = (value: PickleValue | undefined): value is Map<PickleValue, PickleValue> => value instanceof Map;

/** `torch.optim.Optimizer.state_dict()`, or several of them. */
function isOptimizer(value: PickleValue): boolean {
  const isOne = (one: PickleValue) => isMap(one) && one.has("state") && one.has("param_groups");
  const members = Array.isArray(value) ? value : isMap(value) ? [...value.values()] : [];
  return isOne(value) || (members.length > 0 && members.every(isOne));
}

/** Which values have tensors anywhere within. A value that is part of itself is looked into once. */
class Contents {
  readonly #holds = new Map<PickleValue, boolean>();

  constructor(readonly who: string) {}

  holdsTensors(value: PickleValue, depth = 0): boolean {
    if (value === null || typeof value !== "object") return false;
    if (value instanceof TorchTensor) return true;
    const known = this.#holds.get(value);
    if (known !== undefined) return known;
    if (depth > MAXIMUM_DEPTH)
      throw new FormatError(`${this.who}: the file is damaged or hostile: its values are nested too deep.`);
    this.#holds.set(value, false);
    let holds = false;
    for (const [, member] of membersOf(value)) if (this.holdsTensors(member, depth + 1)) holds = true;
    this.#holds.set(value, holds);
    return holds;
  }
}

/** Names of the classes of all objects within. */
function classesOf(value: PickleValue): Set<string> {
  const found = new Set<string>();
  const seen = new Set<PickleValue>([value]);
  // A set that grows while it is gone through: the values may be nested deeper than calls may be.
  for (const one of seen) {
    if (one === null || typeof one !== "object") continue;
    if (one instanceof PickleMarker) found.add(one.className);
    for (const [, member] of membersOf(one)) seen.add(member);
  }
  return found;
}

function refuseObjects(value: PickleValue, where: string, who: string): FormatError {
  const classes = [...classesOf(value)];
  const shown = classes.slice(0, 20).join(", ") + (classes.length > 20 ? ` and ${classes.length - 20} more` : "");
  return new FormatError(
    `${who}: ${where} whole objects of Python (${shown}), which are programs and are not made here. In Python: torch.save(model.state_dict(), "weights.pt").`,
  );
}

/** Keeps tensors by their paths, in the order of the file. */
class Collector {
  readonly found = new Map<string, TorchTensor>();
  readonly skipped: string[] = [];
  readonly #seen = new Set<TorchTensor>();
  /** What is being looked into. */
  readonly #open = new Set<PickleValue>();
  #repeats = 0;

  constructor(
    readonly contents: Contents,
    readonly who: string,
  ) {}

  collect(value: PickleValue, path: readonly string[]): void {
    if (value === null || typeof value !== "object") return;
    if (value instanceof TorchTensor) {
      this.#add(path.join("."), value);
      return;
    }
    if (value instanceof PickleMarker) {
      if (this.contents.holdsTensors(value)) throw refuseObjects(value, `${quoted(path.join("."))} holds`, this.who);
      this.skipped.push(`${path.join(".")}: an object of ${value.className}`);
      return;
    }
    if (!this.contents.holdsTensors(value)) return;
    if (this.#open.has(value)) throw this.#damaged(`${quoted(path.join("."))} is part of itself`);
    this.#open.add(value);
    for (const [key, member] of membersOf(value)) this.collect(member, [...path, nameOfKey(key)]);
    this.#open.delete(value);
  }

  #damaged(what: string): FormatError {
    return new FormatError(`${this.who}: the file is damaged or hostile: ${what}.`);
  }

  #add(name: string, tensor: TorchTensor): void {
    if (this.found.has(name)) throw this.#damaged(`${quoted(name)} stands there twice`);
    if (this.#seen.has(tensor) && ++this.#repeats > MAXIMUM_REPEATS) {
      throw this.#damaged("lists within lists repeat the same tensor without end");
    }
    this.#seen.add(tensor);
    if (this.found.size === MAXIMUM_TENSORS)
      throw new FormatError(`${this.who}: the file has more than ${MAXIMUM_TENSORS} tensors.`);
    this.found.set(name, tensor);
  }
}

/** The value at a path of keys, which may have dots of their own. */
function valueAt(root: PickleValue, key: string): PickleValue | undefined {
  if (key === "") return root;
  if (!isMap(root)) return undefined;
  if (root.has(key)) return root.get(key);
  for (const name of root.keys()) {
    if (typeof name === "string" && key.startsWith(`${name}.`)) {
      const found = valueAt(root.get(name)!, key.slice(name.length + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The dictionary of a checkpoint that is one of weights. */
function chooseDictionary(root: PickleValue, collector: Collector): PickleValue {
  const { contents, who } = collector;
  if (!isMap(root) || [...root.values()].some((value) => value instanceof TorchTensor)) return root;
  const holding: [string, PickleValue][] = [];
  for (const [key, value] of root) {
    if (!contents.holdsTensors(value)) continue;
    if (isOptimizer(value)) collector.skipped.push(`${String(key)}: the state of an optimizer`);
    else holding.push([String(key), value]);
  }
  if (holding.length === 0) return root;
  if (holding.length === 1) return chooseDictionary(holding[0][1], collector);
  const names = holding.map(([key]) => quoted(key)).join(", ");
  throw new ArgumentError(
    `${who}: the file has several dictionaries of tensors: ${names}. Say which: { key: ${quoted(holding[0][0])} }, or { key: "" } for all.`,
  );
}

/** Finds the tensors of a pickle, and says how each is read. */
export function findTensors(content: TorchContent, fileBytes: number, who: string, key: string | undefined) {
  const { root } = content;
  const contents = new Contents(who);
  const collector = new Collector(contents, who);
  if (root instanceof PickleMarker) throw refuseObjects(root, "the file holds", who);
  const chosen = key === undefined ? chooseDictionary(root, collector) : valueAt(root, key);
  if (chosen === undefined) {
    const keys = isMap(root) ? [...root.keys()].map(String) : [];
    throw new ArgumentError(
      `${who}: the file has nothing at the key ${quoted(key!)}.${didYouMean(key!, keys)} Its keys: ${keys.slice(0, 20).map(quoted).join(", ")}.`,
    );
  }
  collector.collect(chosen, []);
  if (collector.found.size === 0) {
    const classes = [...classesOf(root)];
    const what = classes.length ? ` It holds objects of ${classes.slice(0, 10).join(", ")}.` : "";
    throw new FormatError(`${who}: the file has no tensors.${what} Save model.state_dict() in Python.`);
  }
  const budget = { bytes: MAXIMUM_GROWTH * fileBytes + ROOM_BYTES };
  const tensors = Array.from(collector.found, ([name, tensor]) => storedTensor(name, tensor, content, budget, who));
  return { tensors, skipped: collector.skipped };
}

/** Checks where a tensor stands before anything is read. */
function storedTensor(
  name: string,
  tensor: TorchTensor,
  { storages, isLittleEndian, isExact }: TorchContent,
  budget: { bytes: number },
  who: string,
): StoredTensor {
  const { storage, dtype, offset, shape, strides } = tensor;
  const damaged = (what: string) => new FormatError(`${who}: the file is damaged: tensor ${quoted(name)} ${what}.`);
  const bytes = storages.get(storage.key);
  const unit = elementBytes[dtype];
  const count = countOf(shape);
  const last = count === 0 ? -1 : shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  if (!bytes) {
    throw damaged(`lacks its numbers: storage ${quoted(storage.key)} of ${storage.count} elements is not in the file`);
  }
  const storageUnit = storage.dtype === undefined ? 1 : elementBytes[storage.dtype];
  const claimed = (storage.start + storage.count) * storageUnit;
  if (isExact ? claimed !== bytes.length : claimed > bytes.length) {
    throw damaged(`says that its storage has ${storage.count} elements, the file has ${bytes.length / storageUnit}`);
  }
  if (!((last + 1) * unit <= bytes.length))
    throw damaged(`reaches beyond its storage of ${bytes.length / unit} elements`);
  budget.bytes -= 4 * count;
  if (!(budget.bytes >= 0)) throw damaged(`of [${shape.join(", ")}] repeats the numbers of its storage too often`);
  const identity = `${storage.key}:${offset}:${dtype}:${shape.join()}:${strides.join()}`;
  return { name, shape, dtype, identity, read: () => readStrided(tensor, bytes, unit, last, isLittleEndian) };
}

/** Copies a tensor out of its storage, row by row. */
function readStrided(
  { dtype, offset, shape, strides }: TorchTensor,
  bytes: Uint8Array,
  unit: number,
  last: number,
  isLittleEndian: boolean,
): Float32Array {
  const count = countOf(shape);
  if (count === 0) return new Float32Array(0);
  const span = toFloat32(dtype, bytes.subarray(offset * unit, (last + 1) * unit), isLittleEndian);
  if (isRowMajor(shape, strides)) return span;
  const result = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    result[to] = span[from];
    // Counts up the indices, the last of them first.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== stride) return false;
    stride *= shape[axis];
  }
  return true;
}
