import { ArgumentError, FormatError } from "../../errors";
import { quoted } from "../../formats/json";
import { PickleMarker, type TorchTensor } from "../../formats/pickle/values";
import { didYouMean } from "../../options";
import { countOf, type StoredTensor } from "./file";
import { elementBytes, toFloat32 } from "./numbers";
import type { TorchContent } from "./torch";
import {
  chooseDictionary,
  classesOf,
  Collector,
  Contents,
  countWalk,
  isMap,
  refuseObjects,
  valueAt,
} from "./torchDictionaries";

/** What tensors may have more than their file, times and bytes: views of one storage repeat its numbers. */
const MAXIMUM_GROWTH = 8;
const ROOM_BYTES = 2 ** 24;
/** Checkpoints without tensors have fewer. */
const MOST_VALUES = 1e7;

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
    const steps = countWalk(chosen);
    if (steps > MOST_VALUES) {
      throw new FormatError(
        `${who}: the file is hostile: its lists hold each other so often that they stand for ${steps.toPrecision(2)} values. It has no tensors.`,
      );
    }
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
