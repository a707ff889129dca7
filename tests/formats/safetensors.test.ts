import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors";
import { float16ToFloat32 } from "../../src/formats/float16";
import { decodeSafetensors } from "../../src/formats/safetensors/decode";
import { encodeSafetensors } from "../../src/formats/safetensors/encode";
import type { StoredData } from "../../src/formats/safetensors/layout";
import { fileOf, headerOf } from "./safetensorsFile";

type Input = { shape: number[]; data: StoredData };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

describe("files written by others", () => {
  // Python, with struct and json only:
  //   header = {"__metadata__": {"wasmgrad": '{"a":1}'},
  //             "w": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
  //             "n": {"dtype": "I32", "shape": [], "data_offsets": [8, 12]},
  //             "b": {"dtype": "U8", "shape": [3], "data_offsets": [12, 15]},
  //             "e": {"dtype": "U8", "shape": [0, 5], "data_offsets": [15, 15]}}
  //   h = json.dumps(header, separators=(",", ":")).encode(); h += b" " * (-len(h) % 8)
  //   struct.pack("<Q", len(h)) + h + struct.pack("<2fi3B", 1.5, -2.0, -7, 0, 128, 255)
  const handWritten = fromHex(
    "08010000000000007b225f5f6d657461646174615f5f223a7b227761736d67726164223a227b5c22615c223a317d227d2c2277223a7b2264" +
      "74797065223a22463332222c227368617065223a5b322c315d2c22646174615f6f666673657473223a5b302c385d7d2c226e223a7b2264" +
      "74797065223a22493332222c227368617065223a5b5d2c22646174615f6f666673657473223a5b382c31325d7d2c2262223a7b22647479" +
      "7065223a225538222c227368617065223a5b335d2c22646174615f6f666673657473223a5b31322c31355d7d2c2265223a7b2264747970" +
      "65223a225538222c227368617065223a5b302c355d2c22646174615f6f666673657473223a5b31352c31355d7d7d20202020200000c03f" +
      "000000c0f9ffffff0080ff",
  );
  const handWrittenTensors = [
    ["w", { dtype: "F32", shape: [2, 1], data: Float32Array.of(1.5, -2) }],
    ["n", { dtype: "I32", shape: [], data: Int32Array.of(-7) }],
    ["b", { dtype: "U8", shape: [3], data: Uint8Array.of(0, 128, 255) }],
    ["e", { dtype: "U8", shape: [0, 5], data: new Uint8Array(0) }],
  ];

  it("reads a file written by hand", () => {
    const { tensors, metadata } = decodeSafetensors(handWritten);
    expect([...tensors]).toEqual(handWrittenTensors);
    expect({ ...metadata }).toEqual({ wasmgrad: '{"a":1}' });
  });

  it("reads it at every alignment in memory", () => {
    for (let offset = 1; offset <= 8; offset++) {
      const memory = new Uint8Array(handWritten.length + offset);
      memory.set(handWritten, offset);
      expect([...decodeSafetensors(memory.subarray(offset)).tensors]).toEqual(handWrittenTensors);
    }
  });

  it("reads half floats and 64-bit integers of the reference implementation", () => {
    // safetensors.numpy.save, version 0.8.0, of
    //   {"half": np.array([1, -2.5, 6e-8, 65504, -np.inf], "f2"), "count": np.array([7, -1, 2**31 - 1, -2**31], "i8")}
    const file = fromHex(
      "78000000000000007b22636f756e74223a7b226474797065223a22493634222c227368617065223a5b345d2c22646174615f6f666673" +
        "657473223a5b302c33325d7d2c2268616c66223a7b226474797065223a22463136222c227368617065223a5b355d2c22646174615f" +
        "6f666673657473223a5b33322c34325d7d7d2020200700000000000000ffffffffffffffffffffff7f0000000000000080ffffffff" +
        "003c00c10100ff7b00fc",
    );
    const { tensors, metadata } = decodeSafetensors(file);
    expect([...tensors]).toEqual([
      ["count", { dtype: "I64", shape: [4], data: Int32Array.of(7, -1, 2147483647, -2147483648) }],
      ["half", { dtype: "F16", shape: [5], data: Float32Array.of(1, -2.5, 1 / 16777216, 65504, -Infinity) }],
    ]);
    expect(Object.keys(metadata)).toEqual([]);
  });

  it("writes byte for byte what the reference implementation writes", () => {
    // safetensors.numpy.save, version 0.8.0, of the same tensors, with metadata={"wasmgrad": 'say "hi"\n\u2713'}
    const reference =
      "58010000000000007b225f5f6d657461646174615f5f223a7b227761736d67726164223a22736179205c2268695c225c6ee29c93227d2c" +
      "2262657461223a7b226474797065223a22463634222c227368617065223a5b5d2c22646174615f6f666673657473223a5b302c385d7d2c" +
      "227a6574612f61223a7b226474797065223a22463332222c227368617065223a5b302c345d2c22646174615f6f666673657473223a5b38" +
      "2c385d7d2c227a6574612f62696173223a7b226474797065223a22463332222c227368617065223a5b335d2c22646174615f6f66667365" +
      "7473223a5b382c32305d7d2c22616c706861223a7b226474797065223a22493332222c227368617065223a5b322c325d2c22646174615f" +
      "6f666673657473223a5b32302c33365d7d2c22c3a974c3a9223a7b226474797065223a225538222c227368617065223a5b325d2c226461" +
      "74615f6f666673657473223a5b33362c33385d7d7d20555555555555d53f0000803f000000bf0000807f01000000020000000300000004" +
      "000000fa05";
    const tensors: [string, Input][] = [
      ["zeta/bias", { shape: [3], data: Float32Array.of(1, -0.5, Infinity) }],
      ["alpha", { shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) }],
      ["beta", { shape: [], data: Float64Array.of(1 / 3) }],
      ["été", { shape: [2], data: Uint8Array.of(250, 5) }],
      ["zeta/a", { shape: [0, 4], data: new Float32Array(0) }],
    ];
    const metadata = { wasmgrad: 'say "hi"\n\u2713' };
    expect(hex(encodeSafetensors(new Map(tensors), metadata))).toBe(reference);
    expect(hex(encodeSafetensors(new Map(tensors.reverse()), metadata))).toBe(reference);
  });
});

