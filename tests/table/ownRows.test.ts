// What was there at the call counts: the event loop runs while a table is read.
import { expect, test } from "vitest";
import { data } from "../../src/index";

const first = async (source: Promise<Awaited<ReturnType<typeof data.table>>>) => [...(await source).column("a")];

test("of objects, nested ones and dates included", async () => {
  const when = new Date(0);
  const rows = [
    { a: 1, b: { c: 5 }, when },
    { a: 2, b: { c: 6 }, when },
  ];
  const reading = data.table(rows, { columns: { when: "date" } });
  rows[0].a = 99;
  rows[1].b.c = 99;
  when.setTime(1e12);
  rows.pop();
  const table = await reading;
  expect(table.toObjects()).toEqual([
    { a: 1, "b.c": 5, when: new Date(0) },
    { a: 2, "b.c": 6, when: new Date(0) },
  ]);
});

test("of columns, typed ones and maps too", async () => {
  const columns = { a: [1, 2] };
  const typed = { a: Float64Array.of(3, 4) };
  const map = new Map([["a", [5, 6]]]);
  const reading = [columns, typed, map].map((source) => first(data.table(source as never)));
  columns.a[0] = 99;
  typed.a[0] = 99;
  map.get("a")![0] = 99;
  expect(await Promise.all(reading)).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test("of bytes", async () => {
  const bytes = new TextEncoder().encode("a,b\n1,2\n3,4\n");
  const reading = first(data.table(bytes));
  bytes.fill(57);
  expect(await reading).toEqual([1, 3]);
});

/** All rows of a stream. */
async function rowsOf(parts: AsyncIterable<Awaited<ReturnType<typeof data.table>>>) {
  const rows: object[] = [];
  for await (const part of parts) rows.push(...part);
  return rows;
}

test("of a stream: objects, columns and bytes are read as they were at the call, not at the first part", async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ a: i, b: { c: i } }));
  const columns = { a: Float64Array.from({ length: 30 }, (_, i) => i) };
  const bytes = new TextEncoder().encode(`a\n${Array.from({ length: 30 }, (_, i) => i).join("\n")}\n`);
  const options = { rowsPerChunk: 10 };
  const streams = [rows, columns, bytes].map((source) => data.tableStream(source as never, options));
  const reading = rowsOf(streams[0]);
  options.rowsPerChunk = -1;
  for (const row of rows) [row.a, row.b.c] = [99, 99];
  rows.length = 3;
  columns.a.fill(99);
  bytes.fill(57);
  const whole = Array.from({ length: 30 }, (_, i) => i);
  expect(await reading).toEqual(whole.map((i) => ({ a: i, "b.c": i })));
  for (const stream of streams.slice(1)) expect(await rowsOf(stream)).toEqual(whole.map((a) => ({ a })));
});

test("of a stream between its parts: what is changed after the first one is not seen", async () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({ a: i }));
  const seen: unknown[] = [];
  for await (const part of data.tableStream(rows, { rowsPerChunk: 100 })) {
    seen.push(...part.column("a"));
    for (const row of rows) row.a = -1;
    rows.pop();
  }
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i));
});

test("but what an iterator gives is read when it is due", async () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ a: i }));
  const parts = data.tableStream(rows.values() as never, { rowsPerChunk: 10 });
  rows[99].a = 7;
  expect((await rowsOf(parts)).at(-1)).toEqual({ a: 7 });
});

test("columns of any name keep what they hold", async () => {
  const row = JSON.parse('{ "__proto__": { "c": 5 }, "constructor": 1, "toString": 2 }');
  const reading = data.table([row, structuredClone(row)]);
  row.constructor = 99;
  const [first] = (await reading).toObjects();
  expect(Object.entries(first)).toEqual([
    ["__proto__.c", 5],
    ["constructor", 1],
    ["toString", 2],
  ]);
});
