// C27: safetensors files of other projects in and out. The file is that of the reference implementation (tests/references/arrays.py).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safetensors, toSafetensors } from "../../src/data";
import { ArgumentError, DataError, FormatError, ShapeError } from "../../src/errors";
import { toBfloat16, toFloat16 } from "../../src/formats/roundToHalf";
import { allElementBytes } from "../../src/formats/safetensors/dtypes";
import { Tensor, type TensorData, tensor } from "../../src/tensor/tensor";
import { fileOf, headerOf } from "../formats/safetensorsFile";
import { bytesOf, expectValues, messageOf, numberOf, references } from "./arrays";

const seed = 20261130;

describe("safetensors", () => {
  it("reads every type that the reference implementation writes", async () => {
    const { tensors, metadata } = await safetensors(bytesOf(references.safetensors));
    const expected = references.safetensorsTensors;
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected).sort());
    for (const name of Object.keys(expected)) expectValues(tensors[name], expected[name]);
    expect(Object.entries(metadata).sort()).toEqual([
      ["__proto__", "said"],
      ["format", "np"],
    ]);
    for (const record of [tensors, metadata]) expect(Object.getPrototypeOf(record)).toBeNull();
    for (const dtype of Object.keys(allElementBytes)) expect(tensors).toHaveProperty(`dtype ${dtype}`);
    expect(tensors["dtype BOOL"].dtype).toBe("uint8");
    expect(tensors["dtype I8"].dtype).toBe("int32");
    expect(tensors["dtype F8_E5M2"].dtype).toBe("float32");
  });

  it("reads from a path and a Blob, copies bytes at hand, and takes some by name", async () => {
    const file = bytesOf(references.safetensors);
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-safetensors-"));
    try {
      writeFileSync(join(folder, "x.safetensors"), file);
      const whole = await safetensors(file);
      expect(await safetensors(join(folder, "x.safetensors"))).toEqual(whole);
      expect(await safetensors(new Blob([file]))).toEqual(whole);
      const some = await safetensors(file, { names: ["scalar", "__proto__"] });
      expect(Object.keys(some.tensors).sort()).toEqual(["__proto__", "scalar"]);
      file.fill(0);
      expectValues(some.tensors.scalar, references.safetensorsTensors.scalar);
      const refused = safetensors(join(folder, "x.safetensors"), { maximumBytes: 99 });
      expect(await messageOf(refused, FormatError)).toContain("Raise maximumBytes");
    } finally {
      rmSync(folder, { recursive: true });
    }
    const message = await messageOf(
      safetensors(bytesOf(references.safetensors), { names: ["scalars"] }),
      ArgumentError,
    );
    expect(message).toContain('Did you mean "scalar"?');
  });

  it("reads a file of texts alone (safetensors #466, #601)", async () => {
    const { tensors, metadata } = await safetensors(bytesOf(references.safetensorsOnlyMetadata));
    expect([Object.keys(tensors), { ...metadata }]).toEqual([[], { key: "value" }]);
    expect((await safetensors(toSafetensors({}, { metadata: { key: "value" } }))).metadata).toEqual(metadata);
  });

  const one = (entry: string, data: Iterable<number> = []) => fileOf(`{"t":${entry}}`, data);
  const entry = (dtype: string, shape: string, end: number) =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,${end}]}`;

  it.each(["C64", "F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I4", "toString"])(
    "refuses %s by name",
    async (dtype) => {
      const message = await messageOf(safetensors(one(entry(dtype, "[1]", 1), [0])), FormatError);
      expect(message).toContain(`tensor "t" has dtype "${dtype}"`);
    },
  );

  it.each([
    ["I64", "[2,2]", BigInt64Array.of(1n, 2n, -(2n ** 31n) - 1n, 4n), "-2147483649 at [1, 0]"],
    ["U64", "[1]", BigUint64Array.of(2n ** 64n - 1n), "18446744073709551615 at [0]"],
    ["U32", "[1,2]", Uint32Array.of(3, 2 ** 31), "2147483648 at [0, 1]"],
    ["F64", "[]", Float64Array.of(-1e39), "-1e+39,"],
    ["BOOL", "[3]", Uint8Array.of(0, 1, 2), "2 at [2]"],
  ])("names a number of %s without room, and its place", async (dtype, shape, data, message) => {
    const file = one(entry(dtype, shape, data.byteLength), new Uint8Array(data.buffer));
    expect(await messageOf(safetensors(file), DataError)).toContain(`tensor "t" of ${dtype}: holds ${message}`);
  });

  it.each([
    [
      "names that stand twice (safetensors #401)",
      fileOf('{"a":1,"a":2}'.replaceAll(/\d/g, entry("U8", "[0]", 0))),
      "stands twice",
    ],
    ["metadata that are no texts (safetensors #278)", fileOf('{"__metadata__":{"unquoted":0}}'), "expected a string"],
    ["a shape larger than its bytes (mlx #3363)", one(entry("F32", "[1000,1000]", 4), [0, 0, 0, 0]), "but has 4 bytes"],
    ["a hole", one('{"dtype":"U8","shape":[1],"data_offsets":[1,2]}', [0, 0]), "belong to no tensor"],
    ["bytes behind the last tensor", one(entry("U8", "[1]", 1), [0, 0]), "the file has 2 bytes of data"],
    ["a negative offset", one('{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}'), "an integer from 0"],
    ["a header that claims 100 TB", fileOf("{}", [], 100_000_000_000_000), "at most 100000000 are allowed"],
    ["an empty file", new Uint8Array(0), "expects at least 8 bytes"],
  ])("refuses %s", async (_, file, message) => {
    expect(await messageOf(safetensors(file), FormatError)).toContain(message);
  });

  it("reads empty metadata (fastsafetensors #88)", async () => {
    const { metadata } = await safetensors(fileOf('{"__metadata__":{}}'));
    expect(Object.keys(metadata)).toEqual([]);
  });

  it("refuses every shorter file; with any bit of its header changed it is read or refused", async () => {
    const file = toSafetensors({ a: tensor([1, 2]), b: tensor([3], [1], "uint8") }, { metadata: { x: "y" } });
    for (let length = 0; length < file.length; length++)
      await messageOf(safetensors(file.subarray(0, length)), FormatError);
    for (let at = 0; at < 8 + headerOf(file).length; at++) {
      const damaged = file.slice();
      damaged[at] ^= 1 << ((at * 3) % 8);
      await safetensors(damaged).catch((error) => expect([FormatError, DataError]).toContain(error.constructor));
    }
  });
});

describe("toSafetensors", () => {
  it("keeps the type of every array, and is read by the reference's rules", async () => {
    const arrays = {
      F64: Float64Array.of(1.5),
      F32: Float32Array.of(-2),
      I64: BigInt64Array.of(-3n),
      U64: BigUint64Array.of(4n),
      I32: Int32Array.of(-5),
      U32: Uint32Array.of(6),
      I16: Int16Array.of(-7),
      U16: Uint16Array.of(8),
      I8: Int8Array.of(-9),
      U8: Uint8Array.of(10),
    };
    const entries = Object.entries(arrays).map(([name, data]) => [name, { data, shape: [1] }]);
    const file = toSafetensors(Object.fromEntries(entries));
    const header = JSON.parse(headerOf(file));
    for (const name of Object.keys(arrays)) expect(header[name].dtype).toBe(name);
    // Each lies aligned to its elements.
    const start = 8 + headerOf(file).length;
    for (const { dtype, data_offsets } of Object.values<{ dtype: "F64"; data_offsets: number[] }>(header)) {
      expect((start + data_offsets[0]) % allElementBytes[dtype]).toBe(0);
    }
    const { tensors } = await safetensors(file);
    const values = Object.keys(arrays).map((name) => tensors[name].data[0]);
    expect(values).toEqual([1.5, -2, -3, 4, -5, 6, -7, 8, -9, 10]);
  });

  it("is to the byte what the reference implementation writes, types of half precision included", async () => {
    const { tensors } = await safetensors(bytesOf(references.safetensors));
    const header = JSON.parse(headerOf(bytesOf(references.safetensors)));
    const names = Object.keys(tensors).filter((name) => !header[name].dtype.startsWith("F8"));
    const dtypes = Object.fromEntries(names.map((name) => [name, header[name].dtype]));
    const chosen = new Map(names.map((name) => [name, tensors[name]]));
    const written = toSafetensors(chosen, { dtypes: Object.assign(Object.create(null), dtypes) });
    const again = JSON.parse(headerOf(written));
    const part = (file: Uint8Array, of: Record<string, { data_offsets: number[] }>, name: string) => {
      const [begin, end] = of[name].data_offsets.map((offset) => offset + 8 + Buffer.byteLength(headerOf(file)));
      return [...file.subarray(begin, end)];
    };
    for (const name of names) {
      expect({ ...again[name], data_offsets: 0 }).toEqual({ ...header[name], data_offsets: 0 });
      expect(part(written, again, name), name).toEqual(part(bytesOf(references.safetensors), header, name));
    }
  });

  it("rounds to half precision as NumPy does", () => {
    const { values, F16, BF16 } = references.halves;
    const numbers = Float64Array.from(values, numberOf);
    expect([...toFloat16(numbers)]).toEqual(F16);
    expect([...toBfloat16(numbers)]).toEqual(BF16);
    expect([...toFloat16(Float64Array.of(Number.NaN))]).toEqual([0x7e00]);
  });

  it.each([
    ["F16", 65520, "65520 at 0, which F16 does not have"],
    ["BF16", 3.4e38 * 1.01, "which BF16 does not have"],
    ["F32", 1e39, "1e+39 at 0, which F32 does not have"],
    ["BOOL", 2, "2 at 0, which BOOL does not have"],
    ["I8", 128, "128 at 0, which I8 does not have"],
    ["U8", -1, "-1 at 0, which U8 does not have"],
    ["I32", 0.5, "0.5 at 0, which I32 does not have"],
    ["I64", Number.NaN, "NaN at 0, which I64 does not have"],
    ["U64", -1, "-1 at 0, which U64 does not have"],
  ] as const)("refuses to write as %s what it does not have", (dtype, value, message) => {
    const write = () => toSafetensors({ x: { data: Float64Array.of(value), shape: [1] } }, { dtypes: { x: dtype } });
    expect(write).toThrow(DataError);
    expect(write).toThrow(message);
  });

  it("keeps 64 bits between types of integers", async () => {
    const data = BigUint64Array.of(2n ** 63n - 1n);
    const file = toSafetensors({ x: { data, shape: [] } }, { dtypes: { x: "I64" } });
    expect(new DataView(file.buffer).getBigInt64(file.length - 8, true)).toBe(2n ** 63n - 1n);
    const tooLarge = { x: { data: BigUint64Array.of(2n ** 63n), shape: [] } };
    expect(() => toSafetensors(tooLarge, { dtypes: { x: "I64" } })).toThrow("9223372036854775808n at 0");
  });

  it("is read back as it was, whatever names and tensors", async () => {
    const name = fc.oneof(
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constantFrom("__proto__", "constructor", "10", "9"),
    );
    const written = fc.tuple(
      fc.constantFrom(Float32Array, Int32Array, Uint8Array),
      fc.array(fc.nat(3), { maxLength: 3 }),
    );
    const tensors = fc.dictionary(name, written, { maxKeys: 5, noNullPrototype: false });
    await fc.assert(
      fc.asyncProperty(tensors, async (shapes) => {
        const made = new Map<string, Tensor>();
        for (const [key, [Kind, shape]] of Object.entries(shapes)) {
          const count = shape.reduce((product, size) => product * size, 1);
          made.set(key, new Tensor(new Kind(Array.from({ length: count }, (_, i) => i)) as TensorData, shape));
        }
        const read = await safetensors(toSafetensors(made));
        expect(new Map(Object.entries(read.tensors))).toEqual(made);
        expect(toSafetensors(read.tensors)).toEqual(toSafetensors(made));
      }),
      { seed, numRuns: 100 },
    );
  });

  it("refuses names and options that no file can have", () => {
    const x = tensor([1]);
    expect(() => toSafetensors(new Map([["__metadata__", x]]))).toThrow(ArgumentError); // safetensors #849
    expect(() => toSafetensors({ "\ud800": x })).toThrow(ArgumentError);
    expect(() => toSafetensors({ x }, { metadata: { a: 1 as never } })).toThrow(ArgumentError);
    expect(() => toSafetensors({ x }, { metadata: { a: "\udc00" } })).toThrow(ArgumentError);
    expect(() => toSafetensors({ x }, { dtypes: { y: "F16" } })).toThrow('there is no tensor "y"');
    expect(() => toSafetensors({ x }, { dtypes: { x: "F17" as never } })).toThrow('Did you mean "F16"?');
    expect(() => toSafetensors(x as never)).toThrow(ArgumentError);
    expect(() => toSafetensors({ x: { data: new Float32Array(2), shape: [3] } })).toThrow(ShapeError);
  });
});
