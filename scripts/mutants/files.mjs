// Mistakes in images, arrays of NumPy, ZIP archives and safetensors.
const pictures = "tests/data/images.test.ts";
const numpy = "tests/data/numpy.test.ts";
const public_ = "tests/data/safetensors.test.ts";
const safetensors = "tests/formats/safetensors.test.ts";
const fuzzed = "tests/formats/safetensorsFuzz.test.ts";

export const files = [
  {
    name: "images: middles of pixels stand at their beginnings",
    edits: [["src/images/resize.ts", "const middle = (i + 0.5) * scale;", "const middle = i * scale;"]],
    tests: [pictures],
  },
  {
    name: "images: shrinking takes two pixels only",
    edits: [["src/images/resize.ts", "Math.max(1, scale) : scale / 2", "1 : scale / 2"]],
    tests: [pictures],
  },
  {
    name: "images: weights do not sum to 1",
    edits: [
      ["src/images/resize.ts", "row.map((weight) => weight / sum)", "row.map((weight) => weight / (sum + 0.01))"],
    ],
    tests: [pictures],
  },
  {
    name: "images: colours are rounded down",
    edits: [["src/images/resize.ts", "Math.floor(sum + 0.5)", "Math.floor(sum)"]],
    tests: [pictures],
  },
  {
    name: "images: what cannot be seen shines through",
    edits: [
      [
        "src/images/resize.ts",
        "const alpha = channels === 4 ? source[at + 3] : 1;",
        "const alpha = channels === 4 ? 255 : 1;",
      ],
    ],
    tests: [pictures],
  },
  {
    name: "images: height and width change places",
    edits: [
      [
        "src/images/resize.ts",
        "const columns = axisWeights(part.width, width, interpolation);",
        "const columns = axisWeights(part.height, width, interpolation);",
      ],
    ],
    tests: [pictures],
  },
  {
    name: "images: orientation 5 is turned the other way",
    edits: [["src/images/pixels.ts", "[2, 3, 7, 8].includes(orientation)", "[2, 3, 5, 8].includes(orientation)"]],
    tests: [pictures],
  },
  {
    name: "images: grey is red",
    edits: [
      [
        "src/images/pixels.ts",
        "299 * seen(0) + 587 * seen(1) + 114 * seen(2)",
        "1000 * seen(0) + 0 * seen(1) + 0 * seen(2)",
      ],
    ],
    tests: [pictures],
  },
  {
    name: "images: the background shines through what hides it",
    edits: [["src/images/pixels.ts", "background![channel] * (255 - alpha)", "background![channel] * alpha"]],
    tests: [pictures],
  },
  {
    name: "images: see-through pixels are taken without a word",
    edits: [["src/images/pixels.ts", "if (alpha < 255 && !background) {", "if (alpha < 0 && !background) {"]],
    tests: [pictures],
  },
  {
    name: "images: crops begin at the corner",
    edits: [["src/images/prepare.ts", "const left = Math.floor((width - partWidth) / 2);", "const left = 0;"]],
    tests: [pictures],
  },
  {
    name: "images: orders of bytes of Exif change places",
    edits: [
      ["src/images/exif.ts", "const isLittleEndian = order === 0x4949;", "const isLittleEndian = order === 0x4d4d;"],
    ],
    tests: [pictures],
  },
  {
    name: "images: hidden folders are classes",
    edits: [["src/images/folder.ts", 'if (entry.name.startsWith(".") || entry.name', "if (entry.name"]],
    tests: [pictures],
  },
  {
    name: "npy: columns are read as rows",
    edits: [
      ["src/formats/npy/decode.ts", "if (!isColumnMajor) return", "if (!isColumnMajor || shape.length > 0) return"],
    ],
    tests: [numpy],
  },
  {
    name: "npy: the order of bytes does not count",
    edits: [["src/formats/npy/decode.ts", 'isLittleEndian: order !== ">"', 'isLittleEndian: order !== "|"']],
    tests: [numpy],
  },
  {
    name: "npy: more bytes than the header says",
    edits: [
      [
        "src/formats/npy/decode.ts",
        "if (bytes.length === totalBytes) return header;",
        "if (bytes.length >= totalBytes) return header;",
      ],
    ],
    tests: [numpy],
  },
  {
    name: "npy: u2 is signed",
    edits: [["src/formats/npy/dtypes.ts", "view.getUint16(at, little))", "view.getInt16(at, little))"]],
    tests: [numpy],
  },
  {
    name: "npy: the header of one axis has no comma",
    edits: [["src/formats/npy/encode.ts", "shape.length === 1 ?", "shape.length === 0 ?"]],
    tests: [numpy],
  },
  {
    name: "npy: numbers begin at no multiple of 64",
    edits: [["src/formats/npy/encode.ts", "const ALIGNMENT = 64;", "const ALIGNMENT = 1;"]],
    tests: [numpy],
  },
  {
    name: "npy: outer indices count from the first",
    edits: [
      [
        "src/formats/npy/order.ts",
        "for (let axis = index.length - 1; axis >= 0; axis--) {",
        "for (let axis = 0; axis < index.length; axis++) {",
      ],
    ],
    tests: [numpy],
  },
  {
    name: "npy: the place of an unfit number is that in columns",
    edits: [["src/formats/npy/order.ts", "result += (rest % size) * stride;", "result = index;"]],
    tests: [numpy],
  },
  {
    name: "npz: the CRC is not turned",
    edits: [["src/formats/zip/crc32.ts", "return ~crc >>> 0;", "return crc >>> 0;"]],
    tests: [numpy],
  },
  {
    name: "npz: the directory counts one file less",
    edits: [
      [
        "src/formats/zip/encode.ts",
        "view.setUint16(at + 10, files.length, true);",
        "view.setUint16(at + 10, files.length - 1, true);",
      ],
    ],
    tests: [numpy],
  },
  {
    name: "npz: encrypted files are read",
    edits: [["src/formats/zip/directory.ts", "if (flags & 0x2041) throw", "if (flags & 0x2000) throw"]],
    tests: [numpy],
  },
  {
    name: "npz: sizes are not compared",
    edits: [["src/formats/zip/directory.ts", "method === 0 ? size !== packedBytes :", "method === 0 ? size < 0 :"]],
    tests: [numpy],
  },
  {
    name: "safetensors: I64 outside int32 wraps",
    edits: [["src/formats/integers64.ts", "if (high !== low >> 31 || (!isSigned", "if (high !== high || (!isSigned"]],
    tests: [public_, numpy],
  },
  {
    name: "safetensors: U32 above int32 is negative",
    edits: [["src/formats/integers64.ts", "if (result[i] < 0) return", "if (result[i] > 0 && i < 0) return"]],
    tests: [public_, numpy],
  },
  {
    name: "safetensors: a BOOL may be 2",
    edits: [["src/formats/integers64.ts", "(byte) => byte > 1", "(byte) => byte > 2"]],
    tests: [public_, numpy],
  },
  {
    name: "safetensors: tensors may overlap",
    edits: [["src/formats/safetensors/header.ts", "if (begin !== covered) {", "if (begin > covered) {"]],
    tests: [safetensors, public_],
  },
  {
    name: "safetensors: offsets may end behind the file",
    edits: [["src/formats/safetensors/header.ts", "if (end < begin || end > dataBytes) {", "if (end < begin) {"]],
    tests: [safetensors, fuzzed],
  },
  {
    name: "safetensors: F16 has a bias of 16",
    edits: [["src/formats/float16.ts", "exponent + 112", "exponent + 111"]],
    tests: [safetensors, public_, numpy],
  },
  {
    name: "safetensors: subnormals of F16 lose their sign",
    edits: [["src/formats/float16.ts", "      bits[i] |= sign;\n", ""]],
    tests: [safetensors, public_, numpy],
  },
  {
    name: "safetensors: halves are rounded up",
    edits: [["src/formats/roundToHalf.ts", "(steps - whole === 0.5 && whole % 2 === 1)", "steps - whole === 0.5"]],
    tests: [safetensors, public_],
  },
  {
    name: "safetensors: a tensor is read from where the next begins",
    edits: [
      [
        "src/formats/safetensors/decode.ts",
        "const start = bytes.byteOffset + dataStart + begin;",
        "const start = bytes.byteOffset + dataStart + end;",
      ],
    ],
    tests: [safetensors],
  },
];
