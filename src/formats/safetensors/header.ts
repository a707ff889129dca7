import { FormatError } from "../../errors";
import { JsonReader, quoted } from "../json";
import type { SafetensorsMetadata, TensorEntry } from "./layout";

/**
 * The JSON header of a safetensors file: which tensors there are and where their bytes lie.
 *
 *     {"__metadata__":{"name":"text",…},"tensor name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},…}
 *
 * Offsets count bytes from the end of the header. Rules of the reference implementation (github.com/huggingface/
 * safetensors) kept here: the header begins with `{` and has at most 100,000,000 bytes; the tensors, in the order of
 * their offsets, cover the data without hole or overlap up to its last byte; metadata are texts.
 * Stricter than it: a name that stands twice is an error (the format forbids it, the reference reader takes the last),
 * unknown fields are errors, and a tensor has at most 32 dimensions.
 */

export const maximumHeaderBytes = 100_000_000;
const maximumRank = 32;

/** The number of elements of a shape; `undefined` when a partial product leaves the exact integers. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/**
 * Reads a header and checks all of it against the number of data bytes that follow. The entries come in the order of
 * their bytes.
 *
 * @param elementBytes the types that may occur, and the bytes of one element of each
 * @throws FormatError
 */
export function readHeader<Dtype extends string>(
  text: string,
  dataBytes: number,
  elementBytes: Readonly<Record<Dtype, number>>,
): { entries: TensorEntry<Dtype>[]; metadata: SafetensorsMetadata } {
  if (!text.startsWith("{")) throw new FormatError('safetensors: the header does not begin with "{".');
  const reader = new JsonReader(text, "safetensors");
  const entries: TensorEntry<Dtype>[] = [];
  const metadata: SafetensorsMetadata = Object.create(null);
  reader.object((name) => {
    if (name === "__metadata__") {
      reader.object((key) => {
        metadata[key] = reader.string();
      });
    } else {
      entries.push(readEntry(reader, name, elementBytes));
    }
  });
  reader.end();
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, dataBytes, elementBytes);
  return { entries, metadata };
}

function readEntry<Dtype extends string>(
  reader: JsonReader,
  name: string,
  elementBytes: Readonly<Record<Dtype, number>>,
): TensorEntry<Dtype> {
  const who = `tensor ${quoted(name)}`;
  let dtype: Dtype | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  reader.object((field) => {
    if (field === "dtype") dtype = readDtype(reader, who, elementBytes);
    else if (field === "shape") shape = readIntegers(reader, who, "dimensions", maximumRank);
    else if (field === "data_offsets") offsets = readIntegers(reader, who, "offsets", 2);
    else throw reader.error(`${who} has an unknown field ${quoted(field)}`);
  });
  if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
    throw reader.error(`${who} needs dtype, shape and two data_offsets`);
  }
  return { name, dtype, shape, begin: offsets[0], end: offsets[1] };
}

function readDtype<Dtype extends string>(
  reader: JsonReader,
  who: string,
  elementBytes: Readonly<Record<Dtype, number>>,
): Dtype {
  const dtype = reader.string();
  if (!Object.hasOwn(elementBytes, dtype)) {
    throw reader.error(`${who} has dtype ${quoted(dtype)}, readable are ${Object.keys(elementBytes).join(", ")}`);
  }
  return dtype as Dtype;
}

function readIntegers(reader: JsonReader, who: string, what: string, maximum: number): number[] {
  const integers: number[] = [];
  reader.array(() => {
    if (integers.length === maximum) throw reader.error(`${who} has more than ${maximum} ${what}`);
    integers.push(reader.unsignedInteger());
  });
  return integers;
}

/** Every byte of the data belongs to exactly one tensor, and every tensor has exactly the bytes its shape needs. */
function checkCoverage<Dtype extends string>(
  entries: readonly TensorEntry<Dtype>[],
  dataBytes: number,
  elementBytes: Readonly<Record<Dtype, number>>,
): void {
  let covered = 0;
  for (const { name, dtype, shape, begin, end } of entries) {
    const who = `safetensors: tensor ${quoted(name)}`;
    if (end < begin || end > dataBytes) {
      throw new FormatError(`${who} has offsets [${begin}, ${end}], the file has ${dataBytes} bytes of data.`);
    }
    if (begin !== covered) {
      const fault = begin < covered ? "it overlaps the tensor before it" : "the bytes between belong to no tensor";
      throw new FormatError(`${who} begins at byte ${begin}, expected ${covered}: ${fault}.`);
    }
    const count = elementCount(shape);
    if (count === undefined || count * elementBytes[dtype] !== end - begin) {
      throw new FormatError(`${who} is ${dtype} of shape [${shape.join(", ")}] but has ${end - begin} bytes.`);
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new FormatError(`safetensors: the tensors have ${covered} bytes, the file has ${dataBytes} bytes of data.`);
  }
}
