// The faults of tables (C1–C25) with their right answers, each with two variations, by hand.
import { describe, expect, it } from "vitest";
import { table } from "../../src/data/tables";
import { DataError, FormatError, WasmgradError } from "../../src/errors";
import type { TableSource } from "../../src/table/sources/openSource";
import type { TableOptions } from "../../src/table/tableOptions";

const rowsOf = async (source: TableSource, options?: TableOptions) => (await table(source, options)).toObjects();
const valuesOf = async (source: TableSource, name = "a", options?: TableOptions) =>
  (await table(source, options)).column(name).toArray();
const typeOf = async (source: TableSource, name = "a", options?: TableOptions) =>
  (await table(source, options)).column(name).type;
const notesOf = async (source: TableSource, options?: TableOptions) =>
  (await table(source, options)).describe().notes.map(({ text }) => text);

/** A question names the place, the column and at least two ways out. */
async function expectQuestion(source: TableSource, place: string, ...ways: string[]) {
  const error = await table(source).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(DataError);
  for (const part of [place, ...ways]) expect((error as Error).message).toContain(part);
}

describe("C1: a later table is read by the names of the first", () => {
  const train = "a,b,y\n1,90,0\n3,80,1";

  it.each([
    ["b,a,y\n90,1,0", [{ a: 1, b: 90, y: 0 }]],
    ["y,extra,b,a\n1,9,80,3", [{ a: 3, b: 80, y: 1 }]],
    ["b;a\n70;2", [{ a: 2, b: 70 }]],
  ])("in any order: %j", async (text, rows) => {
    const { schema } = await table(train, { target: "y" });
    expect(await rowsOf(text, { schema })).toEqual(rows);
    expect((await table(text, { schema })).features).toEqual(["a", "b"]);
  });

  it("without a feature is an error that names it", async () => {
    const { schema } = await table(train, { target: "y" });
    await expect(table("b,A\n90,1", { schema })).rejects.toThrow(
      'column "a" of the schema is missing. Did you mean "A"?',
    );
  });
});

describe("C2: numbers as people write them", () => {
  it.each([
    ["5%\n10.5%\n100%", [5, 10.5, 100], "%"],
    ["$5\n$1.50\n-$2", [5, 1.5, -2], "$"],
    ["5 €\n7 €\n8 €", [5, 7, 8], "€"],
    ["5kg\n6.5kg\n7 kg", [5, 6.5, 7], "kg"],
    ["36 months\n1 month\n60 months", [36, 1, 60], "months"],
    ["1 234\n12 345 678\n5", [1234, 12345678, 5], undefined],
    ["1\u202f234\n2\u00a0345\n3", [1234, 2345, 3], undefined],
    ['"1,234,567"\n"2,345"\n3', [1234567, 2345, 3], undefined],
    ["1'234.5\n2'000'000\n7", [1234.5, 2000000, 7], undefined],
    ["\u22125\n\u22121.5\n+3", [-5, -1.5, 3], undefined],
    ["(5.0)\n3\n($4)".replace("($4)", "(4)"), [-5, 3, -4], undefined],
    [".5\n5.\n1e3", [0.5, 5, 1000], undefined],
  ])("are numbers where that is plain: %j", async (cells, values, unit) => {
    const column = (await table(`a\n${cells}`)).column("a");
    expect(column.type).toBe("number");
    expect(column.toArray()).toEqual(values);
    expect(column.type === "number" && column.unit).toBe(unit);
  });

  it.each([
    ["0x1F\n0x20", '"0x1F"', "hexadecimal: true", { hexadecimal: true }, [31, 32]],
    ["19M\n1.5k", '"19M"', "magnitudes: true", { magnitudes: true }, [19e6, 1500]],
    ["1.1M\n2bn", '"1.1M"', "magnitudes: true", { magnitudes: true }, [1100000, 2e9]],
    ['"10,000+"\n50+', '"10,000+"', "bounds: true", { bounds: true, decimal: "." as const }, [10000, 50]],
    ["<5\n7", '"<5"', "bounds: true", { bounds: true }, [5, 7]],
    [
      "1/10/2019\n2/3/2019",
      '"1/10/2019"',
      '"d/m/y"',
      { order: "d/m/y" as const },
      [Date.UTC(2019, 9, 1), Date.UTC(2019, 2, 2)],
    ],
    [
      "1/10/2019\n2/3/2019",
      '"1/10/2019"',
      '"m/d/y"',
      { order: "m/d/y" as const },
      [Date.UTC(2019, 0, 10), Date.UTC(2019, 1, 3)],
    ],
    ["4WD\n2WD", '"4WD"', 'unit":"WD"'.replace('":"', ': "'), { unit: "WD" }, [4, 2]],
  ])("are a question where it is not: %j", async (cells, shown, way, setting, values) => {
    const text = `a\n${cells}`;
    await expectQuestion(text, `line 2, column "a": ${shown}`, way, 'type: "category"');
    const read = (await table(text, { columns: { a: setting } })).column("a");
    expect(read.toArray().map(Number)).toEqual(values);
    expect(await valuesOf(text, "a", { columns: { a: "category" } })).toEqual(
      cells.split("\n").map((cell) => cell.replaceAll('"', "")),
    );
  });

  it("are a target like any other", async () => {
    const read = await table("x,y\n1,5%\n2,10%", { target: "y" });
    expect([read.column("y").type, read.targets]).toEqual(["number", ["y"]]);
  });

  it.each([
    ["5kg\n6 lb\n7kg", '"6 lb" has another unit than "5kg" of line 2'],
    ["5%\n3\n7%", '"5%" has the unit "%", but line 3 has a number without'],
    ["12:30\n1:45\n9:00", '"12:30" is a time of day or a duration'],
    ["7\n9\nmany", '"many" is not a number, but line 2 has 7.'],
  ])("that do not fit together are a question: %j", async (cells, message) => {
    await expect(table(`a\n${cells}`)).rejects.toThrow(message);
  });
});

