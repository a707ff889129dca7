// C27: arrays of NumPy in and out. The files are NumPy's own (tests/references/arrays.py); what is written is compared with its
// description and read by NumPy where there is one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { strFromU8, unzipSync, zipSync } from "fflate";
import { afterEach, describe, expect, it, vi } from "vitest";
import { npy, npz, toNpy, toNpz } from "../../src/data";
import { ArgumentError, DataError, FormatError, ShapeError } from "../../src/errors";
import { crc32 } from "../../src/formats/zip/crc32";
import { Tensor, type TensorData, tensor } from "../../src/tensor/tensor";
import { bytesOf, expectValues, messageOf, references } from "./arrays";

const seed = 20261130;

/** A file of a header that is given as text, and data. */
function fileOf(header: string, data: Iterable<number> = [], version = 1): Uint8Array {
  const text = Buffer.from(header, version === 3 ? "utf8" : "latin1");
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  return new Uint8Array([0x93, ...Buffer.from("NUMPY"), version, 0, ...length, ...text, ...data]);
}

const headerOf = (descr: string, shape: string, order = "False") =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe("npy", () => {
  it.each(Object.keys(references.npy))("reads what NumPy writes: %s", async (name) => {
    const { file, ...described } = references.npy[name];
    expectValues(await npy(bytesOf(file)), described);
  });

  it("gives the dtype that holds the numbers", async () => {
    const dtypes = async (code: string) => (await npy(bytesOf(references.npy[`<${code} rows`].file))).dtype;
    for (const code of ["b1", "u1"]) expect(await dtypes(code)).toBe("uint8");
    for (const code of ["i1", "i2", "i4", "i8", "u2", "u4", "u8"]) expect(await dtypes(code)).toBe("int32");
    for (const code of ["f2", "f4", "f8"]) expect(await dtypes(code)).toBe("float32");
  });

  it("keeps float64 beside its rounding, for what learns from the numbers as they were", async () => {
    const tensor = await npy(fileOf(headerOf("'<f8'", "(2,)"), new Uint8Array(Float64Array.of(0.1, 16777217).buffer)));
    expect(tensor.exact).toEqual(Float64Array.of(0.1, 16777217));
  });

  it("reads from a path, a URL, a Blob, a Response and a stream alike", async () => {
    const { file, ...described } = references.npy["<f4 rows"];
    const bytes = bytesOf(file);
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-npy-"));
    try {
      const path = join(folder, "ä b.npy");
      writeFileSync(path, bytes);
      const shifted = new Uint8Array([0, ...bytes]).subarray(1);
      const sources = [
        path,
        pathToFileURL(path),
        new Blob([bytes]),
        new Response(bytes),
        new Blob([bytes]).stream(),
        shifted,
      ];
      for (const source of sources) expectValues(await npy(source), described);
      expect(await messageOf(npy(path, { maximumBytes: 10 }), FormatError)).toContain("more than 10 bytes");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("copies bytes that are at hand", async () => {
    const file = bytesOf(references.npy["<u1 rows"].file);
    const read = await npy(file);
    file.fill(9);
    expectValues(read, references.npy["<u1 rows"]);
  });

  it.each([
    ["objects", "objects of Python, which a file keeps as a program (pickle) that is never run"],
    ["records", "records with fields (a structured dtype)"],
    ["records with names in unicode", "records with fields (a structured dtype)"],
    ["complex", 'dtype "<c8" holds complex numbers'],
    ["bytes", 'dtype "|S2" holds texts of bytes'],
    ["texts", 'dtype "<U2" holds texts'],
    ["dates", 'dtype "<M8[D]" holds dates'],
    ["spans", 'dtype "<m8[s]" holds spans of time'],
    ["void", 'dtype "|V5" holds records of raw bytes'],
    ["long doubles", 'dtype "<f16" holds floating-point numbers of a width that no tensor has'],
    ["axes", "has 17 axes, a tensor has at most 16"],
  ])("refuses by name: %s", async (name, message) => {
    expect(await messageOf(npy(bytesOf(references.refused[name])), FormatError)).toContain(message);
  });

  it.each([
    ["i8 too large", "holds 1099511627776 at [1, 1], which has no room in int32"],
    ["i8 too large, columns", "holds -2147483649 at [1, 0], which has no room in int32"],
    ["u4 too large", "holds 2147483648 at [1], which has no room in int32"],
    ["u8 too large", "holds 18446744073709551615 at [0], which has no room in int32"],
    ["f8 too large", "holds 1e+39 at [0, 0], which has no room in float32"],
  ])("names a number without room, and its place: %s", async (name, message) => {
    expect(await messageOf(npy(bytesOf(references.refused[name])), DataError)).toContain(message);
  });

  it.each([
    ["a shape beyond memory", fileOf(headerOf("'<f4'", "(4294967296, 4294967296)")), "but there are"],
    [
      "more numbers than the shape has",
      fileOf(headerOf("'|u1'", "(1,)"), [1, 2]),
      "which makes 69 bytes, but there are 70",
    ],
    ["a negative size", fileOf(headerOf("'|u1'", "(-1,)")), "whole numbers from 0"],
    ["a fraction as size", fileOf(headerOf("'|u1'", "(1.5,)")), 'expected "," or ")"'],
    ["True as size", fileOf(headerOf("'|u1'", "(True,)")), "whole numbers from 0"],
    ["a size beyond 2^53", fileOf(headerOf("'|u1'", "(9007199254740993,)")), "whole numbers from 0"],
    ["a number instead of a shape", fileOf(headerOf("'|u1'", "(1)"), [1]), "the shape must be a tuple"],
    ["an order that is a number", fileOf(headerOf("'|u1'", "(1,)", "1"), [1]), "fortran_order must be True or False"],
    ["a name that stands twice", fileOf("{'shape': (1,), 'shape': (2,), 'descr': '|u1'}"), "stands twice"],
    ["a name more", fileOf("{'descr': '|u1', 'fortran_order': False, 'shape': (), 'x': 1}"), "and nothing else"],
    ["a name less", fileOf("{'descr': '|u1', 'shape': ()}"), "and nothing else"],
    ["a call", fileOf("__import__('os').system('true')"), "expected a value"],
    ["a text that does not end", fileOf("{'descr"), "a text does not end"],
    ["deep nesting", fileOf("(".repeat(60_000)), "too deep nesting"],
    ["text behind the dictionary", fileOf(`${headerOf("'|u1'", "()")} 1`, [1]), "expected the end"],
    [
      "a header of half a gigabyte",
      Uint8Array.of(0x93, 78, 85, 77, 80, 89, 2, 0, 0, 0, 0, 32),
      "at most 65536 are read",
    ],
    ["version 4.0", Uint8Array.of(0x93, 78, 85, 77, 80, 89, 4, 0, 0, 0), "version 4.0 of the format"],
    ["a header that is no UTF-8", fileOf("", [], 3).map((byte, i) => (i === 8 ? 1 : byte)), "ends within its header"],
    [
      "a type without its order of bytes",
      fileOf(headerOf("'f4'", "()"), [0, 0, 0, 0]),
      "does not say the order of bytes",
    ],
    ["a type that is none", fileOf(headerOf("'<q9'", "()")), "a type that NumPy does not have"],
    ["an empty file", new Uint8Array(0), "ends within its header, after 0 bytes"],
    ["a ZIP archive", Uint8Array.of(0x50, 0x4b, 3, 4), "read it by data.npz"],
    ["a pickle", Uint8Array.of(0x80, 4, 0x95, 0), "a pickle of Python, which is a program and is never run"],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), "compressed by gzip"],
    ["an HTML page", Buffer.from("<!doctype html>"), "an HTML page"],
  ])("refuses %s before anything is allocated", async (_, file, message) => {
    expect(await messageOf(npy(file), FormatError)).toContain(message);
  });

  it("refuses a bool that is neither 0 nor 1", async () => {
    const message = await messageOf(npy(fileOf(headerOf("'|b1'", "(3,)"), [0, 2, 1])), DataError);
    expect(message).toBe("npy: holds 2 at [1], which has no room in a boolean, which is 0 or 1.");
  });

  it("refuses every shorter and every longer file", async () => {
    for (const name of [">i8 columns", "<f4 rows", "version 3.0"]) {
      const file = bytesOf(references.npy[name].file);
      for (let length = 0; length < file.length; length++) await messageOf(npy(file.subarray(0, length)), FormatError);
      await messageOf(npy(Uint8Array.of(...file, 0)), FormatError);
    }
  });

  it("reads or refuses a file with any byte of its header changed, and never other numbers in silence", async () => {
    const { file, ...described } = references.npy["<i2 rows"];
    const bytes = bytesOf(file);
    const start = bytes.length - 48;
    for (let at = 0; at < start; at++) {
      for (const change of [1, 2, 4, 32, 255]) {
        const damaged = bytes.slice();
        damaged[at] ^= change;
        const read = await npy(damaged).catch((error) => {
          expect(error).toBeInstanceOf(FormatError);
          return undefined;
        });
        // What still is a file of these bytes: another type or order of them, said in plain text.
        const text = strFromU8(damaged.subarray(10, start), true);
        if (read && text.includes("'<i2'") && text.includes("False")) {
          expect([...read.data]).toEqual(described.values.map(Number));
        }
      }
    }
  });
});

describe("toNpy", () => {
  it("writes to the byte what NumPy writes", () => {
    for (const [name, make] of [
      ["<f4 rows", (values: number[]) => Float32Array.from(values)],
      ["<i4 rows", (values: number[]) => Int32Array.from(values)],
      ["<u1 rows", (values: number[]) => Uint8Array.from(values)],
      ["<f8 rows", (values: number[]) => Float64Array.from(values)],
      ["<i1 rows", (values: number[]) => Int8Array.from(values)],
      ["<u4 rows", (values: number[]) => Uint32Array.from(values)],
      ["<i8 rows", (values: number[]) => BigInt64Array.from(values, BigInt)],
    ] as const) {
      const { file, shape, values } = references.npy[name];
      expect(toNpy({ data: make(values.map(Number)), shape })).toEqual(bytesOf(file));
    }
    expect(toNpy({ data: Float64Array.of(2.5), shape: [] })).toEqual(bytesOf(references.npy.scalar.file));
    expect(toNpy(new Tensor(new Float32Array(0), [0]))).toEqual(bytesOf(references.npy.empty.file));
  });

  it("is read back as it was, whatever the tensor", async () => {
    const shapes = fc.array(fc.nat(5), { maxLength: 5 });
    const tensors = shapes.chain((shape) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const limits = { minLength: count, maxLength: count };
      const data = fc.oneof<fc.Arbitrary<TensorData>[]>(
        fc.float32Array(limits),
        fc.int32Array(limits),
        fc.uint8Array(limits),
      );
      return data.map((numbers) => new Tensor(numbers, shape));
    });
    await fc.assert(
      fc.asyncProperty(tensors, async (written) => {
        const read = await npy(toNpy(written));
        expect([read.shape, read.dtype, read.data]).toEqual([written.shape, written.dtype, written.data]);
      }),
      { seed, numRuns: 100 },
    );
  });

  it("refuses what is no tensor", () => {
    expect(() => toNpy({ data: new Float32Array(3), shape: [2] })).toThrow(ShapeError);
    expect(() => toNpy({ data: BigInt64Array.of(1n), shape: [-1] })).toThrow(ShapeError);
    expect(() => toNpy("x" as never)).toThrow(DataError);
    const moved = new Float32Array(2);
    structuredClone(moved.buffer, { transfer: [moved.buffer] });
    expect(() => toNpy({ data: moved, shape: [0] })).toThrow(DataError);
  });
});