describe("16-bit floats", () => {
  it("widens all 65,536 half floats as numpy does", () => {
    const wide = float16ToFloat32(Uint16Array.from({ length: 65536 }, (_, i) => i));
    expect(wide.filter(Number.isNaN).length).toBe(2 * 1023);
    // a = np.arange(65536, dtype="u2").view("f2").astype("f4"); a[np.isnan(a)] = 0; sha256(a.tobytes())
    const digest = createHash("sha256").update(new Uint8Array(wide.map((x) => (Number.isNaN(x) ? 0 : x)).buffer));
    expect(digest.digest("hex")).toBe("faa6d965574036872b0d39a42d1f8bee361d5be92b1e718155a69556a5abacdd");
  });

  it("widens bfloat16", () => {
    const header = '{"x":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}';
    const file = fileOf(header, [0x80, 0x3f, 0x49, 0xc0, 0x01, 0x00, 0x80, 0xff]);
    expect(decodeSafetensors(file).tensors.get("x")).toEqual({
      dtype: "BF16",
      shape: [4],
      // 2^-133 is the smallest bfloat16.
      data: Float32Array.of(1, -3.140625, 2 ** -133, -Infinity),
    });
  });
});

describe("what is legal", () => {
  it("an empty file of tensors", () => {
    const bytes = encodeSafetensors(new Map());
    expect(hex(bytes)).toBe(`0800000000000000${hex(Buffer.from("{}      "))}`);
    expect(decodeSafetensors(bytes).tensors.size).toBe(0);
  });

  it("views where aligned, copies where not", () => {
    const bytes = encodeSafetensors(new Map([["x", { shape: [2], data: Float32Array.of(1, 2) }]]));
    expect(decodeSafetensors(bytes).tensors.get("x")!.data.buffer).toBe(bytes.buffer);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const copy = decodeSafetensors(shifted.subarray(1)).tensors.get("x")!.data;
    expect(copy.buffer).not.toBe(shifted.buffer);
    expect(copy).toEqual(Float32Array.of(1, 2));
  });

  it("stores a slice of a larger array, and Node's Buffer", () => {
    const large = Float32Array.of(1, 2, 3, 4);
    const bytes = encodeSafetensors(new Map([["x", { shape: [2], data: large.subarray(1, 3) }]]));
    const { data } = decodeSafetensors(Buffer.from(bytes)).tensors.get("x")!;
    expect(data).toEqual(Float32Array.of(2, 3));
    expect(decodeSafetensors(encodeSafetensors(new Map([["b", { shape: [1], data: Buffer.of(9) }]]))).tensors).toEqual(
      new Map([["b", { dtype: "U8", shape: [1], data: Uint8Array.of(9) }]]),
    );
  });

  it("names of Object's own members are names like any other", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", ""];
    const metadata = Object.fromEntries(names.map((name) => [name, `text of ${name}`]));
    const tensors = new Map(names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]));
    const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata));
    expect([...decoded.tensors.keys()]).toEqual([...names].sort());
    expect(Object.entries(decoded.metadata).sort()).toEqual(Object.entries(metadata).sort());
    expect(Object.getPrototypeOf(decoded.metadata)).toBeNull();
    expect(Object.hasOwn(Object.prototype, "")).toBe(false);
  });

  it("tensors in any order of the header, white space and escapes in it", () => {
    const header =
      ' "\\u0062" : {"shape":[1],\n"data_offsets":[1 , 2],"dtype":"U8"},\t"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}';
    const { tensors } = decodeSafetensors(fileOf(`{${header}} \n`, [7, 8]));
    expect([...tensors.keys()]).toEqual(["a", "b"]);
    expect(tensors.get("b")!.data).toEqual(Uint8Array.of(8));
  });

  it("an empty tensor that begins where another does, named after it", () => {
    const header =
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}';
    expect([...decodeSafetensors(fileOf(header, [7])).tensors.keys()]).toEqual(["e", "a"]);
  });

  it("a metadata-only header", () => {
    expect(decodeSafetensors(fileOf('{"__metadata__":{"a":""}}')).metadata.a).toBe("");
  });
});

