import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors";
import { Message } from "../../src/formats/protobuf/message";
import { float, number, part, text, varint } from "../exchange/onnxBytes";

const message = (...bytes: number[][]) => new Message(Uint8Array.from(bytes.flat()), "test");

function first(...bytes: number[][]): Message {
  const read = message(...bytes);
  expect(read.next()).toBe(true);
  return read;
}

describe("Protocol Buffers", () => {
  it("whole numbers of all sizes come back, with their signs", () => {
    for (const value of [
      0,
      1,
      127,
      128,
      300,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      2 ** 35,
      2 ** 53 - 1,
      -1,
      -2,
      -300,
      -(2 ** 31),
      -(2 ** 52),
    ]) {
      expect(first(number(5, value)).integer).toBe(value);
    }
    // INT64_MAX, which ends of slices often are: rounded to a float64.
    expect(first([8, 255, 255, 255, 255, 255, 255, 255, 255, 127]).integer).toBe(2 ** 63);
  });

  it("fields come in the file's order, unknown ones and their parts are passed over", () => {
    const read = message(number(1, 7), part(99, [1, 2, 3]), float(2, 1.5), text(3, "é"), [
      4 * 8 + 1,
      0,
      0,
      0,
      0,
      0,
      0,
      240,
      63,
    ]);
    const fields: number[] = [];
    while (read.next()) fields.push(read.field);
    expect(fields).toEqual([1, 99, 2, 3, 4]);
  });

  it("numbers, texts and parts are read", () => {
    expect(first(float(2, 1.5)).float).toBe(1.5);
    expect(first(text(3, "Größe")).text).toBe("Größe");
    const inner = first(part(4, number(1, 42))).message("inner");
    expect(inner.next()).toBe(true);
    expect(inner.integer).toBe(42);
    const doubles: number[] = [];
    first([4 * 8 + 1, 0, 0, 0, 0, 0, 0, 240, 63]).addDoubles(doubles);
    expect(doubles).toEqual([1]);
  });

  it("lists may be packed or not", () => {
    const lists: number[][] = [[], [], []];
    first(part(8, [1, -2, 300].flatMap(varint))).addIntegers(lists[0]);
    const single = message(number(8, 1), number(8, -2), number(8, 300));
    while (single.next()) single.addIntegers(lists[1]);
    first(part(7, new Uint8Array(Float32Array.of(1, 2, 3).buffer))).addFloats(lists[2]);
    expect(lists).toEqual([
      [1, -2, 300],
      [1, -2, 300],
      [1, 2, 3],
    ]);
  });

  it("parts are views of the file, not copies", () => {
    const bytes = Uint8Array.from(part(9, [1, 2, 3]));
    const read = new Message(bytes, "test");
    read.next();
    expect(read.part.buffer).toBe(bytes.buffer);
    expect([...read.part]).toEqual([1, 2, 3]);
  });

  const broken: Readonly<Record<string, [bytes: number[], says: RegExp]>> = {
    "a number that is cut off": [[8, 128], /ends within a number/],
    "a number of more than 64 bits": [[8, ...new Array(11).fill(255)], /more than 64 bits/],
    "a part that promises terabytes": [[10, 255, 255, 255, 255, 255, 255, 127], /promises \d+ bytes where 0 are left/],
    "a group, as nobody writes any more": [[11], /unknown kind 3/],
    "a field 0": [[0, 1], /field 0/],
    "four bytes that are three": [[13, 1, 2, 3], /promises 4 bytes/],
  };
  for (const [what, [bytes, says]] of Object.entries(broken)) {
    it(`${what} is an error`, () => {
      const read = new Message(Uint8Array.from(bytes), "test");
      expect(() => read.next()).toThrow(FormatError);
      expect(() => new Message(Uint8Array.from(bytes), "test").next()).toThrow(says);
    });
  }

  it("a field that is written otherwise than it is read is an error", () => {
    expect(() => first(number(1, 3)).float).toThrow(/a number where 4 bytes must stand/);
    expect(() => first(float(1, 3)).text).toThrow(/4 bytes where a part must stand/);
    expect(() => first(part(1, [255, 254])).text).toThrow(/no UTF-8/);
    expect(() => first(part(7, [1, 2, 3])).addFloats([])).toThrow(/no multiple of 4/);
  });

  it("any bytes end, in fields or in a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = new Message(Uint8Array.from(bytes), "test");
        let fields = 0;
        try {
          while (read.next()) fields++;
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
        expect(fields).toBeLessThanOrEqual(bytes.length / 2);
      }),
      { numRuns: 2000 },
    );
  });

  it("what is written is read", () => {
    const field = fc.oneof(
      fc.tuple(fc.constant("integer" as const), fc.integer({ min: 1, max: 500 }), fc.maxSafeInteger()),
      fc.tuple(fc.constant("part" as const), fc.integer({ min: 1, max: 500 }), fc.uint8Array({ maxLength: 20 })),
    );
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const read = message(
          ...fields.map(([, id, value]) => (typeof value === "number" ? number(id, value) : part(id, value))),
        );
        for (const [kind, id, value] of fields) {
          expect(read.next()).toBe(true);
          expect(read.field).toBe(id);
          if (kind === "integer") expect(read.integer).toBe(value);
          else expect([...read.part]).toEqual([...(value as Uint8Array)]);
        }
        expect(read.next()).toBe(false);
      }),
    );
  });
});
