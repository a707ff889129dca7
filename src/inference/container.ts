import { textDecoder } from "../platform/text";
import type { Dtype } from "../tensor/tensor";
import { FILE_VERSION, METADATA_NAME } from "../saving/fileFormat";

/** What a model file says it holds, unchecked but for what is promised here. */
export interface Container {
  readonly description: {
    readonly name: string;
    readonly inputs: readonly {
      readonly shape: readonly number[];
      readonly dtype: Dtype;
      readonly name: string | null;
    }[];
    readonly layers: readonly unknown[];
    readonly nodes: readonly { readonly layer: number; readonly inputs: readonly number[] }[];
    readonly outputs: readonly number[];
  };
  /** The float32 tensors. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/** Reads a model file as it should be. Throws anything when it is not: graph.ts says what is wrong with it. */
export function readContainer(bytes: Uint8Array): Container {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const content = bytes.slice(8 + length).buffer;
  const decoder = textDecoder({ fatal: true });
  const { __metadata__: metadata, ...entries } = JSON.parse(decoder.decode(bytes.subarray(8, 8 + length)));
  const description = JSON.parse(metadata[METADATA_NAME]);
  if (description.version !== FILE_VERSION) throw new RangeError("another version");
  const tensors = new Map();
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of Object.entries<Entry>(entries)) {
    if (dtype === "F32") tensors.set(name, { shape, data: new Float32Array(content, begin, (end - begin) / 4) });
  }
  return { description, tensors };
}

/** A tensor in the header of the file. */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}