describe("npz", () => {
  it.each(Object.keys(references.npz))("reads what NumPy writes: %s", async (name) => {
    const tensors = await npz(bytesOf(references.npz[name]));
    const members = references.npzMembers;
    expect(Object.keys(tensors)).toEqual(Object.keys(members));
    expect(Object.getPrototypeOf(tensors)).toBeNull();
    for (const key of Object.keys(members)) expectValues(tensors[key], members[key]);
  });

  it("reads some by name, and knows what is there", async () => {
    const file = bytesOf(references.npz.savez);
    expect(Object.keys(await npz(file, { names: ["__proto__"] }))).toEqual(["__proto__"]);
    expect(await messageOf(npz(file, { names: ["kernels"] }), ArgumentError)).toContain('Did you mean "kernel"?');
    const others = bytesOf(references.npzOtherNames);
    expect(await messageOf(npz(others), FormatError)).toBe(
      'npz: "readme.txt" is no array: its name does not end with .npy.',
    );
    expect(Object.keys(await npz(others, { names: ["folder/x"] }))).toEqual(["folder/x"]);
  });

  it("reads archives of other writers, with comments, and names of code page 437", async () => {
    const array = toNpy(tensor([1, 2, 3]));
    const read = async (file: Uint8Array) => Object.entries(await npz(file)).map(([name, { data }]) => [name, ...data]);
    const made = zipSync({ "x.npy": [array, { level: 9, comment: "of a file" }] }, { comment: "of the archive" });
    expect(await read(made)).toEqual([["x", 1, 2, 3]]);
    // Archivers of DOS wrote ü as 0x81, and set no mark of UTF-8.
    const old = zipSync({ "?.npy": [toNpy(tensor([1, 2, 3], [3], "uint8")), { level: 0 }] });
    expect(await read(old.map((byte) => (byte === 0x3f ? 0x81 : byte)))).toEqual([["ü", 1, 2, 3]]);
  });

  it("names the array that cannot be read", async () => {
    const file = zipSync({ "a.npy": toNpy([1]), "b.npy": bytesOf(references.refused.objects) });
    expect(await messageOf(npz(file), FormatError)).toContain('npz: "b": dtype "|O" holds objects of Python');
  });

  it("refuses what is no archive, or another", async () => {
    expect(await messageOf(npz(toNpy([1])), FormatError)).toContain("Read it by data.npy");
    expect(await messageOf(npz(new Uint8Array(100)), FormatError)).toContain("not a ZIP archive");
    const file = bytesOf(references.npz.savez);
    expect(await messageOf(npz(file.subarray(0, 500)), FormatError)).toContain("cut off");
    expect(await messageOf(npz(file, { maximumBytes: 1000 }), FormatError)).toContain("Raise maximumBytes");
    expect(Object.keys(await npz(zipSync({})))).toEqual([]);
  });

  it("refuses every shorter file", async () => {
    for (const name of ["savez_compressed", "64 bits"]) {
      const file = bytesOf(references.npz[name]);
      for (let length = 0; length < file.length; length += name === "64 bits" ? 13 : 3) {
        await messageOf(npz(file.subarray(0, length)), FormatError);
      }
    }
  });

  it("reads or refuses an archive with any bit changed, and never other numbers in silence", async () => {
    const members = { a: tensor([1, 2, 3]), b: tensor(new Int32Array([4, 5, 6]), [3]) };
    for (const compressed of [false, true]) {
      const file = await toNpz(members, { compressed });
      for (let at = 0; at < file.length; at++) {
        const damaged = file.slice();
        damaged[at] ^= 1 << ((at * 5) % 8);
        const read = await npz(damaged).catch((error) => {
          expect(error, `byte ${at}`).toBeInstanceOf(FormatError);
          return undefined;
        });
        // Only names, dates and versions are not covered by a checksum.
        if (read)
          expect(Object.values(read).map(({ data }) => [...data])).toEqual([
            [1, 2, 3],
            [4, 5, 6],
          ]);
      }
    }
  });

  /** An archive of one stored file whose directory is changed at a field. */
  const changed = (field: number, ...bytes: number[]) => {
    const file = zipSync({ "a.npy": [toNpy([1]), { level: 0 }] });
    const record = file.length - 22 - 46 - 5;
    file.set(bytes, record + field);
    return file;
  };

  it.each([
    ["an encrypted file", changed(8, 1), "encrypted"],
    ["another method", changed(10, 12), "compressed by method 12"],
    ["a size of 4 GB", changed(20, 254, 255, 255, 255, 254, 255, 255, 255), "beyond the end of the archive's files"],
    ["a size in 64 bits that is missing", changed(24, 255, 255, 255, 255), "sizes of 64 bits, which are missing"],
    ["another size inflated", changed(24, 7, 1), "promises 263 bytes, which its 132 bytes cannot hold"],
    ["another place", changed(42, 9), "is not where the directory of the archive says"],
    ["another checksum", changed(16, 1, 2, 3, 4), "its checksum is another"],
  ])("refuses %s", async (_, file, message) => {
    expect(await messageOf(npz(file), FormatError)).toContain(message);
  });

  it("refuses files that share bytes, which make a small archive large", async () => {
    const file = zipSync({ "a.npy": [toNpy([1]), { level: 0 }], "b.npy": [toNpy([1]), { level: 0 }] });
    const second = file.length - 22 - 46 - 5;
    file.set([0, 0, 0, 0], second + 42);
    expect(await messageOf(npz(file), FormatError)).toBe('npz: "a.npy" and "b.npy" share bytes of the archive.');
  });

  it("refuses a deflated file that inflates to more or less than it says, without inflating it all", async () => {
    const bomb = zipSync({ "a.npy": new Uint8Array(50_000_000) });
    const record = bomb.length - 22 - 46 - 5;
    const said = (bytes: number[]) => {
      const file = bomb.slice();
      file.set(bytes, record + 24);
      return npz(file);
    };
    expect(await messageOf(said([100, 0, 0, 0]), FormatError)).toContain("inflates to more than its 100 bytes");
    expect(await messageOf(said([0, 0, 0, 3]), FormatError)).toContain(
      "inflates to 50000000 bytes instead of 50331648",
    );
    expect(await messageOf(said([0, 0, 0, 128]), FormatError)).toContain("which its");
  });
});

