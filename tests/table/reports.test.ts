// Public reports about other readers of tables, rebuilt: what they wanted holds here.
import { expect, it } from "vitest";
import { table } from "../../src/data/tables";

const valuesOf = async (text: string | Uint8Array, name: string) => (await table(text)).column(name).toArray();

it("mholt/PapaParse #692: whole numbers of 18 digits keep all of them", async () => {
  const text = "id,n\n208310224003697457,1\n208310224003697685,1";
  expect(await valuesOf(text, "id")).toEqual(["208310224003697457", "208310224003697685"]);
});

it("mholt/PapaParse #260: order numbers with dashes and zeros in front stay as they are", async () => {
  const error = await table("order,n\n23422827,1\n00283762-3,2\n00202938,3").catch((error: Error) => error);
  expect((error as Error).message).toContain('line 3, column "order": "00283762-3" is not a number');
  const read = await table("order,n\n23422827,1\n00283762-3,2\n00202938,3", { columns: { order: "identifier" } });
  expect(read.column("order").toArray()).toEqual(["23422827", "00283762-3", "00202938"]);
});

it.each([
  ["#681", 'a;b;c\nField1;Field2;"F\ni,e,l,d\n,3"', { a: "Field1", b: "Field2", c: "F\ni,e,l,d\n,3" }],
  ["#658", 'a;b;c\nField1;Field2;"Field,3,3,3"', { a: "Field1", b: "Field2", c: "Field,3,3,3" }],
  ["#860", "a;b\ncolumn ; c2,c2,c2,\ncolumn ; c2", { a: "column", b: "c2,c2,c2," }],
  ["#1005", "X\tY\tZ\n120,5\t50,3\t2,35", { X: 120.5, Y: 50.3, Z: 2.35 }],
])("mholt/PapaParse %s: the delimiter is the one outside of cells", async (_number, text, row) => {
  expect((await table(text)).row(0)).toEqual(row);
});

it("mholt/PapaParse #290: semicolons, German amounts, days before months", async () => {
  const rows = ["08/01/2016;A;-21.419,06", "15/01/2016;A;37.996,97", "19/01/2016;A;-53,9", "15/01/2016;A;-116"];
  const read = await table(`day;kind;amount\n${rows.join("\n")}`);
  expect(read.column("amount").toArray()).toEqual([-21419.06, 37996.97, -53.9, -116]);
  expect(read.column("day").at(0)).toEqual(new Date(Date.UTC(2016, 0, 8)));
});

it.each([
  ["d3/d3-dsv #79", "id,n\n06075,1\n06076,2\n12001,3", "id", ["06075", "06076", "12001"]],
  ["uwdata/arquero #42", "foo,n\n00112,1\n01234,2\n56789,1", "foo", ["00112", "01234", "56789"]],
  ["alberthaff/ngx-papaparse #83", "code,from,to\nIMSF01,0700,2200", "from", ["0700"]],
])("%s: codes keep the zeros in front", async (_report, text, name, values) => {
  expect(await valuesOf(text, name)).toEqual(values);
});

it("pandas-dev/pandas #14124: delimiters at the ends of rows shift nothing", async () => {
  expect((await table("A,B,C\n1,4,7,\n2,5,8,\n3,6,9,")).toObjects()).toEqual([
    { A: 1, B: 4, C: 7 },
    { A: 2, B: 5, C: 8 },
    { A: 3, B: 6, C: 9 },
  ]);
});

it("pandas-dev/pandas #41304: nor in a table with empty columns", async () => {
  const read = await table('"day";"T";"E"\n"04.05.2021 09:00";"9.8";"";\n"05.05.2021 09:00";"10.1";"";\n');
  expect(read.column("T").toArray()).toEqual([9.8, 10.1]);
  expect(read.column("day").at(0)).toEqual(new Date(Date.UTC(2021, 4, 4, 9)));
});

it("simonw/csvs-to-sqlite #44: what is read as a gap is said, and how to keep it", async () => {
  const text = "country,n\nNA,1\nDE,2\nDE,3";
  const read = await table(text);
  expect(read.column("country").at(0)).toBeNull();
  expect(String(read.describe())).toContain('"NA" (once) read as no value');
  const kept = await table(text, { columns: { country: { missing: { only: [] } } } });
  expect(kept.column("country").toArray()).toEqual(["NA", "DE", "DE"]);
});

it("pola-rs/polars #18465: UTF-16, tabs, commas between thousands", async () => {
  const text = "\ufeffId\tA\tB\n1\t537\t2,288\n2\t325\t1,047\n3\t98\t194\n";
  expect(await valuesOf(Buffer.from(text, "utf16le"), "B")).toEqual([2288, 1047, 194]);
});

it("pola-rs/polars #18797: points between thousands beside decimal commas", async () => {
  expect(await valuesOf("a;b\n1.299,99;1\n12;2\n1.000;3", "a")).toEqual([1299.99, 12, 1000]);
});

it("pola-rs/polars #26685: many gaps first do not change what a column is", async () => {
  const text = `a;b\n${["0,1;-", ...Array(300).fill("0,1;-"), "0,1;0,1"].join("\n")}`;
  expect((await table(text)).columns.map(({ type }) => type)).toEqual(["number", "number"]);
});

it("pola-rs/polars #2313: lists of numbers are words", async () => {
  expect(await valuesOf("first\tsecond\n1\t2.3,2.4\n3\t4.5,4.6", "second")).toEqual(["2.3,2.4", "4.5,4.6"]);
});

it("adaltas/node-csv-parse #318 and #236: marks before quotes", async () => {
  const text = '\ufeff"a","b","c"\n"x","y","z"';
  for (const bytes of [Buffer.from(text, "utf16le"), Buffer.from(text)]) {
    expect((await table(bytes)).toObjects()).toEqual([{ a: "x", b: "y", c: "z" }]);
  }
});

it("tensorflow/tfjs #1113: Auto-MPG, blanks and a tab", async () => {
  const text = [
    '18.0   8   307.0      130.0      3504.      12.0   70  1\t"chevrolet chevelle malibu"',
    '15.0   8   350.0      165.0      3693.      11.5   70  1\t"buick skylark 320"',
    '18.0   8   318.0      150.0      3436.      11.0   70  1\t"plymouth satellite"',
  ].join("\n");
  const names = ["mpg", "cylinders", "displacement", "power", "weight", "acceleration", "year", "origin", "name"];
  const read = await table(text, { header: false, names });
  expect(read.row(1)).toEqual({
    ...{ mpg: 15, cylinders: 8, displacement: 350, power: 165, weight: 3693, acceleration: 11.5, year: 70, origin: 1 },
    name: "buick skylark 320",
  });
});

it("tensorflow/tfjs #1393: line ends of Windows are no part of a name", async () => {
  expect((await table("x1,y\r\n1,2\r\n", { target: "y" })).targets).toEqual(["y"]);
});
