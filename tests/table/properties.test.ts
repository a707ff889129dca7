// Tables of any kind: what is written is what is read, and what cannot be read is a typed error.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { table, tableStream } from "../../src/data/tables";
import { WasmgradError } from "../../src/errors";
import type { CellValue } from "../../src/table/columns/column";

/** Names that are told apart, and have no blanks at their ends. */
const name = fc
  .oneof(
    fc.stringMatching(/^[a-zA-Zäöü€_][\w ,;"'|\t-]{0,8}$/),
    fc.constantFrom("__proto__", "constructor", "toString", "1e3", "#a", "a\nb"),
  )
  .map((text) => text.trim())
  .filter((text) => text !== "");
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 5 });

/** Texts as cells hold them: without blanks at their ends and without what cannot be in a text. */
const word = fc
  .oneof(
    fc.string({ maxLength: 12, unit: "grapheme" }),
    fc.constantFrom('say "x"', "a,b;c", "two\nlines", "'q'", "-", "NA", "0x1F", "5%", "1,5"),
  )
  .map((text) => text.replace(/[\r\0\ufffd\ufeff]/g, "").trim())
  .filter((text) => text !== "");

const values: Record<string, fc.Arbitrary<CellValue>> = {
  number: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  text: word,
  boolean: fc.boolean(),
  date: fc.date({ noInvalidDate: true, min: new Date(Date.UTC(1000, 0)), max: new Date(Date.UTC(2999, 11)) }),
};

const tables = names.chain((names) =>
  fc
    .tuple(...names.map(() => fc.constantFrom(...Object.keys(values))))
    .chain((types) =>
      fc
        .array(fc.tuple(...types.map((type) => fc.option(values[type], { freq: 5 }))), { minLength: 1, maxLength: 8 })
        .map((rows) => ({ names, types: types as string[], rows: rows as CellValue[][] })),
    ),
);

const settings = (names: readonly string[], types: readonly string[]) =>
  new Map(names.map((name, i) => [name, { type: types[i] as "text", missing: { only: [] } }]));

describe("what a table writes", () => {
  it("is read as the same table: with its schema, whatever stands between cells", async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.constantFrom(",", ";", "\t", "|"), async ({ names, types, rows }, delimiter) => {
        const objects = rows.map((row) => new Map(names.map((name, i) => [name, row[i]])));
        const first = await table(
          objects.map((object) => Object.fromEntries(object)),
          { columns: settings(names, types) },
        );
        const expected = first.toObjects();
        const kept = first.columnNames;
        for (const [i, row] of rows.entries()) {
          for (const [j, name] of names.entries()) if (kept.includes(name)) expect(expected[i][name]).toEqual(row[j]);
        }
        const text = first.toCsv({ delimiter });
        const again = await table(text, { schema: JSON.parse(JSON.stringify(first.schema)), delimiter });
        expect(again.toObjects()).toEqual(expected);
        expect(again.schema).toEqual(first.schema);
      }),
      { numRuns: 200 },
    );
  });

  it("of plain columns is read without anything set", async () => {
    const plain = fc.array(
      fc.record({
        n: fc.double({ noNaN: true, noDefaultInfinity: true }),
        w: fc.constantFrom("red", "blue", "dark green"),
      }),
      { minLength: 2, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(plain, async (rows) => {
        const text = `n,w\n${rows.map(({ n, w }) => `${n},${w}`).join("\n")}\n`;
        expect((await table(text)).toObjects()).toEqual(rows.map(({ n, w }) => ({ n: n === 0 ? 0 : n, w })));
      }),
      { numRuns: 100 },
    );
  });

  it("in pieces of any size is read as in one", async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
        async ({ names, types, rows }, cuts) => {
          const options = { columns: settings(names, types), header: true };
          const objects = rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
          const { schema, ...whole } = await table(objects, options);
          const bytes = new TextEncoder().encode((await table(objects, options)).toCsv());
          const places = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
          async function* pieces() {
            for (const [i, place] of places.slice(0, -1).entries()) yield bytes.slice(place, places[i + 1]);
          }
          const read = await table(pieces(), { schema, delimiter: "," });
          expect(read.rowCount).toBe(whole.rowCount);
          expect(read.toObjects()).toEqual((await table(bytes, { schema, delimiter: "," })).toObjects());
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("hostile texts", () => {
  const odd = fc.stringMatching(/^[ab01.,;"'\t|\n\r #%$€(){}[\]:/xNA-]{0,60}$/);

  it("are tables or typed errors, and never hang", async () => {
    await fc.assert(
      fc.asyncProperty(odd, async (text) => {
        try {
          const read = await table(`${text}\n`);
          expect(read.rowCount).toBeGreaterThan(0);
          for (const column of read.columns) expect(column.length).toBe(read.rowCount);
          expect(new Set(read.columnNames).size).toBe(read.columns.length);
          for (const width of [60, 80, 120]) {
            for (const line of read.describe().toString(width).split("\n"))
              expect([...line].length).toBeLessThanOrEqual(width);
          }
        } catch (error) {
          if (!(error instanceof WasmgradError)) throw error;
        }
      }),
      { numRuns: 400 },
    );
  });

  it("of JSON too", async () => {
    const json = fc.oneof(
      fc.json(),
      fc
        .array(fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })), { maxLength: 4 })
        .map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(json, fc.nat({ max: 4 }), async (text, cut) => {
        const part = `${cut === 0 ? text : text.slice(0, -cut)}\n`;
        try {
          expect((await table(part, { format: "json" })).rowCount).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof WasmgradError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("numbers in any writing are the number, or no number at all", async () => {
    const digits = fc.stringMatching(/^-?\d{1,6}([.,]\d{1,4})?$/);
    await fc.assert(
      fc.asyncProperty(fc.array(digits, { minLength: 1, maxLength: 5 }), async (cells) => {
        const text = `a;b\n${cells.map((cell) => `${cell};1`).join("\n")}`;
        const read = await table(text).catch((error: unknown) => {
          if (error instanceof WasmgradError) return undefined;
          throw error;
        });
        const column = read?.column("a");
        if (column?.type !== "number") return;
        const hasComma = cells.some((cell) => /^-?(0|\d{4,}|\d+,(?!\d{3}$))/.test(cell) && cell.includes(","));
        const values = cells.map((cell) =>
          Number(hasComma ? cell.replace(/\./g, "").replace(",", ".") : cell.replace(/,/g, "")),
        );
        expect([...column.values]).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });
});

it("a stream of any chunk size gives the rows of the whole", async () => {
  const rows = Array.from({ length: 500 }, (_, i) => ({ i, w: ["red", "blue"][i % 2] }));
  const whole = await table(rows);
  for (const rowsPerChunk of [1, 7, 499, 500, 501]) {
    const parts = [];
    for await (const part of tableStream(rows, { rowsPerChunk, schema: whole.schema })) parts.push(...part.toObjects());
    expect(parts).toEqual(rows);
  }
});
