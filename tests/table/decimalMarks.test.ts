// Rows whose numbers are written in another way than those of training: right values or an error, never others.
import { describe, expect, test } from "vitest";
import { data } from "../../src/index";

const csv = (cells: readonly string[]) => `a;y\n${cells.map((cell, i) => `${cell};${i % 2 ? "u" : "v"}`).join("\n")}\n`;
const schemaOf = async (cells: readonly string[], options = {}) => (await data.table(csv(cells), options)).schema;
const read = async (schema: Awaited<ReturnType<typeof schemaOf>>, cells: readonly string[], options = {}) => [
  ...(await data.table(csv(cells), { schema, ...options })).column("a"),
];

const POINTS = ["0.5", "1.25", "2.75", "3.5"];
const INTEGERS = ["5", "12", "2700", "3500"];
const COMMAS = ["0,5", "1,25", "2,75", "3,5"];

describe("a table whose numbers had points", () => {
  test.each([
    ["a decimal comma", "3,5"],
    ["two decimals", "3,50"],
    ["in quotes", '"3,5"'],
    ["a comma behind a zero: no thousands begin with it", "0,125"],
    ["points between thousands", "1.234,5"],
    ["several of them", "1.234.567,8"],
    ["blanks between thousands", "1 234,5"],
    ["a sign", "-3,5"],
    ["the sign of print", "−3,5"],
    ["brackets for below zero", "(3,5)"],
    ["a power of ten", "3,5e2"],
    ["nothing before the comma", ",5"],
  ])("refuses %s: %s", async (_, cell) => {
    for (const known of [POINTS, INTEGERS]) {
      const reading = read(await schemaOf(known), ["1", cell]);
      await expect(reading).rejects.toThrow(
        /^table: line 3, column "a": .* has a decimal comma, expected decimal points\. Set columns: \{ "a": \{ decimal: "," \} \}/,
      );
    }
  });

  test.each([
    ["%", "5%", "3,5%", "3,5 %"],
    ["kg", "5 kg", "3,5 kg", "1.234,5 kg"],
    ["$", "$5", "$3,5", "$1.234,56"],
  ])("refuses them with a unit, too: %s", async (_, known, ...cells) => {
    const schema = await schemaOf([known, known.replace("5", "10.5")]);
    for (const cell of cells) await expect(read(schema, [cell])).rejects.toThrow("has a decimal comma");
    // And reads them when the mark is set.
    const own = { columns: { a: { decimal: "," } } };
    expect(await read(schema, cells, own)).toEqual([3.5, cells[1].includes("234") ? expect.closeTo(1234.5, 0) : 3.5]);
  });

  test.each(["3,500", "12,345", "-3,500", "€3,500", '"3,500"'])("refuses %s, which may be either", async (cell) => {
    const schema = await schemaOf(cell.includes("€") ? ["€3.5", "€4"] : POINTS);
    await expect(read(schema, ["1", cell])).rejects.toThrow(
      /^table: line 3, column "a": the comma in ".*" may stand between thousands or before decimals\. Set columns: \{ "a": \{ decimal: "\." \} \} for thousands, or columns: \{ "a": \{ decimal: "," \} \} for decimals\.$/,
    );
    const [thousands] = await read(schema, [cell], { columns: { a: { decimal: "." } } });
    const [decimals] = await read(schema, [cell], { decimal: "," });
    expect(Number(thousands) / Number(decimals)).toBe(1000);
    expect(await read(schema, [cell], { thousands: "," })).toEqual([thousands]);
  });

  test("takes commas for thousands where the table of training, or the rows themselves, leave nothing else", async () => {
    for (const known of [
      ["1,234.5", "12.5"],
      ["1,234,567", "2"],
      ["12,345", "6"],
    ]) {
      expect(await read(await schemaOf(known), ["3,500", "12,345.5"])).toEqual([3500, 12345.5]);
    }
    expect(await read(await schemaOf(["12,345", "24,500"], { decimal: "." }), ["3,500"])).toEqual([3500]);
    const schema = await schemaOf(POINTS);
    expect(await read(schema, ["3,500", "2.5"])).toEqual([3500, 2.5]);
    expect(await read(schema, ["3,500", "1,234.25"])).toEqual([3500, 1234.25]);
    expect(await read(schema, ["3,500", "1,234,567"])).toEqual([3500, 1234567]);
    // A point of three decimals is the mark of training.
    expect(await read(schema, ["1.234"])).toEqual([1.234]);
  });
});

describe("a table whose numbers had decimal commas", () => {
  test("reads what is written like it, and refuses points", async () => {
    const schema = await schemaOf(COMMAS);
    expect(await read(schema, ["3,500", "0,125", "1.234,5", "1.234.567,8"])).toEqual([3.5, 0.125, 1234.5, 1234567.8]);
    for (const cell of ["3.5", "0.125", "1,234.5", "1,234,567.8"]) {
      await expect(read(schema, [cell])).rejects.toThrow(
        'has a decimal point, expected decimal commas. Set columns: { "a": { decimal: "." } }',
      );
    }
    expect(await read(schema, ["3.5", "0.125"], { decimal: "." })).toEqual([3.5, 0.125]);
  });

  test("refuses 1.234 alone, and takes it for thousands beside a decimal comma or where training had them", async () => {
    const schema = await schemaOf(COMMAS);
    await expect(read(schema, ["1.234", "7"])).rejects.toThrow('the point in "1.234" may stand between thousands');
    expect(await read(schema, ["1.234", "0,5"])).toEqual([1234, 0.5]);
    expect(await read(schema, ["1.234"], { decimal: "," })).toEqual([1234]);
    expect(await read(schema, ["1.234"], { decimal: "." })).toEqual([1.234]);
    expect(await read(await schemaOf(["1.234,5", "2"]), ["1.234"])).toEqual([1234]);
  });
});
