// Sources of every kind and size, and limits.
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { table, tableStream } from "../../src/data/tables";
import { DataError, FormatError, LimitError } from "../../src/errors";

const folder = mkdtempSync(join(tmpdir(), "tables-"));
afterAll(() => rmSync(folder, { recursive: true }));

const text = "a,w\n1,red\n2.5,blue\n-3,red\n";
const rows = [
  { a: 1, w: "red" },
  { a: 2.5, w: "blue" },
  { a: -3, w: "red" },
];
const bytes = new TextEncoder().encode(text);
const path = join(folder, "a.csv");
writeFileSync(path, text);

describe("a table is read from", () => {
  it.each([
    ["text", () => text],
    ["a path", () => path],
    ["a file URL", () => pathToFileURL(path)],
    ["a file URL as text", () => pathToFileURL(path).href],
    ["bytes", () => bytes],
    ["a buffer", () => bytes.slice().buffer],
    ["gzip", () => new Uint8Array(gzipSync(bytes))],
    ["a Blob", () => new Blob([text])],
    ["a compressed Blob", () => new Blob([gzipSync(bytes)])],
    ["a Response", () => new Response(text)],
    ["a stream of the web", () => new Blob([text]).stream()],
    ["a stream of Node", () => createReadStream(path)],
    ["a stream of Node of text", () => createReadStream(path, { encoding: "utf8", highWaterMark: 3 })],
    ["a compressed stream of Node", () => Readable.from([gzipSync(bytes).subarray(0, 1), gzipSync(bytes).subarray(1)])],
    ["a file handle", () => ({ getFile: async () => new Blob([text]) })],
    ["objects", () => rows],
    [
      "a generator",
      () =>
        (function* () {
          yield* rows;
        })(),
    ],
    [
      "an asynchronous generator",
      () =>
        (async function* () {
          yield* rows;
        })(),
    ],
    ["JSON", () => JSON.stringify(rows)],
    ["JSON lines", () => rows.map((row) => JSON.stringify(row)).join("\n")],
    ["JSON over several lines", () => new TextEncoder().encode(JSON.stringify(rows, null, 2))],
    ["columns in JSON", () => JSON.stringify({ a: [1, 2.5, -3], w: ["red", "blue", "red"] })],
    ["a place in JSON", () => JSON.stringify({ data: { rows } })],
    [
      "a map of columns",
      () =>
        new Map<string, unknown>([
          ["a", [1, 2.5, -3]],
          ["w", ["red", "blue", "red"]],
        ]),
    ],
  ])("%s", async (name, source) => {
    const options = name === "a place in JSON" ? { path: "data.rows" } : {};
    expect((await table(source() as never, options)).toObjects()).toEqual(rows);
  });

  it.each([
    ["a file that is not there", join(folder, "none.csv"), DataError, "there is no such file"],
    ["nothing", "", DataError, "the text is empty"],
    ["Parquet", Buffer.from("PAR1...."), FormatError, "wasmgrad/parquet"],
    ["Excel", Buffer.from("PK\x03\x04...."), FormatError, "save the sheet as CSV"],
    ["SQLite", Buffer.from("SQLite format 3\0....."), FormatError, "wasmgrad/sqlite"],
    ["HTML", "<!DOCTYPE html>\n<p>Not found", FormatError, "HTML"],
    ["zeros", Buffer.from("a,b\n1,\0"), FormatError, "line 2 has a zero byte"],
    ["broken JSON", '[{"a":1},\n{"a":}]', FormatError, "line 2 is not JSON"],
    ["half of JSON", '[{"a":1},\n{"a":2}', FormatError, "ends in the middle"],
    ["a broken stream", Readable.from([Buffer.from("a,b\n"), 5]), DataError, "the stream gives 5"],
  ])("%s is refused", async (_name, source, type, message) => {
    const error = await table(source as never).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toContain(message);
  });
});

