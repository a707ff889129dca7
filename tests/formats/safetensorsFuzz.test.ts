import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors";
import { decodeSafetensors } from "../../src/formats/safetensors/decode";
import { encodeSafetensors } from "../../src/formats/safetensors/encode";
import { elementBytes, type StoredData } from "../../src/formats/safetensors/layout";
import { fileOf, headerOf, plainTensors } from "./safetensorsFile";

const seed = 20240607;

const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }).filter((text) => text !== "__metadata__"),
  fc.constantFrom("__proto__", "constructor", "toString", "dense_1/kernel", "0", "10", "9", '"', "\\", "\u2028", "😀"),
);
const shape = fc.array(fc.constantFrom<number[]>(0, 1, 2, 3, 5, 7), { maxLength: 3 });

const tensor = fc.tuple(shape, fc.constantFrom(4, 8, -4, 1)).chain(([dimensions, kind]) => {
  const count = dimensions.reduce((product, size) => product * size, 1);
  const limits = { minLength: count, maxLength: count };
  const arrays: Record<number, fc.Arbitrary<StoredData>> = {
    4: fc.float32Array(limits),
    8: fc.float64Array(limits),
    [-4]: fc.int32Array(limits),
    1: fc.uint8Array(limits),
  };
  return arrays[kind].map((data) => ({ shape: dimensions, data }));
});

const content = fc.record({
  tensors: fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((entries) => new Map(entries)),
  metadata: fc.dictionary(name, fc.string({ unit: "binary" }), { maxKeys: 3, noNullPrototype: false }),
});

/** One way to damage a file. Positions are fractions, so that they fit a file of any length. */
const fraction = fc.nat(65535).map((x) => x / 65536);
const headerToken = fc.constantFrom(
  ...[" ", "\n", "a", "\\u0062", "é"],
  ...'-1|1e12|0.5|9007199254740993|18446744073709551616|null|[|]|{|}|,|:|"|\\|\\ud800|[[|{}|[0]| |\0|\uFEFF'.split("|"),
  ..."__proto__|__metadata__|dtype|shape|data_offsets|F32|F16|BF16|I64|U8|0|1|2|4|8|16".split("|"),
);
const damage: fc.Arbitrary<(file: Uint8Array) => Uint8Array> = fc.oneof(
  fc.tuple(fraction, fc.nat(7)).map(([at, bit]) => (file: Uint8Array) => {
    const copy = file.slice();
    if (copy.length > 0) copy[Math.floor(at * copy.length)] ^= 1 << bit;
    return copy;
  }),
  fraction.map((at) => (file: Uint8Array) => file.slice(0, Math.floor(at * file.length))),
  fc.tuple(fraction, fraction, fraction).map(([from, to, at]) => (file: Uint8Array) => {
    const piece = file.slice(...[Math.min(from, to), Math.max(from, to)].map((x) => Math.floor(x * file.length)));
    const position = Math.floor(at * file.length);
    return Uint8Array.of(...file.slice(0, position), ...piece, ...file.slice(position));
  }),
  fc.tuple(fraction, fc.uint8Array({ maxLength: 9 })).map(([at, bytes]) => (file: Uint8Array) => {
    const position = Math.floor(at * file.length);
    return Uint8Array.of(...file.slice(0, position), ...bytes, ...file.slice(position));
  }),
);
/** Puts a token into the header, before another or in its place, and keeps the length right to pass the first checks. */
const headerEdit = fc.tuple(fraction, headerToken, fc.nat(1)).map(([at, token, removed]) => (file: Uint8Array) => {
  const header = headerOf(file);
  const tokens = header.match(/\w+|\s+|./gsu) ?? [];
  tokens.splice(Math.floor(at * tokens.length), removed, token);
  return fileOf(tokens.join(""), file.slice(8 + Buffer.byteLength(header)));
});

