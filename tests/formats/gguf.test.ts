import { describe, expect, it } from "vitest";
import { readTensors } from "../../src/exchange/index";
import { decodeGguf } from "../../src/formats/gguf/decode";
import { type GgufEntry, ggufFile, type GgufOptions } from "./ggufBytes";

/** 0.5, 0.25 and −2 in float16. */
const HALF = [0x00, 0x38];
const QUARTER = [0x00, 0x34];
const MINUS_TWO = [0x00, 0xc0];

const floats = Float32Array.of(1, -2, 3.5, 4, 5, 6);
const bytesOf = ({ buffer }: ArrayBufferView) => new Uint8Array(buffer as ArrayBuffer);

const errorOf = (entries: readonly GgufEntry[], options?: GgufOptions) => {
  try {
    decodeGguf(ggufFile(entries, options), "test");
  } catch (error) {
    return error;
  }
  return undefined;
};

const refused = (message: RegExp) => ({ name: "FormatError", message: expect.stringMatching(message) });

/** The numbers 0 … 15 in the low halves of bytes, 15 … 0 in the high ones. */
const ramp = Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4));
const rampValue = (i: number) => (i < 16 ? i : 31 - i);
/** A fifth bit at every third number. */
const fifth = [0, 0, 0, 0];
for (let i = 0; i < 32; i += 3) fifth[i >> 3] |= 1 << (i & 7);
const fifthValue = (i: number) => (i % 3 === 0 ? 16 : 0);

const block: Readonly<Record<string, { type: number; bytes: number[]; value: (i: number) => number }>> = {
  q4_0: { type: 2, bytes: [...HALF, ...ramp], value: (i) => (rampValue(i) - 8) * 0.5 },
  q4_1: { type: 3, bytes: [...HALF, ...MINUS_TWO, ...ramp], value: (i) => rampValue(i) * 0.5 - 2 },
  q5_0: { type: 6, bytes: [...QUARTER, ...fifth, ...ramp], value: (i) => (rampValue(i) + fifthValue(i) - 16) * 0.25 },
  q5_1: {
    type: 7,
    bytes: [...QUARTER, ...MINUS_TWO, ...fifth, ...ramp],
    value: (i) => (rampValue(i) + fifthValue(i)) * 0.25 - 2,
  },
  q8_0: {
    type: 8,
    bytes: [...HALF, ...Array.from({ length: 32 }, (_, i) => (8 * i - 128) & 255)],
    value: (i) => (8 * i - 128) * 0.5,
  },
};

describe("files of GGUF", () => {
  it("have shapes the other way round, and numbers of 32 and 16 bits", async () => {
    const file = ggufFile([
      { name: "blk.0.ffn_up.weight", shape: [2, 3], type: 0, data: bytesOf(floats) },
      { name: "half", shape: [2], type: 1, data: Uint8Array.of(...HALF, ...MINUS_TWO) },
      { name: "brain", shape: [2], type: 30, data: Uint8Array.of(0xc0, 0x3f, 0x00, 0xc0) },
    ]);
    const tensors = await readTensors(file);
    expect([...tensors.keys()]).toEqual(["blk.0.ffn_up.weight", "half", "brain"]);
    expect(tensors.get("blk.0.ffn_up.weight")).toEqual({ shape: [2, 3], dtype: "float32", data: floats });
    expect(tensors.get("half")).toEqual({ shape: [2], dtype: "float16", data: Float32Array.of(0.5, -2) });
    expect(tensors.get("brain")).toEqual({ shape: [2], dtype: "bfloat16", data: Float32Array.of(1.5, -2) });
    expect(decodeGguf(file, "test").metadata.get("general.architecture")).toBe("llama");
  });

  it.each(Object.keys(block))("have blocks of %s", async (dtype) => {
    const { type, bytes, value } = block[dtype];
    const twice = Uint8Array.from([...bytes, ...bytes]);
    const tensors = await readTensors(ggufFile([{ name: "w", shape: [2, 32], type, data: twice }]));
    const wanted = Float32Array.from({ length: 64 }, (_, i) => value(i % 32));
    expect(tensors.get("w")).toEqual({ shape: [2, 32], dtype, data: wanted });
  });

  it("may have another alignment and version 2", async () => {
    const entries = [
      { name: "a", shape: [1], type: 0, data: bytesOf(Float32Array.of(7)) },
      { name: "b", shape: [1], type: 0, data: bytesOf(Float32Array.of(8)) },
    ];
    const tensors = await readTensors(ggufFile(entries, { alignment: 8, version: 2 }));
    expect([...tensors.values()].map(({ data }) => data[0])).toEqual([7, 8]);
  });

  const one: GgufEntry = { name: "w", shape: [6], type: 0, data: bytesOf(floats) };

  it.each<[string, readonly GgufEntry[], GgufOptions, RegExp]>([
    ["a type that is not read", [{ ...one, type: 12 }], {}, /tensor "w" is of Q4_K; read are F32/],
    ["an unknown type", [{ ...one, type: 99 }], {}, /the unknown type 99/],
    ["another version", [one], { version: 1 }, /is version 1; read are versions 2 and 3/],
    ["big-endian files", [one], { version: 0x03000000 }, /is big-endian/],
    ["names twice", [one, one], {}, /"w" stands there twice/],
    ["shared bytes", [one, { ...one, name: "v" }], { offset: 0 }, /shares bytes with another/],
    ["a place beyond the end", [one], { offset: 64 }, /reaches beyond the end/],
    ["a place between", [one], { offset: 4 }, /is not aligned/],
    ["rows that are no whole blocks", [{ ...one, shape: [2, 16], type: 8 }], {}, /no whole blocks of 32/],
    ["more than there is", [{ ...one, shape: [2 ** 40] }], {}, /reaches beyond the end/],
    ["alignments of 0", [one], { alignment: 0 }, /an alignment of 0/],
  ])("are refused with %s", (_, entries, options, message) => {
    expect(errorOf(entries, options)).toMatchObject(refused(message));
  });

  it("are refused with more tensors than bytes", () => {
    const file = ggufFile([one]);
    new DataView(file.buffer).setUint32(12, 2 ** 20, true);
    expect(() => decodeGguf(file, "test")).toThrow(/4503599627370497 tensors in/);
    expect(() => decodeGguf(file.subarray(0, 30), "test")).toThrow(/damaged/);
  });
});