describe("C3: a comma between thousands or before decimals", () => {
  const text = 'a,y\n"25,649",1\n"4,870",2';

  it("is a question with both ways out, where nothing tells", async () => {
    await expectQuestion(text, 'line 2, column "a": the comma in "25,649"', 'decimal: "."', 'decimal: ","');
    expect(await valuesOf(text, "a", { decimal: "." })).toEqual([25649, 4870]);
    expect(await valuesOf(text, "a", { columns: { a: { decimal: "," } } })).toEqual([25.649, 4.87]);
  });

  it.each([
    ['a\n"25,649"\n"1,234,567"', [25649, 1234567]],
    ['a\n"25,649"\n4.5', [25649, 4.5]],
    ['a\n"25,649"\n870', [25649, 870]],
    ['a\n"25,649"\n"0,125"', [25.649, 0.125]],
    ['a\n"25,649"\n"4,5"', [25.649, 4.5]],
    ['a\n"25,649"\n"1.234,5"', [25.649, 1234.5]],
    ['a,b\n"25,649",1.5\n"4,870",2', [25649, 4870]],
    ["a;b\n25,649;1,5\n4,870;2", [25.649, 4.87]],
    ["a;b\n25.649;1,5\n4.870;2", [25649, 4870]],
    ["a\n25.649\n4.870", [25.649, 4.87]],
    ["a\n1.234.567\n4.870", [1234567, 4870]],
  ])("is decided by all cells, and by other columns: %j", async (text, values) => {
    expect(await valuesOf(text)).toEqual(values);
  });

  it("in a column that has both kinds is a question", async () => {
    await expect(table('a\n"1,5"\n2.5')).rejects.toThrow("has a decimal comma, but line 3 has");
  });
});

describe("C4: numbers as categories are one however they are written", () => {
  it.each([
    ["a,y\n1,0\n1.0,1\n02,0\n2,1", ["1", "1", "2", "2"], ["1", "2"]],
    ["a,y\n10,0\n9.50,1\n9.5,0\n+10,1", ["10", "9.5", "9.5", "10"], ["9.5", "10"]],
    ["a,y\n1e1,0\nx,1\n10,0\n010,1", ["10", "x", "10", "10"], ["10", "x"]],
  ])("%j", async (text, values, words) => {
    const column = (await table(text, { columns: { a: "category" } })).column("a");
    expect(column.toArray()).toEqual(values);
    expect(column.type === "category" && column.words).toEqual(words);
  });

  it("unless they are to be kept as they are written", async () => {
    const setting = { type: "category", asWritten: true } as const;
    expect(await valuesOf("a\n1\n1.0\n02", "a", { columns: { a: setting } })).toEqual(["1", "1.0", "02"]);
  });

  it("codes with zeros in front keep them: postal codes", async () => {
    const text = `zip,n\n${["00501", "10001", "00501", "10001"].map((zip) => `${zip},1`).join("\n")}`;
    expect(await valuesOf(text, "zip")).toEqual(["00501", "10001", "00501", "10001"]);
  });
});