describe("hostile files", () => {
  const u8 = (name: string, begin: number | string, end: number | string, shape: string) =>
    `"${name}":{"dtype":"U8","shape":${shape},"data_offsets":[${begin},${end}]}`;
  const twice = u8("a", 0, 1, "[1]");
  const cases: [why: string, file: Uint8Array, message: RegExp][] = [
    ["no bytes", new Uint8Array(0), /at least 8 bytes, got 0/],
    ["7 bytes", new Uint8Array(7), /at least 8 bytes, got 7/],
    ["no header", fileOf(""), /does not begin with/],
    ["header length beyond the file", fileOf("{}", [], 3), /header of 3 bytes, but the file has 10/],
    ["header length above the limit", fileOf("{}", [], 100_000_001), /at most 100000000/],
    ["header length above 2^53", fileOf("{}", [], 2n ** 53n + 2n), /at most 100000000/],
    ["header length 2^64 - 1", fileOf("{}", [], 2n ** 64n - 1n), /at most 100000000/],
    ["invalid UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /not valid UTF-8/],
    ["UTF-8 of a surrogate", fileOf(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d)), /not valid UTF-8/],
    ["byte order mark", fileOf("\ufeff{}"), /does not begin with/],
    ["leading space", fileOf(" {}"), /does not begin with/],
    ["an array", fileOf("[]"), /does not begin with/],
    ["cut JSON", fileOf("{"), /expected a string, got the end/],
    ["unended string", fileOf('{"a\\"'), /does not end/],
    ["trailing comma", fileOf('{"a":{},}'), /needs dtype, shape/],
    ["text after the header", fileOf("{}x"), /expected the end/],
    ["NUL after the header", fileOf("{}\0"), /expected the end/],
    ["lone surrogate", fileOf('{"__metadata__":{"a":"\\ud800"}}'), /not valid Unicode/],
    ["control character in a string", fileOf('{"__metadata__":{"a":"\n"}}'), /is not JSON/],
    ["deep nesting", fileOf(`{"a":${"[".repeat(200_000)}`), /expected "\{"/],
    ["deep nesting in a field", fileOf(`{"a":{"shape":${"[".repeat(200_000)}`), /expected a number/],
    ["a name twice", fileOf(`{${twice},${twice}}`, [0]), /"a" stands twice/],
    ["a name twice, once escaped", fileOf(`{${twice},${u8("\\u0061", 1, 2, "[1]")}}`, [0, 0]), /"a" stands twice/],
    ["metadata twice", fileOf('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" stands twice/],
    ["a metadata name twice", fileOf('{"__metadata__":{"a":"","a":""}}'), /"a" stands twice/],
    ["a field twice", fileOf('{"a":{"dtype":"U8","dtype":"U8"}}'), /"dtype" stands twice/],
    ["metadata that is no text", fileOf('{"__metadata__":{"a":1}}'), /expected a string/],
    ["metadata that is no object", fileOf('{"__metadata__":null}'), /expected "\{"/],
    ["no fields", fileOf('{"__proto__":{}}'), /"__proto__" needs dtype, shape/],
    ["unknown field", fileOf('{"a":{"__proto__":{"dtype":"U8"}}}'), /unknown field "__proto__"/],
    ["unknown dtype", fileOf('{"a":{"dtype":"F8_E4M3"}}'), /"F8_E4M3", readable are F64, F32/],
    ["dtype of Object", fileOf('{"a":{"dtype":"constructor"}}'), /dtype "constructor"/],
    ["negative dimension", fileOf(`{${u8("a", 0, 1, "[-1]")}}`, [0]), /integer from 0/],
    ["fractional dimension", fileOf(`{${u8("a", 0, 1, "[1.0]")}}`, [0]), /integer from 0/],
    ["exponent in a dimension", fileOf(`{${u8("a", 0, 1, "[1e0]")}}`, [0]), /integer from 0/],
    ["leading zero", fileOf(`{${u8("a", 0, 1, "[01]")}}`, [0]), /is not JSON/],
    ["dimension above 2^53", fileOf(`{${u8("a", 0, 0, "[9007199254740993,0]")}}`), /integer from 0/],
    ["a million digits", fileOf(`{${u8("a", 0, 1, `[${"1".repeat(1_000_000)}]`)}}`, [0]), /integer from 0/],
    ["33 dimensions", fileOf(`{${u8("a", 0, 1, `[${Array(33).fill(1)}]`)}}`, [0]), /more than 32 dimensions/],
    ["10^12 elements", fileOf(`{${u8("a", 0, 1, "[1000000,1000000]")}}`, [0]), /\[1000000, 1000000\] but has 1 bytes/],
    [
      "10^12 elements and the offsets to match",
      fileOf(`{${u8("a", 0, 1e12, "[1000000,1000000]")}}`, [0]),
      /offsets \[0, 1000000000000\], the file has 1 bytes/,
    ],
    ["a product above 2^53", fileOf(`{${u8("a", 0, 0, "[4294967296,4294967296,0]")}}`), /but has 0 bytes/],
    ["a product that wraps to 1 byte", fileOf(`{${u8("a", 0, 1, "[18446744073709551617]")}}`, [0]), /integer from 0/],
    ["one offset", fileOf('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}'), /two data_offsets/],
    ["three offsets", fileOf(`{${u8("a", 0, "0,0", "[0]")}}`), /more than 2 offsets/],
    ["negative offset", fileOf(`{${u8("a", -1, 0, "[1]")}}`, [0]), /integer from 0/],
    ["fractional offset", fileOf(`{${u8("a", 0, 0.5, "[1]")}}`, [0]), /integer from 0/],
    ["offsets backwards", fileOf(`{${u8("a", 1, 0, "[1]")}}`, [0]), /offsets \[1, 0\]/],
    ["offsets above 2^53", fileOf(`{${u8("a", 0, "9007199254740993", "[1]")}}`, [0]), /integer from 0/],
    ["overlap", fileOf(`{${u8("a", 0, 2, "[2]")},${u8("b", 1, 3, "[2]")}}`, [0, 0, 0]), /"b".*expected 2: it overlaps/],
    ["the same bytes twice", fileOf(`{${u8("a", 0, 1, "[1]")},${u8("b", 0, 1, "[1]")}}`, [0]), /it overlaps/],
    ["an empty tensor inside another", fileOf(`{${u8("a", 0, 2, "[2]")},${u8("b", 1, 1, "[0]")}}`, [0, 0]), /overlaps/],
    ["a hole", fileOf(`{${u8("a", 0, 1, "[1]")},${u8("b", 2, 3, "[1]")}}`, [0, 0, 0]), /belong to no tensor/],
    ["a hole at the start", fileOf(`{${u8("a", 1, 2, "[1]")}}`, [0, 0]), /belong to no tensor/],
    ["trailing bytes", fileOf(`{${u8("a", 0, 1, "[1]")}}`, [0, 0]), /have 1 bytes, the file has 2/],
    ["data without a tensor", fileOf("{}", [0]), /have 0 bytes, the file has 1/],
    ["cut data", fileOf(`{${u8("a", 0, 2, "[2]")}}`, [0]), /the file has 1 bytes of data/],
    [
      "bytes that do not fit the type",
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}}', [0, 0, 0]),
      /F32/,
    ],
    [
      "an integer above int32",
      fileOf('{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', [0, 0, 0, 0x80, 0, 0, 0, 0]),
      /I64 at 0 that does not fit/,
    ],
  ];

  it.each(cases)("%s", (_, file, message) => {
    const error = errorOf(() => decodeSafetensors(file));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it("keeps messages short, however long the names", () => {
    const name = "x".repeat(100_000);
    for (const header of [
      `{"${name}":{"dtype":"${name}"}}`,
      `{"${name}":{"${name}":1}}`,
      `{"a":{"shape":["${name}"]}}`,
    ]) {
      expect(errorOf(() => decodeSafetensors(fileOf(header))).message.length).toBeLessThan(300);
    }
  });

  it("allocates nothing for what a file only promises", () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeSafetensors(fileOf(`{${u8("a", 0, 2 ** 30, "[1073741824]")}}`, [0]))).toThrow(FormatError);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });
});

describe("the order of a file", () => {
  it("sorts tensors by type, then by name, and metadata by name", () => {
    const data = { F64: new Float64Array(0), F32: new Float32Array(0), I32: new Int32Array(0), U8: new Uint8Array(0) };
    const tensors = new Map<string, Input>();
    for (const [dtype, array] of Object.entries(data).reverse()) {
      for (const suffix of ["b", "a", "10", "9"]) tensors.set(`${dtype}/${suffix}`, { shape: [0], data: array });
    }
    const header = JSON.parse(headerOf(encodeSafetensors(tensors, { b: "", a: "" })));
    expect(Object.keys(header.__metadata__)).toEqual(["a", "b"]);
    expect(Object.keys(header).slice(1)).toEqual(
      Object.keys(data).flatMap((dtype) => ["10", "9", "a", "b"].map((suffix) => `${dtype}/${suffix}`)),
    );
  });
});

function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error");
}
