import { FormatError } from "../errors";
import { maximumHeaderBytes } from "../formats/safetensors/header";
import { PREFIX_BYTES } from "../formats/safetensors/layout";
import { WHO } from "./modelFile";

/** How much of a file is looked at to tell what it is. */
const EXAMINED_BYTES = 65_536;

const REBUILD = "Build the model with sequential() or model(), and give it the weights by setWeights().";

/** What files of text are, by how they begin; and what to do instead of loading them. */
const textKinds: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^$/, "is empty: its download or writing has been cut off."],
  [
    /^\s*<(!doctype|html|head|body|\?xml|!--)/i,
    "is an HTML page, which servers send for addresses that they do not have.",
  ],
  [/^version https:\/\/git-lfs/, "is a pointer of Git LFS, not the file itself. Run: git lfs pull."],
  [
    /^\s*\{\s*"(0"\s*:\s*\d|type"\s*:\s*"Buffer")/,
    "is bytes that JSON.stringify has made text. Keep toBytes() as bytes.",
  ],
  [/^\s*\{.*"(modelTopology|weightsManifest)"/s, `is the JSON of a model of TensorFlow.js. ${REBUILD}`],
  [/^\s*\{.*"class_name"/s, `is the configuration of a Keras model in JSON, without weights. ${REBUILD}`],
  [
    /^\s*\{.*"(sizes|type"\s*:\s*"\w*(Network|Forward|RNN|LSTM|GRU))"/s,
    `is the JSON of a network of brain.js. ${REBUILD}`,
  ],
  [
    /^\s*[[{]/,
    "is JSON. A model is not kept as JSON: write await model.save(path), or keep what model.toBytes() returns.",
  ],
  [/^PK.*(model\.weights\.h5|config\.json)/s, `is a .keras archive of Keras. ${REBUILD}`],
  [/^PK.*data\.pkl/s, `is a model of PyTorch. ${REBUILD}`],
  [/^PK/, "is a ZIP archive. Unpack it first."],
  [/^.{4}TFL3/s, `is a model of TensorFlow Lite. ${REBUILD}`],
  [/^GGUF/, `is a GGUF file. ${REBUILD}`],
];

/** What other files are, by their first eight bytes in hexadecimal. */
const binaryKinds: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^894844460d0a1a0a/, `is an HDF5 file, as Keras wrote before .keras. ${REBUILD}`],
  [/^1f8b/, 'is compressed by gzip. Decompress it first, for example by new DecompressionStream("gzip").'],
  [/^800[2-5]/, `is a pickle of Python, as PyTorch writes. ${REBUILD}`],
  [/^934e554d5059/, `is an array of NumPy. ${REBUILD}`],
  // The version of the format, then the name of the program that wrote it.
  [/^08[01].12/, `is a model of ONNX. ${REBUILD}`],
];

/**
 * Says what a file is that is no safetensors file. What could be one is left to its reader, as is what nobody knows.
 *
 * @throws FormatError
 */
export function refuseForeign(bytes: Uint8Array): void {
  if (mayBeSafetensors(bytes)) return;
  const beginning = Array.from(bytes.subarray(0, EXAMINED_BYTES));
  const text = beginning.map((byte) => String.fromCharCode(byte)).join("");
  const first = beginning.slice(0, 8).map((byte) => byte.toString(16).padStart(2, "0"));
  const found =
    // A text may begin with the mark of UTF-8.
    textKinds.find(([pattern]) => pattern.test(text.replace(/^\u00ef\u00bb\u00bf/, ""))) ??
    binaryKinds.find(([pattern]) => pattern.test(first.join("")));
  if (found) throw new FormatError(`${WHO}: ${found[1]}`);
}

/** Whether the length that a file begins with is one, and a header stands behind it. */
function mayBeSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length <= PREFIX_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  return view.getUint32(4, true) === 0 && view.getUint32(0, true) <= maximumHeaderBytes && bytes[PREFIX_BYTES] === 0x7b;
}