describe("C5: a header that may be a row", () => {
  it.each([
    ["5.1,3.5,0\n4.9,3.0,1\n6.2,3.4,1", "line 1: the header is all numbers"],
    ["1\n2\n3", "line 1: the header is all numbers"],
    ["39,State-gov,77516\n50,Private,83311", 'the name "39" is a number'],
  ])("%j is a question", async (text, message) => {
    const error = (await table(text).catch((error: unknown) => error)) as Error;
    expect(error).toBeInstanceOf(DataError);
    for (const part of [message, "header: false", "header: true"]) expect(error.message).toContain(part);
    expect((await table(text, { header: false })).rowCount).toBe(text.split("\n").length);
    expect((await table(text, { header: true })).rowCount).toBe(text.split("\n").length - 1);
  });

  it("is one when its numbers are years, or count the columns", async () => {
    expect((await table("country,2000,2001\nA,1,2")).columnNames).toEqual(["country", "2000", "2001"]);
    expect((await table(",0,1\n0,5,6\n1,7,8")).columnNames).toEqual(["column 1", "0", "1"]);
  });
});

describe("C6: blanks between cells", () => {
  it.each([
    [
      " 1  2\n 3  4",
      { header: false },
      [
        { "column 1": 1, "column 2": 2 },
        { "column 1": 3, "column 2": 4 },
      ],
    ],
    [
      "a \t b\n1\t 2\n3  4",
      {},
      [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
    ],
    [
      'name  n\n"New York"  1\nRome 22',
      {},
      [
        { name: "New York", n: 1 },
        { name: "Rome", n: 22 },
      ],
    ],
    [
      "name        age\nAlan Smith   25\nBo            7\nCleo De La  100",
      {},
      [
        { name: "Alan Smith", age: 25 },
        { name: "Bo", age: 7 },
        { name: "Cleo De La", age: 100 },
      ],
    ],
  ])("%j", async (text, options, rows) => {
    expect(await rowsOf(text, options)).toEqual(rows);
  });

  it("do not cut names in a table of one column", async () => {
    expect(await rowsOf("name\nAlan Smith\nBo Diddley")).toEqual([{ name: "Alan Smith" }, { name: "Bo Diddley" }]);
  });
});

describe("C7: blanks before quotes", () => {
  it.each([
    [
      'a, b, y\n"1", "5", 1\n"2", "10", 2',
      [
        { a: 1, b: 5, y: 1 },
        { a: 2, b: 10, y: 2 },
      ],
    ],
    [
      'a, b\n1, "x, y"\n2, "z"',
      [
        { a: 1, b: "x, y" },
        { a: 2, b: "z" },
      ],
    ],
    [
      'a;\t b\n1;\t "say ""; ""hi"\n2; "two\n, lines"',
      [
        { a: 1, b: 'say "; "hi' },
        { a: 2, b: "two\n, lines" },
      ],
    ],
  ])("%j", async (text, rows) => {
    expect(await rowsOf(text)).toEqual(rows);
  });
});

describe("C8: characters that were lost", () => {
  it.each(["town,y\nK\ufffdln,1", "t\ufffdwn,y\nx,1"])("%j names the place and the encoding", async (text) => {
    const line = text.indexOf("\ufffd") > 6 ? 2 : 1;
    await expect(table(text)).rejects.toThrow(new RegExp(`line ${line} has a character that was lost.*encoding`));
  });

  it("bytes of Latin-1 name the line, and are read by the name of their encoding", async () => {
    const bytes = Uint8Array.from("town,y\nRom,1\nK\xf6ln,2\n", (character) => character.charCodeAt(0));
    await expect(table(bytes)).rejects.toThrow(/line 3 has a byte that is no character in utf-8.*windows-1252/);
    expect(await valuesOf(bytes, "town", { encoding: "windows-1252" })).toEqual(["Rom", "Köln"]);
  });

  it.each([
    ["utf-16le", true],
    ["utf-16le", false],
    ["utf-16be", true],
    ["utf-16be", false],
  ])("UTF-16 is recognised: %s, mark %s", async (encoding, hasMark) => {
    const bytes = Buffer.from(`${hasMark ? "\ufeff" : ""}town,y\nKöln,1\n`, "utf16le");
    if (encoding === "utf-16be") bytes.swap16();
    const read = await table(bytes);
    expect(read.toObjects()).toEqual([{ town: "Köln", y: 1 }]);
    expect(read.describe().layout?.encoding).toBe(encoding);
  });

  it("the mark of UTF-8 is no part of a name", async () => {
    expect((await table(Buffer.from("\ufefftown,y\nKöln,1\n"))).columnNames).toEqual(["town", "y"]);
  });
});

describe("C9: gaps in targets and in features", () => {
  it.each([
    [
      "a,b,y\n1,,1\n2,3,\n4,5,6",
      [
        { a: 1, b: null, y: 1 },
        { a: 4, b: 5, y: 6 },
      ],
      "1 row without",
    ],
    ["a,y\n1,NA\n2,?\n3,6", [{ a: 3, y: 6 }], "2 rows without"],
    [
      "a,b,y\nNULL,,x\n,,\n1,2,z",
      [
        { a: null, b: null, y: "x" },
        { a: 1, b: 2, y: "z" },
      ],
      "1 row without",
    ],
  ])("%j", async (text, rows, note) => {
    const read = await table(text, { target: "y" });
    expect(read.toObjects()).toEqual(rows);
    expect(String(read.describe())).toContain(note);
  });

  it("every row without a target is an error that names it", async () => {
    await expect(table("a,y,z\n1,,1\n2,3,", { target: ["y", "z"] })).rejects.toThrow('target "y", "z"');
  });
});

describe("C10: did you mean", () => {
  const many = Array.from({ length: 26 }, (_, i) => `c${i}`);

  it.each([
    [[...many.slice(0, 25), "price"], "prices", 'Did you mean "price"?'],
    [[...many.slice(0, 20), "outcome"], "outcom", 'Did you mean "outcome"?'],
    [many, "zzzzzz", "(26 columns)"],
  ])("among all columns", async (names, target, hint) => {
    const text = `${names.join(",")}\n${names.map((_, i) => i).join(",")}`;
    await expect(table(text, { target })).rejects.toThrow(`there is no column "${target}".`);
    await expect(table(text, { target })).rejects.toThrow(hint);
    await expect((async () => (await table(text)).column(target))()).rejects.toThrow(hint);
    await expect(table(text, { drop: [target] })).rejects.toThrow(hint);
  });
});

describe("C11: the delimiter", () => {
  it.each([
    [
      '"a";"y"\n1;2\n3;4',
      [
        { a: 1, y: 2 },
        { a: 3, y: 4 },
      ],
    ],
    [
      "a;y\n1,5;2\n2,5;3",
      [
        { a: 1.5, y: 2 },
        { a: 2.5, y: 3 },
      ],
    ],
    ["a;y\n1,5;2", [{ a: 1.5, y: 2 }]],
    [
      "a|y\n1|x, y\n2|z",
      [
        { a: 1, y: "x, y" },
        { a: 2, y: "z" },
      ],
    ],
    [
      "a\ty\n1\tx; y\n2\tz",
      [
        { a: 1, y: "x; y" },
        { a: 2, y: "z" },
      ],
    ],
    ["a::y\n1::2", [{ a: 1, y: 2 }], { delimiter: "::" }],
  ] as [string, object[], TableOptions?][])("%j", async (text, rows, options) => {
    expect(await rowsOf(text, options)).toEqual(rows);
  });
});

describe("C12–C14: a schema", () => {
  it("gives the same codes after JSON", async () => {
    const first = await table("colour,size\nred,1\nblue,2\nred,3", { target: "size" });
    const schema = JSON.parse(JSON.stringify(first.schema));
    expect(schema).toEqual(first.schema);
    const column = (await table("size,colour\n7,red\n8,red", { schema })).column("colour");
    expect(column.type === "category" && [column.words, [...column.codes]]).toEqual([
      ["blue", "red"],
      [1, 1],
    ]);
  });

  it("allows the target to be missing", async () => {
    const { schema } = await table("colour,kind\nred,a\nblue,b\nred,a", { target: "kind" });
    const read = await table("colour\nred", { schema });
    expect([read.toObjects(), read.features, read.targets]).toEqual([[{ colour: "red" }], ["colour"], []]);
    expect((await table([{ colour: "blue" }], { schema })).toObjects()).toEqual([{ colour: "blue" }]);
  });

  it("says what becomes of an unknown word", async () => {
    const text = "colour\nred\nblue\nred";
    const { schema } = await table(text);
    await expect(table("colour\nred\nbleu", { schema })).rejects.toThrow(
      'line 3, column "colour": "bleu" is none of its 2 categories. Did you mean "blue"?',
    );
    expect(await valuesOf("colour\nred\nbleu", "colour", { schema, unknown: "gap" })).toEqual(["red", null]);
    await expect(table("colour\nbleu", { schema, unknown: "other" })).rejects.toThrow("when the first table is read");
    const other = await table(text, { unknown: "other" });
    expect(await valuesOf("colour\nred\nbleu", "colour", { schema: other.schema })).toEqual(["red", "other"]);
  });

  it("that is none is refused", async () => {
    const { schema } = await table("a\n1");
    for (const wrong of [
      {},
      { version: 2, columns: [] },
      { ...schema, columns: [{ name: "a" }] },
      { ...schema, columns: [...schema.columns, ...schema.columns] },
    ]) {
      await expect(table("a\n1", { schema: wrong as never })).rejects.toThrow(/schema/);
    }
  });
});

describe("C15, C16, C24: gaps", () => {
  it("are written in the usual words", async () => {
    const text = "a,y\nred,1\nn/a,2\nNULL,3\nNone,4\n#N/A,5\n-,6\nNaN,7\n?,8\n,9\nred,10";
    expect(await valuesOf(text)).toEqual(["red", ...Array(8).fill(null), "red"]);
    expect(await notesOf(text)).toEqual([
      'column "a": "n/a" (once), "NULL" (once), "None" (once) and others read as no value.',
    ]);
  });

  it.each([
    ["a\n1\n-9\n\nNA\n3", ["-9"], [1, null, null, 3]],
    ["a,b\n-999,1\n,1\n5,1", [-999], [null, null, 5]],
    ["a,b\nunknown,1\n-,1\n5,1", ["unknown"], [null, null, 5]],
  ])("in one word more do not forget the others: %j", async (text, missing, values) => {
    expect(await valuesOf(text, "a", { missing })).toEqual(values);
  });

  it("only in the words that are said", async () => {
    const text = "country,y\nNA,1\nDE,2\n,3";
    expect(await valuesOf(text, "country")).toEqual([null, "DE", null]);
    expect(await valuesOf(text, "country", { columns: { country: { missing: { only: [] } } } })).toEqual([
      "NA",
      "DE",
      null,
    ]);
  });

  it("of one column are none of another: zeros of pima", async () => {
    const text = "glucose,pregnancies\n148,0\n0,3\n89,1";
    const read = await table(text, { columns: { glucose: { missing: [0] } } });
    expect(read.column("glucose").toArray()).toEqual([148, null, 89]);
    expect(read.column("pregnancies").toArray()).toEqual([0, 3, 1]);
    expect(read.column("glucose").gaps).toBe(1);
    expect(await valuesOf("pregnancies,glucose\n0,0", "glucose", { schema: read.schema })).toEqual([null]);
  });
});

describe("C17: numbers that float32 cannot tell apart", () => {
  it.each([
    ["a\n1556000000000\n1556000030000", [1556000000000, 1556000030000]],
    ["a\n16777216\n16777217", [16777216, 16777217]],
    ["a\n-33.8688197\n-33.8688198", [-33.8688197, -33.8688198]],
  ])("are kept apart: %j", async (text, values) => {
    expect(await valuesOf(text)).toEqual(values);
  });

  it("of more digits than float64 keeps stay as they are written", async () => {
    expect(await typeOf("a\n9007199254740993\n9007199254740992")).toBe("identifier");
    expect(await valuesOf("a\n9007199254740993\n9007199254740992")).toEqual(["9007199254740993", "9007199254740992"]);
    expect(await valuesOf('[{"a":9007199254740993},{"a":1}]')).toEqual(["9007199254740993", "1"]);
    expect(await valuesOf([{ a: 9007199254740993n }, { a: 2n }])).toEqual(["9007199254740993", "2"]);
  });
});

describe("C18, C22: columns without names", () => {
  it("that count the rows are named and are no features", async () => {
    const text = ",a,y\n1,2,1\n2,3,2";
    const read = await table(text, { target: "y" });
    expect([read.columnNames, read.features]).toEqual([["column 1", "a", "y"], ["a"]]);
    expect(await notesOf(text)).toEqual([
      'column 1 has no name and counts the rows: it is called "column 1" and is no feature.',
    ]);
    expect((await table("a,y\n2,1", { schema: read.schema })).features).toEqual(["a"]);
  });

  it("of tables of R, whose header has a name less", async () => {
    const read = await table('"a" "b"\n"1" 5.1 2\n"2" 4.9 3');
    expect([read.columnNames, read.features]).toEqual([
      ["column 1", "a", "b"],
      ["a", "b"],
    ]);
  });

  it.each(["a;b;;\n1;2;;\n\n\n", "a;b\n1;2;;\n", "a;b;\n1;2;\n;;\n".replace(";;\n", "")])(
    "are left out when they are empty: %j",
    async (text) => {
      const read = await table(text);
      expect(read.toObjects()).toEqual([{ a: 1, b: 2 }]);
      expect((await notesOf(text)).join(" ")).toMatch(/left out/);
    },
  );

  it("that hold something are kept and said", async () => {
    expect(await rowsOf("a,,b\n1,x,2\n2,y,3")).toEqual([
      { a: 1, "column 2": "x", b: 2 },
      { a: 2, "column 2": "y", b: 3 },
    ]);
  });

  it("prose above and below a table is left out and said", async () => {
    const text = "Sales of 2019\nSource: nobody\n\na,b\n1,2\n3,4\n5,6\n\nTotals are rounded";
    const read = await table(text);
    expect(read.toObjects()).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
      { a: 5, b: 6 },
    ]);
    expect((await notesOf(text)).join(" ")).toMatch(/the first 3 lines.*line 9, "Totals are rounded"/);
    await expect(table("a,b\n1,2\nbroken\n3,4")).rejects.toThrow(/line 3 has 1 cell, the header has 2.*skipFooter/);
    expect((await table("a,b\n1,2\nbroken", { skipFooter: 1 })).rowCount).toBe(1);
  });
});