describe("tableStream", () => {
  /** Rows without end, in bytes; the last is broken. */
  async function* many(count: number, last = "") {
    const encoder = new TextEncoder();
    yield encoder.encode("id,x,w\n");
    for (let i = 0; i < count; i += 1000) {
      yield encoder.encode(
        Array.from({ length: 1000 }, (_, k) => `${i + k},${(i + k) / 2},${k % 2 ? "red" : "blue"}\n`).join(""),
      );
    }
    yield encoder.encode(last);
  }

  it("gives tables of the same columns, one at a time", async () => {
    let [sum, rowCount, tables] = [0, 0, 0];
    for await (const part of tableStream(many(50_000), { rowsPerChunk: 4000 })) {
      const x = part.column("x");
      if (x.type === "number") for (const value of x.values) sum += value;
      expect(part.schema.columns.map(({ type }) => type)).toEqual(["identifier", "number", "category"]);
      rowCount += part.rowCount;
      tables++;
    }
    expect([sum, rowCount]).toEqual([(50_000 * 49_999) / 4, 50_000]);
    expect(tables).toBeGreaterThan(8);
  });

  it("names the line of a broken row at the end", async () => {
    let rowCount = 0;
    const read = async () => {
      for await (const part of tableStream(many(20_000, "7,8\n"), { rowsPerChunk: 1000 })) rowCount += part.rowCount;
    };
    await expect(read()).rejects.toThrow("line 20002 has 2 cells, the header has 3");
    expect(rowCount).toBeGreaterThan(15_000);
    const wrong = async () => {
      for await (const _part of tableStream(many(20_000, "7,eight,red\n"), { rowsPerChunk: 1000 }));
    };
    await expect(wrong()).rejects.toThrow('line 20002, column "x": expected a number, got "eight"');
  });

  it("closes its source when one stops early", async () => {
    let isClosed = false;
    async function* source() {
      try {
        yield* many(10_000_000);
      } finally {
        isClosed = true;
      }
    }
    for await (const _part of tableStream(source(), { rowsPerChunk: 1000 })) break;
    expect(isClosed).toBe(true);
  });
});

describe("limits", () => {
  it("a million columns are read", async () => {
    const count = 1_000_000;
    const header = Array.from({ length: count }, (_, i) => `c${i}`).join(",");
    const read = await table(`${header}\n${"1,".repeat(count - 1)}2\n`);
    expect(read.columns.length).toBe(count);
    expect([read.column("c999999").at(0), read.column("c0").at(0)]).toEqual([2, 1]);
  });

  it.each([
    ["in one cell", `a,b\n${"x".repeat(100_000_000)},1\n`],
    ["in many cells", `a,b\n${"1,".repeat(50_000_000)}1\n`],
    ["of an open quote", `a,b\n"${"x\n".repeat(50_000_000)}`],
    ["of JSON", `[{"a":"${"x".repeat(100_000_000)}"}]`],
  ])("one line of 100 MB is an error that names the limit, %s", async (_name, text) => {
    const error = await table(text).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LimitError);
    expect((error as Error).message).toMatch(/line \d.*(maximumLineLength|maximumColumns)/);
  });

  it("more bytes than are allowed are an error, inflated ones too", async () => {
    const long = `a\n${"1\n".repeat(1_000_000)}`;
    for (const source of [long, new Uint8Array(gzipSync(long))]) {
      await expect(table(source, { maximumBytes: 1_000_000 })).rejects.toThrow("maximumBytes");
    }
  });

  it("timers go on while a large table is read", async () => {
    const line = Array.from({ length: 300 }, (_, i) => i % 7).join(",");
    const large = `${Array.from({ length: 300 }, (_, i) => `c${i}`).join(",")}\n${`${line}\n`.repeat(10_000)}`;
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const start = performance.now();
    await table(large);
    clearInterval(timer);
    // A tick in at most 100 ms on a machine that is not busy; none at all is what this finds.
    expect(ticks).toBeGreaterThan((performance.now() - start) / 400);
  });
});
