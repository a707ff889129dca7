import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CsvDataset, type CsvOptions, csv } from "../../src/data";
import type { Tensor } from "../../src/tensor/tensor";
import { ArgumentError, DataError, FormatError, WasmgradError } from "../../src/errors";

const flowers = `width,height,colour,kind
1.5,2,red,tulip
-3e1,.5,blue,iris
+4,7.,red,iris
`;

const rowsOf = (dataset: CsvDataset) => dataset.selection!.columns.x[0].toArray();
const countOf = (dataset: CsvDataset) => dataset.selection!.columns.x[0].shape[0];
const targetOf = (dataset: CsvDataset): Tensor => dataset.selection!.columns.y[0];

describe("csv", () => {
  it("reads numbers and categories, by name", async () => {
    const dataset = await csv(flowers, { target: "kind" });
    expect(dataset.featureNames).toEqual(["width", "height", "colour"]);
    expect(rowsOf(dataset)).toEqual([
      [1.5, 2, 1],
      [-30, 0.5, 0],
      [4, 7, 1],
    ]);
    expect(dataset.classNames).toEqual(["iris", "tulip"]);
    expect([targetOf(dataset).toArray(), targetOf(dataset).dtype]).toEqual([[1, 0, 0], "int32"]);
    expect([...dataset.categories]).toEqual([
      ["colour", ["blue", "red"]],
      ["kind", ["iris", "tulip"]],
    ]);
    for await (const { x, y } of dataset) {
      expect([(x as Tensor).shape, (y as Tensor).shape]).toEqual([[3], []]);
      break;
    }
  });

  it("writes categories as one column each", async () => {
    const dataset = await csv(flowers, { target: "kind", oneHot: ["kind", "colour"] });
    expect(dataset.featureNames).toEqual(["width", "height", "colour=blue", "colour=red"]);
    expect(rowsOf(dataset)).toEqual([
      [1.5, 2, 0, 1],
      [-30, 0.5, 1, 0],
      [4, 7, 0, 1],
    ]);
    expect(targetOf(dataset).toArray()).toEqual([
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
    const all = await csv(flowers, { target: "width", oneHot: true });
    expect(all.featureNames).toEqual(["height", "colour=blue", "colour=red", "kind=iris", "kind=tulip"]);
    const numbers = await csv("a,y\n3,1\n20,2\n3,3", { target: "y", oneHot: ["a"] });
    expect([numbers.featureNames, rowsOf(numbers)]).toEqual([
      ["a=3", "a=20"],
      [
        [1, 0],
        [0, 1],
        [1, 0],
      ],
    ]);
  });

  it("takes targets and columns by index, several of them, or none", async () => {
    const text = "1;2;3\n4;5;6\n";
    const options: CsvOptions = { header: false, delimiter: ";" };
    const pair = await csv(text, { ...options, target: [2, 0] });
    expect([pair.featureNames, rowsOf(pair)]).toEqual([["1"], [[2], [5]]]);
    expect([targetOf(pair).toArray(), targetOf(pair).dtype]).toEqual([
      [
        [3, 1],
        [6, 4],
      ],
      "float32",
    ]);
    const picked = await csv(text, { ...options, target: 1, columns: [2, "0"] });
    expect([picked.featureNames, rowsOf(picked), targetOf(picked).shape]).toEqual([
      ["2", "0"],
      [
        [3, 1],
        [6, 4],
      ],
      [2, 1],
    ]);
    expect((await csv(text, options)).selection!.columns.y).toEqual([]);
  });

  it("codes numbers that are names in numeric order", async () => {
    const dataset = await csv("x,digit\n1,10\n2,9\n3,2\n4,9\n", { target: "digit", categorical: ["digit"] });
    expect(dataset.classNames).toEqual(["2", "9", "10"]);
    expect(targetOf(dataset).toArray()).toEqual([2, 1, 0, 1]);
  });

  it("reads a second file with the codes of the first", async () => {
    const train = await csv(flowers, { target: "kind" });
    const test = await csv("width,height,colour,kind\n1,1,red,iris\n", {
      target: "kind",
      categories: train.categories,
    });
    expect([rowsOf(test), targetOf(test).toArray(), test.classNames]).toEqual([[[1, 1, 1]], [0], train.classNames]);
    const unseen = "width,height,colour,kind\n1,1,red,iris\n1,1,rad,iris\n";
    await expect(csv(unseen, { target: "kind", categories: { colour: ["blue", "red"] } })).rejects.toThrow(
      'csv: line 3, column "colour": "rad" is not in categories. Did you mean "red"?',
    );
  });

  it("reads text with quotes, line breaks in cells, CRLF, a byte order mark, spaces and empty lines", async () => {
    const text = '\ufeff"a, b" , y\r\n\r\n"say ""hi""\r\nthere",1\r\nplain , 2\r\n\r\n';
    const dataset = await csv(text, { target: "y" });
    expect(dataset.featureNames).toEqual(["a, b"]);
    expect(dataset.categories.get("a, b")).toEqual(["plain", 'say "hi"\nthere']);
    expect(rowsOf(dataset)).toEqual([[1], [0]]);
    const bytes = await csv(new TextEncoder().encode(text), { target: "y" });
    expect(bytes.featureNames).toEqual(["a, b"]);
  });

  it("reads bytes from wherever they are", async () => {
    for (const source of [
      new TextEncoder().encode(flowers),
      new Blob([flowers]),
      new Response(flowers),
      new URL(`data:text/csv,${encodeURIComponent(flowers)}`),
      new Uint8Array(gzipSync(flowers)),
    ]) {
      expect(targetOf(await csv(source, { target: "kind" })).toArray()).toEqual([1, 0, 0]);
    }
    await expect(csv(Uint8Array.of(0x61, 0xff, 0x0a))).rejects.toThrow("csv: the file is not text in UTF-8.");
  });

  describe("missing values", () => {
    const gaps = "a,colour,y\n1,red,1\n,blue,2\n3,?,3\n5,red,4\n";

    it("are errors that name line and column", async () => {
      await expect(csv(gaps, { target: "y" })).rejects.toThrow(
        'csv: line 3, column "a": the value is missing. Set the option missing to "drop", "keep" or a number.',
      );
      await expect(csv(gaps, { target: "y", columns: ["colour"] })).rejects.toThrow('line 4, column "colour"');
    });

    it("take their row along, are marked, or replaced", async () => {
      const dropped = await csv(gaps, { target: "y", missing: "drop" });
      expect([rowsOf(dropped), targetOf(dropped).toArray(), dropped.categories.get("colour")]).toEqual([
        [
          [1, 0],
          [5, 0],
        ],
        [[1], [4]],
        ["red"],
      ]);
      const kept = await csv(gaps, { target: "y", missing: "keep" });
      expect(rowsOf(kept)).toEqual([
        [1, 1],
        [Number.NaN, 0],
        [3, Number.NaN],
        [5, 1],
      ]);
      const coded = await csv(gaps, { target: "y", missing: "keep", columns: ["colour"], oneHot: true });
      expect(rowsOf(coded)).toEqual([
        [0, 1],
        [1, 0],
        [0, 0],
        [0, 1],
      ]);
      const filled = await csv(gaps, { target: "y", missing: -1, columns: ["a"] });
      expect(rowsOf(filled)).toEqual([[1], [-1], [3], [5]]);
    });

    it("are written as the user says", async () => {
      const dataset = await csv("a,y\n-999,1\n2,1\n", { target: "y", missing: "keep", missingValues: ["-999"] });
      expect(rowsOf(dataset)).toEqual([[Number.NaN], [2]]);
      // C16: a word more does not forget the others, unless it says so.
      const text = "a,y\nNA,1\n2,1\n-,1\n,1\n";
      const more = await csv(text, { target: "y", missing: "keep", missingValues: ["-"] });
      expect(rowsOf(more)).toEqual([[Number.NaN], [2], [Number.NaN], [Number.NaN]]);
      await expect(csv(text, { target: "y", missing: "keep", missingValues: { only: ["-"] } })).rejects.toThrow(
        'csv: line 2, column "a": "NA" is not a number, but line 3 has 2.',
      );
    });

    it("are never filled where it would be wrong", async () => {
      await expect(csv(gaps, { target: "y", missing: 0 })).rejects.toThrow(
        "a number cannot stand for a missing category",
      );
      // C9: a row without a target goes, a gap beside one stays.
      for (const missing of ["keep", 0] as const) {
        await expect(csv("a,y\n1,\n", { target: "y", missing })).rejects.toThrow(
          "all 1 rows miss a value, none is left",
        );
        const dataset = await csv("a,b,y\n1,,1\n2,3,\n4,5,6\n", { target: "y", missing });
        const gap = missing === "keep" ? Number.NaN : 0;
        expect([rowsOf(dataset), targetOf(dataset).toArray()]).toEqual([
          [
            [1, gap],
            [4, 5],
          ],
          [[1], [6]],
        ]);
      }
      await expect(csv("a,y\n1,\n", { target: "y" })).rejects.toThrow(
        'line 2, column "y": the value is missing. Set the option missing to "drop"',
      );
      await expect(csv(gaps, { missing: "mean" as never })).rejects.toThrow("then data.impute");
      await expect(csv("a,y\n,1\n", { missing: "drop" })).rejects.toThrow("all 1 rows miss a value");
    });
  });

  it.each<[string, string, CsvOptions, typeof WasmgradError, string]>([
    ["an empty file", "", {}, DataError, "csv: the file is empty."],
    ["empty lines only", "\n \n\r\n", {}, DataError, "csv: the file is empty."],
    ["a header only", "a,b\n", {}, DataError, "csv: there are no rows below the header."],
    ["a short row", "a,b\n1,2\n\n3\n", {}, FormatError, "csv: line 4 has 1 cells, the header has 2."],
    ["a long row", "a,b\n1,2,3\n", {}, FormatError, "csv: line 2 has 3 cells, the header has 2."],
    ["a long row below a cell of lines", 'a,b\n"1\n\n",2\n3\n', {}, FormatError, "csv: line 5 has 1 cells"],
    ["an unclosed quote", 'a,b\n1,2\n3,"4\n5,6\n', {}, FormatError, "csv: line 3: quoted field unterminated."],
    ["text after a quote", 'a,b\n1,2\n"3"x,4\n', {}, FormatError, "csv: line 3: trailing quote on quoted field"],
    ["two columns of one name", "a,b,a\n1,2,3\n", {}, FormatError, 'csv: line 1: two columns are called "a".'],
    ["a mixture", "a,b\n1,2\nx,2\n", {}, DataError, 'csv: line 3, column "a": "x" is not a number, but line 2 has 1.'],
    ["a number too large", "a\n1e39\n", {}, DataError, 'csv: line 2, column "a": 1e39 is too large for float32.'],
    ["an unknown target", "size,b\n1,2\n", { target: "sise" }, ArgumentError, 'no column "sise". Did you mean "size"?'],
    ["an index too large", "a,b\n1,2\n", { target: 2 }, ArgumentError, "target: there is no column 2. There are 2."],
    [
      "another delimiter",
      "a;b\n1;2\n",
      { target: "b", delimiter: "," },
      ArgumentError,
      'one column only: is its delimiter ","?',
    ],
    [
      "a target as a feature",
      "a,b\n1,2\n",
      { target: "a", columns: [0] },
      ArgumentError,
      "both a feature and a target",
    ],
    ["a column twice", "a,b\n1,2\n", { columns: ["a", 0] }, ArgumentError, "csv: columns names a column twice."],
    ["no feature", "a\n1\n", { target: "a" }, ArgumentError, "no column is left as a feature"],
    ["mixed targets", "a,b,c\n1,2,x\n", { target: ["b", "c"] }, ArgumentError, "several targets must all be numeric"],
    ["a misspelt option", "a\n1\n", { delimeter: ";" } as never, ArgumentError, 'Did you mean "delimiter"?'],
    ["a quote as delimiter", "a\n1\n", { delimiter: '"' }, ArgumentError, "delimiter must be text"],
    ["a policy unknown", "a\n1\n", { missing: "dropp" as never }, ArgumentError, 'Did you mean "drop"?'],
    ["categories unknown", "a\n1\n", { categories: { b: ["x"] } }, ArgumentError, 'categories: there is no column "b"'],
    ["categories twice", "a\nx\n", { categories: { a: ["x", "x"] } }, ArgumentError, "array of different strings"],
  ])("refuses %s", async (_, text, options, type, message) => {
    const error = await csv(text, options).catch((error) => error);
    expect(error.message).toContain(message);
    expect(error).toBeInstanceOf(type);
  });

  it("takes what looks like amounts for names when told so", async () => {
    const dataset = await csv('a;b\n"2,5"\n"3,5"\n', { categorical: [0] });
    expect(dataset.categories.get("a;b")).toEqual(["2,5", "3,5"]);
    // C20: a mixture is asked for.
    const mixture = 'a\n"2,5"\nred\n';
    await expect(csv(mixture)).rejects.toThrow('csv: line 3, column "a": "red" is not a number, but line 2 has 2,5.');
    expect((await csv(mixture, { categorical: ["a"] })).categories.get("a")).toEqual(["2,5", "red"]);
    // However few the numbers are.
    const words = "red\nblue\ngreen\nblack\n".repeat(6);
    await expect(csv(`a\n${words}7\n`)).rejects.toThrow(
      'line 2, column "a": "red" is not a number, but line 26 has 7.',
    );
  });

  it("takes __proto__ and its like for names", async () => {
    const dataset = await csv("__proto__,constructor,toString\nx,hasOwnProperty,1\n__proto__,valueOf,2\n", {
      target: "toString",
      oneHot: ["__proto__"],
      categories: JSON.parse('{"__proto__": ["x", "__proto__"]}'),
    });
    expect(dataset.featureNames).toEqual(["__proto__=x", "__proto__=__proto__", "constructor"]);
    expect(rowsOf(dataset)).toEqual([
      [1, 0, 0],
      [0, 1, 1],
    ]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it("refuses one-hot columns that would not fit in memory, before making them", async () => {
    const text = `id,y\n${Array.from({ length: 20_000 }, (_, i) => `n${i},1`).join("\n")}`;
    await expect(csv(text, { target: "y", oneHot: ["id"] })).rejects.toThrow('Column "id" takes 20000.');
    // C21
    await expect(csv(text, { target: "y", oneHot: true })).rejects.toThrow(
      'csv: line 2, column "id": "n0" is a key that tells rows apart, no category. Name the column in categorical',
    );
  });

  it("reads rows of very many cells", async () => {
    const wide = `${new Array(200_000).fill("1").join(",")}\n`;
    expect((await csv(wide, { header: false })).selection!.columns.x[0].shape).toEqual([1, 200_000]);
    const categories = [Array.from({ length: 200_000 }, (_, i) => `n${i}`)];
    const dataset = await csv("a\nn7\n", { oneHot: true, categories: { a: categories[0] } });
    expect(dataset.featureNames.length).toBe(200_000);
  });
});

// Kinds of ../shared/faults/tables.md, which were codes in silence, or refused although there is only one reading.
describe("csv reads as tables do", () => {
  it.each([
    ["C2: percents", "5%,1\n10.5%,2\n100%,3", [5, 10.5, 100]],
    ["C2: an amount of money before the number", "$5,1\n$1.50,2\n$-3,3", [5, 1.5, -3]],
    ["C2: an amount of money behind it", "5 €,1\n6 €,2\n7.5 €,3", [5, 6, 7.5]],
    ["C2: units", "12 kg,1\n5kg,2\n0.5 kg,3", [12, 5, 0.5]],
    ["C2: blanks between thousands", "1 234,1\n5,2\n2 345 678,3", [1234, 5, 2345678]],
    ["C2: commas between thousands", '"1,234,567",1\n5,2\n"2,345",3', [1234567, 5, 2345]],
    ["C2: a minus sign", "\u22125,1\n5,2\n(7.5),3", [-5, 5, -7.5]],
    ["C3: decimal commas", '1,1\n"2,5",2\n"-3,25",3', [1, 2.5, -3.25]],
    ["C2: numbers with a sign or without a zero", "+4,1\n7.,2\n.5,3", [4, 7, 0.5]],
  ])("%s", async (_, rows, numbers) => {
    const dataset = await csv(`a,y\n${rows}\n`, { target: "y" });
    expect(rowsOf(dataset)).toEqual(numbers.map((number) => [number]));
    expect([...dataset.categories]).toEqual([]);
    const target = await csv(`a,y\n${rows}\n`, { target: "a" });
    expect(targetOf(target).toArray()).toEqual(numbers.map((number) => [number]));
  });

  it.each([
    ["C2: hexadecimal numbers", "0x1F\n0x20", '"0x1F" is a hexadecimal number or a word.'],
    ["C2: magnitudes", "19M\n20M", '"19M" is not a plain number.'],
    ["C2: bounds", '"10,000+"\n500', "is only a bound of a number"],
    ["C2: dates that can be read in two ways", "1/10/2019\n2/11/2019", '"1/10/2019" may be read as d/m/y or m/d/y'],
    ["C2: dates", "2019-01-10\n2019-01-11\n2019-01-10", '"2019-01-10" is a date, no number and no category.'],
    ["C3: a comma that may be either", '"25,649"\n"4,870"', 'the comma in "25,649" may stand between thousands'],
    ["C20: one amount among numbers", "0\n$4.99\n7", '"$4.99" has the unit "$", but line 4 has a number without.'],
    ["C21: names", "Ann\nBob\nCy\nDee\nEve\nFay\nGus\nHal", "8 different texts in 8 rows are no categories."],
    ["C17: keys that are one number in float64", "9007199254740993\n9007199254740992", "more digits than numbers keep"],
  ])("asks for %s", async (_, cells, message) => {
    const text = `a;y\n${cells.replaceAll("\n", ";1\n")};1\n`;
    for (const options of [{ target: "y" }, { target: "a" }, { target: "y", oneHot: true as const }]) {
      const error = await csv(text, options).catch((error) => error);
      expect(error).toBeInstanceOf(DataError);
      expect(error.message).toMatch(/^csv: line \d+, column "a": .*Name the column in categorical.*columns\.$/);
      expect(error.message).toContain(message);
      expect(error.message).not.toMatch(/data\.table|type:/);
    }
    const words = (await csv(text, { target: "y", categorical: ["a"] })).categories.get("a")!;
    expect(new Set(words)).toEqual(new Set(cells.replaceAll('"', "").split("\n")));
    expect((await csv(text, { columns: ["y"] })).featureNames).toEqual(["y"]);
  });

  it("C4: numbers are one category however they are written, codes stay as they are written", async () => {
    const text = "a,y\n1,0\n1.0,1\n02,0\n2,1\n";
    const dataset = await csv(text, { target: "y", oneHot: ["a"] });
    expect([dataset.featureNames, rowsOf(dataset)]).toEqual([
      ["a=1", "a=2"],
      [
        [1, 0],
        [1, 0],
        [0, 1],
        [0, 1],
      ],
    ]);
    expect((await csv(text, { target: "a", categorical: ["a"] })).classNames).toEqual(["1", "2"]);
    const zips = await csv("zip,y\n00501,1\n10001,2\n00501,3\n", { target: "y", categorical: ["zip"] });
    expect(zips.categories.get("zip")).toEqual(["00501", "10001"]);
    const again = await csv("zip,y\n10001,2\n", { target: "y", categories: zips.categories });
    expect(rowsOf(again)).toEqual([[1]]);
  });

  it("C5: a header of numbers is asked for", async () => {
    const text = "5.1,3.5,0\n4.9,3.0,1\n6.2,3.4,1\n";
    await expect(csv(text, { target: 2 })).rejects.toThrow("csv: line 1: the header is all numbers. Set header: false");
    expect((await csv(text, { target: 2, header: false })).size).toBe(3);
    expect((await csv(text, { target: "0", header: true })).size).toBe(2);
  });

  it.each([
    ["C6: blanks", " 1  2\n 3  4\n"],
    ["C11: semicolons", "1;2\n3;4\n"],
    ["tabs", "1\t2\n3\t4\n"],
    ["bars", "1|2\n3|4\n"],
    ["C22: delimiters at the ends of lines", "1;2;;\n3;4;;\n\n\n"],
  ])("%s between cells", async (_, text) => {
    const rows = [
      [1, 2],
      [3, 4],
    ];
    if (!text.includes(";;")) expect(rowsOf(await csv(text, { header: false }))).toEqual(rows);
    const dataset = await csv(text.replace(/^ ?1/, (one) => one.replace("1", "a")).replace("2", "b") + text);
    expect(dataset.featureNames).toEqual(["a", "b"]);
    expect((rowsOf(dataset) as number[][]).slice(1)).toEqual(rows);
  });

  it("C7: blanks before quotes", async () => {
    expect(rowsOf(await csv('a, b, y\n"1", "5", 1\n"2", "10", 2\n'))).toEqual([
      [1, 5, 1],
      [2, 10, 2],
    ]);
  });

  it("C8: UTF-16; characters that were lost are named", async () => {
    const bytes = Buffer.from("\ufeffa,b\n1,2\n", "utf16le");
    expect(rowsOf(await csv(bytes))).toEqual([[1, 2]]);
    await expect(csv("town,y\nK\ufffdln,1\n")).rejects.toThrow("csv: line 2 has a character that was lost");
    await expect(csv("a,y\n1,\0\n")).rejects.toThrow("csv: the file is not text in UTF-8. A byte of line 2");
  });

  it("more columns than are written at once, float64 where one of them needs it", async () => {
    const cells = (row: number) => Array.from({ length: 40 }, (_, column) => 100 * column + row);
    const names = Array.from({ length: 40 }, (_, i) => `c${i}`);
    const text = [names, ...[1, 2, 3].map(cells)].map((row) => row.join(",")).join("\n");
    expect(rowsOf(await csv(text))).toEqual([1, 2, 3].map(cells));
    const times = await csv(
      `${text.replaceAll("\n", ",1556000000001\n").replace(",1556000000001", ",time")},1556000000002`,
    );
    expect(times.selection!.columns.x[0].exact?.slice(40, 42)).toEqual(Float64Array.of(1556000000001, 2));
  });

  it("C10: the nearest of many names", async () => {
    const names = [...Array.from({ length: 25 }, (_, i) => `colour_of_${i}`), "price"];
    const text = `${names.join(",")}\n${names.map((_, i) => i).join(",")}\n`;
    await expect(csv(text, { target: "prices" })).rejects.toThrow('no column "prices". Did you mean "price"?');
  });

  it("C15: a usual word for no value that comes as often in a target as a class is asked for", async () => {
    const damages = `x,damage\n${[..."NNNNNMMMSS"].map((d, i) => `${i},${{ N: "None", M: "Minor", S: "Severe" }[d]}`).join("\n")}\n`;
    await expect(csv(damages, { target: "damage", missing: "drop" })).rejects.toThrow(
      /column "damage": "None" stands in 5 of 10 rows of the target.*missingValues: \{ only: \[\] \}.*missingValues: \["None"\]/,
    );
    const asClass = await csv(damages, { target: "damage", missing: "drop", missingValues: { only: [] } });
    expect([countOf(asClass), asClass.classNames]).toEqual([10, ["Minor", "None", "Severe"]]);
    const asGap = await csv(damages, { target: "damage", missing: "drop", missingValues: ["None"] });
    expect(countOf(asGap)).toBe(5);
    // One of many is a gap, and so is a word that nobody uses as a class.
    const one = `x,y\n${Array.from({ length: 40 }, (_, i) => `${i},${i === 7 ? "None" : i % 2 ? "a" : "b"}`).join("\n")}\n`;
    expect(countOf(await csv(one, { target: "y", missing: "drop" }))).toBe(39);
    const unlabelled = one.replaceAll(",a", ",NaN");
    expect(countOf(await csv(unlabelled, { target: "y", missing: "keep" }))).toBe(20);
  });

  it("C15: the usual words for no value", async () => {
    const text = "a,y\nred,1\nn/a,2\nNULL,3\nNone,4\n#N/A,5\n-,6\n";
    const dataset = await csv(text, { target: "y", missing: "keep" });
    expect(dataset.categories.get("a")).toEqual(["red"]);
    expect(rowsOf(dataset)).toEqual([[0], ...new Array(5).fill([Number.NaN])]);
  });

  it("C18: an index without a name is no feature unless it is named", async () => {
    const text = ",a,y\n1,2,1\n2,3,2\n";
    expect((await csv(text, { target: "y" })).featureNames).toEqual(["a"]);
    expect(rowsOf(await csv(text, { target: "y", columns: [0] }))).toEqual([[1], [2]]);
  });

  it("true and false are 1 and 0, however they are written", async () => {
    const dataset = await csv("a,y\nTRUE,1\nfalse,2\nTrue,3\n", { target: "y" });
    expect(rowsOf(dataset)).toEqual([[1], [0], [1]]);
  });

  it("leaves out no row that it does not say", async () => {
    await expect(csv("a,b\n1,2\n\nSource: somebody\n")).rejects.toThrow("csv: line 4 has 1 cells, the header has 2.");
    await expect(csv("Population\na,b\n1,2\n3,4\n")).rejects.toThrow("csv: line 2 has 2 cells, the header has 1.");
    await expect(csv("# by somebody\na,b\n1,2\n3,4\n")).rejects.toThrow(FormatError);
  });

  it("rows that are dropped say nothing of their columns", async () => {
    const dataset = await csv("a,b,y\n1,2,3\nx,,3\n4,5,6\n", { target: "y", missing: "drop" });
    expect(rowsOf(dataset)).toEqual([
      [1, 2],
      [4, 5],
    ]);
  });
});

describe("csv, fuzzed", () => {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

  it("gives back random tables of numbers", async () => {
    const table = fc.nat({ max: 5 }).chain((width) =>
      fc.array(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: width + 1, maxLength: width + 1 }),
        {
          minLength: 1,
          maxLength: 17,
        },
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.constantFrom(",", ";", "\t", "||"),
        async (rows, end, delimiter) => {
          const text = rows.map((row) => row.join(delimiter)).join(end);
          const read = rowsOf(await csv(text, { header: false, delimiter })) as number[][];
          // As text −0 is 0.
          expect(read).toEqual(rows.map((row) => row.map((value) => value + 0)));
        },
      ),
      { seed: 20240602, numRuns: 300 },
    );
  });

  it("gives back random tables of text", async () => {
    const cell = fc.string({
      unit: fc.constantFrom("a", "B", " ", ",", '"', "\n", "é", "0"),
      minLength: 0,
      maxLength: 6,
    });
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 13 });
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = rows.map((row) => row.map((value) => quoted(`_${value}_`)).join(",")).join("\n");
        const dataset = await csv(text, { header: false, categorical: [0, 1] });
        const read = (rowsOf(dataset) as number[][]).map((codes) =>
          codes.map((code, column) => dataset.categories.get(String(column))![code]),
        );
        expect(read).toEqual(rows.map((row) => row.map((value) => `_${value}_`)));
      }),
      { seed: 20240603, numRuns: 300 },
    );
  });

  it("takes any text and returns a table as large as it or an error of its own", async () => {
    const row = fc.tuple(fc.constantFrom("1", "2.5", ".5e3", "NA"), fc.constantFrom("b", '"x\n"', "", "__proto__"));
    const text = fc.oneof(
      fc.array(row, { maxLength: 9 }).map((rows) => ["a,__proto__", ...rows].join("\n")),
      fc.string({ unit: fc.constantFrom("1", "2.", "a", ",", '"', "\n", "\r", " ", "NA", "__proto__"), maxLength: 40 }),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    const options = fc.record(
      {
        header: fc.boolean(),
        target: fc.constantFrom<number | string>(0, 1, "a", "__proto__"),
        oneHot: fc.constant(true as const),
        missing: fc.constantFrom("error", "drop", "keep", 0),
      },
      { requiredKeys: [] },
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(text, options, async (text, options) => {
        const dataset = await csv(text, options as CsvOptions).catch((error) => error);
        if (dataset instanceof Error) return void expect(dataset).toBeInstanceOf(WasmgradError);
        accepted++;
        const { x } = dataset.selection!.columns;
        expect(x[0].shape).toEqual([dataset.size, dataset.featureNames.length]);
        // n characters hold at most n + 1 cells, and each becomes at most as many columns as there are cells.
        expect(x[0].size).toBeLessThanOrEqual((text.length + 1) ** 2);
      }),
      { seed: 20240604, numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(150);
  });

  it("takes any bytes, too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, gzip) => {
        const error = await csv(gzip ? Uint8Array.of(0x1f, 0x8b, ...bytes) : bytes).catch((error) => error);
        if (error instanceof Error) expect(error).toBeInstanceOf(WasmgradError);
      }),
      { seed: 20240605, numRuns: 300 },
    );
  });
});