describe("C19: gaps everywhere", () => {
  it("leave the column out, by name", async () => {
    const text = "a,b,y\n1,,1\n2,,2";
    expect((await table(text)).columnNames).toEqual(["a", "y"]);
    expect(await notesOf(text)).toEqual(['column "b" holds no value and was left out.']);
    await expect(table(text, { target: "b" })).rejects.toThrow('the target "b" holds no value');
  });
});

describe("C20, C21: what is no category", () => {
  it("amounts with a zero among them are numbers", async () => {
    expect(await valuesOf("a,y\n0,1\n$4.99,2")).toEqual([0, 4.99]);
    await expectQuestion(
      "a,y\n3,1\n$4.99,2",
      'line 3, column "a": "$4.99" has the unit "$"',
      'unit: "$"',
      'type: "category"',
    );
    expect(await valuesOf("a\n3\n$4.99", "a", { columns: { a: { unit: "$" } } })).toEqual([3, 4.99]);
  });

  it("nearly unique words are text, and no features", async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `Passenger ${i % 90},${i % 3}`);
    const read = await table(`name,y\n${rows.join("\n")}`, { target: "y" });
    expect([read.column("name").type, read.features]).toEqual(["text", []]);
    const asked = await table(`name,y\n${rows.join("\n")}`, { target: "y", columns: { name: "category" } });
    expect([asked.column("name").type, asked.features]).toEqual(["category", ["name"]]);
  });

  it.each([
    ["id", Array.from({ length: 10 }, (_, i) => String(1000 - i)), "identifier"],
    ["key", Array.from({ length: 10 }, (_, i) => `58fa3f0be4b0b7ea5452485${i}`), "identifier"],
    ["ticket", Array.from({ length: 20 }, (_, i) => `A/${i} x`), "text"],
    ["colour", Array.from({ length: 20 }, (_, i) => ["red", "blue"][i % 2]), "category"],
  ])("%s is what it is", async (name, cells, type) => {
    expect(await typeOf(`${name},y\n${cells.map((cell) => `${cell},1`).join("\n")}`, name)).toBe(type);
  });
});

