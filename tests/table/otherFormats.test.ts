// Parquet, Arrow and SQLite, beside what their own packages say.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as flechette from "@uwdata/flechette";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { arrow } from "../../src/arrow/index";
import { DataError, FormatError } from "../../src/errors";
import { parquet } from "../../src/parquet/index";
import { sqlite } from "../../src/sqlite/index";

const folder = mkdtempSync(join(tmpdir(), "formats-"));
afterAll(() => rmSync(folder, { recursive: true }));

const day = new Date(Date.UTC(2020, 1, 29, 12, 30));
const rows = [
  { n: 1.5, i: 3, b: true, w: "red", t: day },
  { n: null, i: -4, b: null, w: "blue", t: day },
  { n: -2, i: 5, b: false, w: "red", t: null },
];

describe("parquet", () => {
  const file = (columns: object[]) => new Uint8Array(parquetWriteBuffer({ columnData: columns as never }));
  const bytes = file([
    { name: "n", data: [1.5, null, -2], type: "DOUBLE" },
    { name: "i", data: [3, -4, 5], type: "INT32" },
    { name: "b", data: [true, null, false], type: "BOOLEAN" },
    { name: "w", data: ["red", "blue", "red"], type: "STRING" },
    { name: "t", data: [day, day, null], type: "TIMESTAMP" },
  ]);

  it("is read with its types", async () => {
    const path = join(folder, "a.parquet");
    writeFileSync(path, bytes);
    for (const source of [bytes, path, new Blob([bytes as Uint8Array<ArrayBuffer>])]) {
      const read = await parquet(source, { target: "i" });
      expect(read.toObjects()).toEqual(rows);
      expect(read.columns.map(({ type }) => type)).toEqual(["number", "number", "boolean", "category", "date"]);
      expect(read.targets).toEqual(["i"]);
    }
  });

  it("keeps whole numbers that float64 has no room for", async () => {
    const large = file([{ name: "k", data: [9007199254740993n, 2n], type: "INT64" }]);
    expect((await parquet(large)).column("k").toArray()).toEqual(["9007199254740993", "2"]);
    const small = file([{ name: "k", data: [3n, -2n], type: "INT64" }]);
    expect((await parquet(small)).column("k").toArray()).toEqual([3, -2]);
  });

  it("compressed in a way that is not known names the way out", async () => {
    const read = parquet("node_modules/vega-datasets/data/flights-3m.parquet");
    await expect(read).rejects.toThrow(/ZSTD.*Give compressors/);
  });

  it("of many row groups is read in order", async () => {
    const data = Array.from({ length: 5000 }, (_, i) => i / 4);
    const many = new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: "x", data, type: "DOUBLE" }], rowGroupSize: 700 }),
    );
    expect((await parquet(many)).column("x").toArray()).toEqual(data);
  });

  it("that is none is refused", async () => {
    await expect(parquet(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))).rejects.toThrow(FormatError);
    await expect(parquet(bytes.slice(0, -20))).rejects.toThrow(FormatError);
  });
});

describe("arrow", () => {
  const table = flechette.tableFromArrays(
    { n: [1.5, null, -2], i: [3, -4, 5], b: [true, null, false], w: ["red", "blue", "red"], t: [day, day, null] },
    {
      types: {
        i: flechette.int32(),
        w: flechette.dictionary(flechette.utf8()),
        t: flechette.timestamp(flechette.TimeUnit.MICROSECOND),
      },
    },
  );

  it.each(["stream", "file"] as const)("is read with its types: a %s", async (format) => {
    const read = await arrow(flechette.tableToIPC(table, { format })!, { target: "w" });
    expect(read.toObjects()).toEqual(rows.filter(({ w }) => w));
    expect(read.columns.map(({ type }) => type)).toEqual(["number", "number", "boolean", "category", "date"]);
  });

  it("large numbers, decimals and what has no type", async () => {
    const make = (data: unknown[], type: flechette.DataType) =>
      flechette.tableToIPC(flechette.tableFromArrays({ k: data as never }, { types: { k: type } }), {})!;
    expect((await arrow(make([9007199254740993n, 1n], flechette.int64()))).column("k").toArray()).toEqual([
      "9007199254740993",
      "1",
    ]);
    expect((await arrow(make([0.3, 12.34], flechette.decimal(10, 2, 128)))).column("k").toArray()).toEqual([
      0.3, 12.34,
    ]);
    await expect(arrow(make([1, 2], flechette.decimal(30, 2, 128)))).rejects.toThrow(
      'column "k" holds decimals of 30 digits',
    );
    await expect(arrow(make([1, 2], flechette.timeMillisecond()))).rejects.toThrow("times of day");
    await expect(arrow(Uint8Array.of(1, 2, 3))).rejects.toThrow(FormatError);
  });

  it("of a real file", async () => {
    const path = "node_modules/vega-datasets/data/flights-200k.arrow";
    const read = await arrow(path);
    const source = flechette.tableFromIPC(readFileSync(path));
    expect([read.rowCount, read.columnNames]).toEqual([source.numRows, source.names]);
    for (const name of source.names) {
      const values = source.getChild(name).toArray() as ArrayLike<number>;
      const column = read.column(name);
      for (const row of [0, 777, 199_999]) expect(column.at(row)).toBe(values[row]);
    }
  });
});

describe("sqlite", () => {
  const path = join(folder, "a.sqlite");

  it("is read by table or query", async () => {
    const { default: sqlite3 } = await import("node-sqlite3-wasm");
    const database = new sqlite3.Database(path);
    database.exec(
      "CREATE TABLE flowers (n REAL, k INTEGER, w TEXT); INSERT INTO flowers VALUES (1.5, 9007199254740993, 'red'), (NULL, 2, 'blue'), (2, 3, 'red')",
    );
    database.close();
    const expected = [
      { n: 1.5, k: "9007199254740993", w: "red" },
      { n: null, k: "2", w: "blue" },
      { n: 2, k: "3", w: "red" },
    ];
    expect((await sqlite(path)).toObjects()).toEqual(expected);
    expect((await sqlite(path, { query: "SELECT w, n FROM flowers WHERE n > 1" })).toObjects()).toEqual([
      { w: "red", n: 1.5 },
      { w: "red", n: 2 },
    ]);
    await expect(sqlite(path, { table: "trees" })).rejects.toThrow('there is no table "trees". The file has "flowers"');
    await expect(sqlite(path, { query: "SELECT nothing" })).rejects.toThrow(FormatError);
    await expect(sqlite(join(folder, "none"))).rejects.toThrow(DataError);
  });
});