describe("toNpz", () => {
  const members = {
    kernel: tensor([
      [1.5, 2],
      [3, 4],
    ]),
    __proto__x: tensor(7),
    "größe/😀": tensor([1, 2], [2], "uint8"),
  };
  const named = new Map(Object.entries(members)).set("__proto__", tensor([5]));

  it.each([false, true])("is read back, by us and by another reader; deflated: %s", async (compressed) => {
    const file = await toNpz(named, { compressed });
    expect(await npz(file)).toEqual(Object.assign(Object.create(null), Object.fromEntries(named)));
    const unzipped = unzipSync(file);
    expect(Object.keys(unzipped)).toEqual(["kernel.npy", "__proto__x.npy", "größe/😀.npy", "__proto__.npy"]);
    expect(unzipped["kernel.npy"]).toEqual(toNpy(members.kernel));
    expect(await toNpz(named, { compressed })).toEqual(file);
  });

  it("is smaller deflated", async () => {
    const zeros = { zeros: new Tensor(new Float32Array(10_000), [10_000]) };
    expect((await toNpz(zeros, { compressed: true })).length).toBeLessThan(1000);
    expect((await toNpz(zeros)).length).toBeGreaterThan(40_000);
  });

  it("refuses what are no tensors by name", async () => {
    for (const wrong of [
      tensor([1]),
      [tensor([1])],
      null,
      "x",
      new Float32Array(2),
      { data: new Uint8Array(1), shape: [1] },
    ]) {
      await messageOf(toNpz(wrong as never), ArgumentError);
    }
    await messageOf(toNpz({ "\ud800": tensor([1]) }), ArgumentError);
    expect(await messageOf(toNpz({ a: "word" as never }), DataError)).toContain('toNpz: "a"');
  });

  it("is what numpy.load reads, where there is Python with NumPy", async ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-npz-"));
    try {
      writeFileSync(join(folder, "a.npz"), await toNpz(named, { compressed: true }));
      writeFileSync(join(folder, "b.npy"), toNpy(tensor([[1, 2, 3]])));
      const program = `
import numpy, json
a = numpy.load("a.npz")
b = numpy.load("b.npy")
print(json.dumps([[name, a[name].dtype.str, a[name].tolist()] for name in a.files] + [b.dtype.str, b.tolist()]))`;
      const { status, stdout } = spawnSync("python3", ["-c", program], { cwd: folder, encoding: "utf8" });
      if (status !== 0) skip("no Python with NumPy on this machine");
      expect(JSON.parse(stdout)).toEqual([
        [
          "kernel",
          "<f4",
          [
            [1.5, 2],
            [3, 4],
          ],
        ],
        ["__proto__x", "<f4", 7],
        ["größe/😀", "|u1", [1, 2]],
        ["__proto__", "<f4", [5]],
        "<f4",
        [[1, 2, 3]],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("where the runtime cannot deflate", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("a few kilobytes of JavaScript do", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    vi.stubGlobal("CompressionStream", undefined);
    const file = bytesOf(references.npz.savez_compressed);
    expectValues((await npz(file)).columns, references.npzMembers.columns);
    const written = await toNpz({ x: tensor([1, 2, 3]) }, { compressed: true });
    expect([...(await npz(written)).x.data]).toEqual([1, 2, 3]);
    const bomb = zipSync({ "a.npy": new Uint8Array(1_000_000) });
    bomb.set([100, 0, 0, 0], bomb.length - 22 - 46 - 5 + 24);
    expect(await messageOf(npz(bomb), FormatError)).toContain("inflates to more than its 100 bytes");
    for (let at = 40; at < 400; at += 7) {
      const damaged = written.slice();
      damaged[at] ^= 16;
      await npz(damaged).catch((error) => expect(error).toBeInstanceOf(FormatError));
    }
  });
});

it("crc32 is that of the standard's check value", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
  expect(crc32(readFileSync("package.json"))).toBeGreaterThan(0);
});