describe("C25: objects", () => {
  it("one, several, and columns", async () => {
    expect(await rowsOf({ a: 1, b: "x", c: null })).toEqual([{ a: 1, b: "x" }]);
    expect(await rowsOf([{ a: 1 }, { b: true }])).toEqual([
      { a: 1, b: null },
      { a: null, b: true },
    ]);
    expect(await rowsOf({ a: [1, 2], b: Float32Array.of(3, Number.NaN) })).toEqual([
      { a: 1, b: 3 },
      { a: 2, b: null },
    ]);
    expect(
      await rowsOf([
        ["a", "b"],
        [1, "x"],
        [2, null],
      ]),
    ).toEqual([
      { a: 1, b: "x" },
      { a: 2, b: null },
    ]);
    const day = new Date(Date.UTC(2020, 1, 29));
    expect(await rowsOf([{ day }])).toEqual([{ day }]);
  });

  it("that hold what is no value name the place", async () => {
    await expect(table([{ a: 1 }, { a: [1, 2] }])).rejects.toThrow('row 2, column "a": [1, 2] is no value of a cell');
    await expect(table([{ a: 1 }, 5 as never])).rejects.toThrow("row 2 is 5, expected an object");
    await expect(table({ a: [1], b: [1, 2] })).rejects.toThrow('column "a" has 1 values, "b" has 2');
    expect(await rowsOf([{ a: { b: 1, c: { d: "x" } } }])).toEqual([{ "a.b": 1, "a.c.d": "x" }]);
  });
});

