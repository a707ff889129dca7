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