/** Decodes, or returns undefined on a FormatError. Any other error, and any inconsistent result, fails the test. */
function decodeOrRefuse(file: Uint8Array): ReturnType<typeof decodeSafetensors> | undefined {
  let decoded: ReturnType<typeof decodeSafetensors>;
  try {
    decoded = decodeSafetensors(file);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message.length).toBeLessThan(500);
    return undefined;
  }
  let dataBytes = 0;
  for (const { dtype, shape, data } of decoded.tensors.values()) {
    expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    dataBytes += data.length * elementBytes[dtype];
  }
  expect(8 + Buffer.byteLength(headerOf(file)) + dataBytes).toBe(file.length);
  return decoded;
}

describe("safetensors, any content", () => {
  it("is read back as it was written, by us and by a plain reader", () => {
    fc.assert(
      fc.property(content, ({ tensors, metadata }) => {
        const file = encodeSafetensors(tensors, metadata);
        const decoded = decodeSafetensors(file);
        const plain = plainTensors(file);
        expect(new Set(decoded.tensors.keys())).toEqual(new Set(tensors.keys()));
        for (const [name, { shape, data }] of tensors) {
          const found = decoded.tensors.get(name)!;
          expect(found.shape).toEqual(shape);
          expect(found.data).toEqual(data);
          expect(plain.get(name)).toEqual({ dtype: found.dtype, shape, values: [...data] });
        }
        expect(Object.entries(decoded.metadata).sort()).toEqual(Object.entries(metadata).sort());
        expect((file.length - tensorBytes(tensors)) % 8).toBe(0);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("has the same bytes in any order, and after a second writing", () => {
    fc.assert(
      fc.property(content, ({ tensors, metadata }) => {
        const file = encodeSafetensors(tensors, metadata);
        const reversed = Object.fromEntries(Object.entries(metadata).reverse());
        expect(encodeSafetensors(new Map([...tensors].reverse()), reversed)).toEqual(file);
        const decoded = decodeSafetensors(file);
        expect(encodeSafetensors(decoded.tensors, decoded.metadata)).toEqual(file);
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe("safetensors, damaged files", () => {
  it("refuses random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeOrRefuse(bytes);
        decodeOrRefuse(fileOf(bytes));
        decodeOrRefuse(fileOf(Uint8Array.of(0x7b, ...bytes, 0x7d)));
      }),
      { seed, numRuns: 1000 },
    );
  });

  it("decodes or refuses a damaged file", () => {
    fc.assert(
      fc.property(content, fc.array(damage, { minLength: 1, maxLength: 4 }), ({ tensors, metadata }, damages) => {
        decodeOrRefuse(damages.reduce((file, apply) => apply(file), encodeSafetensors(tensors, metadata)));
      }),
      { seed, numRuns: 2000 },
    );
  });

  it("decodes or refuses a file with an edited header, and what it decodes can be written again", () => {
    let decodedCount = 0;
    fc.assert(
      fc.property(content, fc.array(headerEdit, { minLength: 1, maxLength: 3 }), ({ tensors, metadata }, edits) => {
        const file = edits.reduce((edited, apply) => apply(edited), encodeSafetensors(tensors, metadata));
        const decoded = decodeOrRefuse(file);
        if (decoded === undefined) return;
        decodedCount++;
        const again = decodeSafetensors(encodeSafetensors(decoded.tensors, decoded.metadata));
        for (const [name, { shape, data }] of decoded.tensors) {
          expect(again.tensors.get(name)).toMatchObject({ shape, data });
        }
      }),
      { seed, numRuns: 3000 },
    );
    expect(decodedCount).toBeGreaterThan(100);
  });

  it("refuses every shorter and every longer version of a file", () => {
    const file = encodeSafetensors(
      new Map<string, { shape: number[]; data: StoredData }>([
        ["x", { shape: [3], data: Float32Array.of(1, 2, 3) }],
        ["y", { shape: [], data: Int32Array.of(4) }],
      ]),
      { wasmgrad: "{}" },
    );
    for (let length = 0; length < file.length; length++) expect(decodeOrRefuse(file.slice(0, length))).toBeUndefined();
    for (let extra = 1; extra <= 17; extra++) {
      expect(decodeOrRefuse(Uint8Array.of(...file, ...new Uint8Array(extra)))).toBeUndefined();
    }
  });
});

function tensorBytes(tensors: ReadonlyMap<string, { data: StoredData }>): number {
  return [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
}
