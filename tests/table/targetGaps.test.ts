// C15 for targets: rows without a target are left out, so a word for a gap that may be a class is asked for.
import { describe, expect, it } from "vitest";
import { DataError } from "../../src/errors";
import { type ColumnOptions, data, pipeline, type TableOptions } from "../../src/index";

/** A table of words with so many rows of each, in turns. */
function csvOf(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).flatMap(([word, count]) => Array<string>(count).fill(word));
  return `x,y\n${words.map((word, i) => `${i},${word}`).join("\n")}`;
}

const read = (counts: Readonly<Record<string, number>>, options: TableOptions = {}) =>
  data.table(csvOf(counts), { target: "y", ...options });

const asWayOut = (y: ColumnOptions): TableOptions => ({ columns: { y } });

describe("a usual word for a gap that comes as often in a target as a class", () => {
  it.each([
    [{ Minor: 5, None: 80, Major: 15 }, "None", "line 7", "80 of 100"],
    [{ "+": 12, "-": 18 }, "-", "line 14", "18 of 30"],
    [{ EU: 20, NA: 8, AS: 20, AF: 20 }, "NA", "line 22", "8 of 68"],
    [{ yes: 30, no: 30, "n/a": 4 }, "n/a", "line 62", "4 of 64"],
    [{ Oslo: 20, none: 20 }, "none", "line 22", "20 of 40"],
  ])("is asked for, with the line and both ways out: %j", async (counts, word, line, share) => {
    const error = await read(counts).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toBe(
      `table: ${line}, column "y": "${word}" stands in ${share} rows of the target, where it may be a class or no value. ` +
        `Set columns: { "y": { missing: { only: [] } } } for a class, ` +
        `or columns: { "y": { missing: ["${word}"] } } to leave its rows out.`,
    );
    const all = Object.values(counts).reduce((a, b) => a + b);
    const kept = await read(counts, asWayOut({ missing: { only: [] } }));
    expect(kept.rowCount).toBe(all);
    expect(kept.column("y").toArray()).toContain(word);
    const left = await read(counts, asWayOut({ missing: [word] }));
    expect(left.rowCount).toBe(all - (counts as Record<string, number>)[word]);
    expect(left.column("y").gaps).toBe(0);
  });

  it("is one of many classes when it comes as often as they do on average", async () => {
    const towns = Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`town ${i}`, 10]));
    await expect(read({ ...towns, None: 10 })).rejects.toThrow("10 of 500 rows");
    expect((await read({ ...towns, None: 9 })).rowCount).toBe(490);
  });

  it("keeps other words for gaps as they are in the way out, and is no gap when its column names it", async () => {
    const counts = { Minor: 20, None: 30, NULL: 2, Major: 20 };
    await expect(read(counts)).rejects.toThrow('missing: { only: ["NULL"] }');
    expect((await read(counts, asWayOut({ missing: { only: ["NULL"] } }))).rowCount).toBe(70);
    const named = await read(counts, asWayOut({ words: ["None", "Minor", "Major"] }));
    expect(named.rowCount).toBe(70);
    const rows = await data.table("x,y\n1,None\n2,Minor\n3,NULL", { schema: named.schema });
    expect(rows.column("y").toArray()).toEqual(["None", "Minor", null]);
    await expect(read(counts, asWayOut({ words: ["None", "Minor"], missing: ["None"] }))).rejects.toThrow(
      'column "y": "None" is among both words and missing',
    );
  });

  it("is answered for the whole table, too; another word for gaps is no answer", async () => {
    const counts = { Minor: 20, None: 30, unknown: 10 };
    expect((await read(counts, { missing: ["None"] })).rowCount).toBe(30);
    await expect(read(counts, { missing: ["unknown"] })).rejects.toThrow('"None" stands in 30 of 60 rows');
    await expect(read(counts, asWayOut({ type: "category" }))).rejects.toThrow("30 of 60");
  });

  it("is asked for when the target is named later, and only then", async () => {
    const table = await data.table(csvOf({ Minor: 20, None: 30, Major: 10 }));
    expect(table.column("y").gaps).toBe(30);
    expect(() => table.select({ target: "y" })).toThrow('line 22, column "y": "None" stands in 30 of 60 rows');
    await expect(pipeline(table, { target: "y" })).rejects.toThrow("may be a class or no value");
    expect(table.select({ target: "x" }).rowCount).toBe(60);
    // Who has taken these rows out has answered.
    expect(table.filter(({ y }) => y !== null).select({ target: "y" }).rowCount).toBe(30);
  });
});

describe("rows without a target are left out, with a note,", () => {
  it.each([
    ["one or two", { a: 10, b: 10, None: 2 }, 20],
    ["rare ones", { a: 100, b: 100, NA: 9 }, 200],
    ["words of programs", { a: 20, b: 20, NaN: 30, NULL: 10 }, 40],
    ["numbers", { 1: 20, 2: 20, 3.5: 20, None: 20 }, 60],
  ])("where a word for a gap is no class: %s", async (_, counts, rows) => {
    const table = await read(counts as Record<string, number>);
    expect(table.rowCount).toBe(rows);
    expect(table.describe().notes.map(({ text }) => text)).toContainEqual(expect.stringContaining("left out"));
  });

  it("and rows of a model's file are read as those of training were", async () => {
    const { schema } = await read({ a: 20, None: 30, b: 20 }, asWayOut({ missing: { only: [] } }));
    expect((await data.table("x,y\n1,None\n2,a", { schema })).column("y").toArray()).toEqual(["None", "a"]);
    const gaps = await read({ a: 20, None: 30, b: 20 }, asWayOut({ missing: ["None"] }));
    expect((await data.table("x,y\n1,None\n2,a", { schema: gaps.schema })).column("y").toArray()).toEqual([null, "a"]);
  });
});

it("a schema of codes with a setting of their column is read again", async () => {
  const text = "zip,y\n00501,a\n10001,b\n00501,a\n10001,b\n00501,a\n10001,b\nx,b";
  const { schema } = await data.table(text, { columns: { zip: { missing: ["x"] } } });
  const again = await data.table("zip,y\n10001,a\nx,b\n00501,a", { schema: JSON.parse(JSON.stringify(schema)) });
  expect(again.column("zip").toArray()).toEqual(["10001", null, "00501"]);
});
