import type { ForeignTensor } from "../../src/exchange/tensors";

/** A reader of what `exportModel` writes, apart from that of `importModel`: of metadata, nodes and tensors of float32. */
type Fields = [number: number, value: number | Uint8Array][];

function fieldsOf(bytes: Uint8Array): Fields {
  const fields: Fields = [];
  let at = 0;
  const varint = () => {
    let [result, factor, byte] = [0, 1, 0];
    do {
      byte = bytes[at++];
      result += (byte & 127) * factor;
      factor *= 128;
    } while (byte & 128);
    return result;
  };
  while (at < bytes.length) {
    const tag = varint();
    if ((tag & 7) === 0) fields.push([tag >>> 3, varint()]);
    else {
      const length = (tag & 7) === 5 ? 4 : varint();
      fields.push([tag >>> 3, bytes.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}

const textOf = (value: number | Uint8Array) => new TextDecoder().decode(value as Uint8Array);
const all = (fields: Fields, number: number) =>
  fields.filter(([field]) => field === number).map(([, value]) => value as Uint8Array);

function varints(bytes: Uint8Array): number[] {
  // A field of each: a tag before every number.
  const tagged = new Uint8Array(bytes.length * 2);
  let [at, isFirst] = [0, true];
  for (const byte of bytes) {
    if (isFirst) tagged[at++] = 8;
    tagged[at++] = byte;
    isFirst = byte < 128;
  }
  return fieldsOf(tagged.subarray(0, at)).map(([, value]) => value as number);
}

export function readOnnx(bytes: Uint8Array) {
  const model = fieldsOf(bytes);
  const graph = fieldsOf(all(model, 7)[0]);
  const metadata = new Map(
    all(model, 14).map((entry) => {
      const [[, key], [, value]] = fieldsOf(entry);
      return [textOf(key), textOf(value)] as const;
    }),
  );
  const initializers = new Map<string, ForeignTensor>();
  for (const entry of all(graph, 5)) {
    const fields = fieldsOf(entry);
    const [raw] = all(fields, 9);
    const isFloat = fields.find(([field]) => field === 2)![1] === 1;
    initializers.set(textOf(all(fields, 8)[0]), {
      shape: all(fields, 1).flatMap(varints),
      data: isFloat ? new Float32Array(raw.slice().buffer) : new Float32Array(0),
      dtype: isFloat ? "float32" : "other",
    });
  }
  const nodes = all(graph, 1).map((entry) => {
    const fields = fieldsOf(entry);
    return { name: textOf(all(fields, 3)[0]), type: textOf(all(fields, 4)[0]) };
  });
  return { irVersion: model.find(([field]) => field === 1)![1], metadata, initializers, nodes };
}