describe("names", () => {
  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is a name like others", async (name) => {
    const read = await table(`${name},b\n1,2`);
    expect(read.column(name).toArray()).toEqual([1]);
    const [row] = read.toObjects();
    expect(Object.keys(row)).toEqual([name, "b"]);
    expect(Object.entries(row)).toEqual([
      [name, 1],
      ["b", 2],
    ]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    const again = await table(JSON.stringify(read.toObjects()), { schema: read.schema, target: name });
    expect([again.targets, again.column(name).toArray()]).toEqual([[name], [1]]);
  });

  it("that come twice are an error with both ways out", async () => {
    await expect(table("a,b,a\n1,2,3")).rejects.toThrow(
      /line 1: columns 1 and 3 are both called "a".*names.*header: false/,
    );
    expect((await table("a,b,a\n1,2,3", { names: ["a", "b", "c"] })).toObjects()).toEqual([{ a: 1, b: 2, c: 3 }]);
  });
});

it("errors are typed", async () => {
  for (const [text, type] of [
    ["a,b\n1", FormatError],
    ['a\n"x', FormatError],
    ["", DataError],
    ["a,b\n", DataError],
  ] as const) {
    const error = await table(text).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(type);
    expect(error).toBeInstanceOf(WasmgradError);
  }
});

describe("dates with a time", () => {
  it.each([
    ["2019-01-31 12:05 AM", "2019-01-31T00:05:00.000Z"],
    ["2019-01-31 12:05 PM", "2019-01-31T12:05:00.000Z"],
    ["2019-01-31 11:59 PM", "2019-01-31T23:59:00.000Z"],
    ["2019-01-31T01:00+02:00", "2019-01-30T23:00:00.000Z"],
    ["2019-01-31T01:00-02:30", "2019-01-31T03:30:00.000Z"],
  ])("%s is %s", async (cell, time) => {
    const read = await table(`when,y\n${cell},1\n`);
    expect(new Date(Number(read.column("when").at(0))).toISOString()).toBe(time);
  });
});
