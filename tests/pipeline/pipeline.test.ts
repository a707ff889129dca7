import { describe, expect, test } from "vitest";
import { data, type PipelineOptions, pipeline, type Tensor } from "../../src/index";
import { hashOf } from "../../src/pipeline/steps/words";

/** The numbers of a table of one feature, as rows; the target counts up. */
async function numbersOf(values: readonly unknown[], options: PipelineOptions = {}, reading = {}): Promise<number[][]> {
  const rows = values.map((x, i) => ({ x, y: i + 0.5 }));
  const table = await data.table(rows, { target: "y", columns: { x: reading } });
  const { x } = await (await pipeline(table, options)).apply(table);
  return (x as Tensor).toArray() as number[][];
}

const rounded = (rows: readonly number[][]) => rows.map((row) => row.map((value) => Math.round(value * 1e5) / 1e5));

describe("numbers", () => {
  test("mean 0 and variance 1 over the rows of training, in float64 before float32", async () => {
    // Mean 4, variance ((3² + 1² + 0 + 4²)/4 = 6.5).
    expect(rounded(await numbersOf([1, 3, 4, 8]))).toEqual([[-1.1767], [-0.39223], [0], [1.56893]]);
    const far = await numbersOf([1556000000000, 1556000030000, 1556000060000], {}, { type: "number" });
    expect(rounded(far)).toEqual([[-1.22474], [0], [1.22474]]);
  });

  test("by median and quartiles, from 0 to 1, or as they are", async () => {
    // Quartiles of 1, 2, 3, 5, 100: 2 and 5 (NumPy's linear rule), median 3.
    expect(rounded(await numbersOf([1, 2, 3, 5, 100], { scale: "robust", log: false }))).toEqual([
      [-0.66667],
      [-0.33333],
      [0],
      [0.66667],
      [32.33333],
    ]);
    // Quartiles between numbers, as numpy.percentile has them: 1.75 and 5.5, median 3.
    expect(rounded(await numbersOf([1, 2, 4, 10], { scale: "robust", log: false }))).toEqual([
      [-0.53333],
      [-0.26667],
      [0.26667],
      [1.86667],
    ]);
    expect(await numbersOf([2, 4, 10], { scale: "minMax" })).toEqual([[0], [0.25], [1]]);
    expect(await numbersOf([2, 4, 10], { scale: "none" })).toEqual([[2], [4], [10]]);
  });

  test("what float32 cannot hold, or cannot tell apart, is an error that names the column", async () => {
    await expect(numbersOf([1556000000000, 1556000030000], { scale: "none" }, { type: "number" })).rejects.toThrow(
      /"x": 1556000000000 and 1556000030000 are the same in float32/,
    );
    await expect(numbersOf([1e300, 2e300, -1e300])).rejects.toThrow(/"x"/);
    const table = await data.table(
      [
        { x: 1, y: 1.5 },
        { x: 2, y: 2.5 },
      ],
      { target: "y" },
    );
    const steps = await pipeline(table);
    await expect(steps.inputs([{ x: 1 }, { x: 1e300 }])).rejects.toThrow(/row 2, column "x": 1e\+300 is too far/);
  });

  test("gaps are filled, and said", async () => {
    const of = (impute: PipelineOptions["impute"]) => numbersOf([1, 2, 2, null, 7], { impute, scale: "none" });
    expect((await of("median"))[3]).toEqual([2, 1]);
    expect((await of("mean"))[3]).toEqual([3, 1]);
    expect((await of("mostFrequent"))[3]).toEqual([2, 1]);
    // Of equally many the smallest; between two numbers the middle; a number as it would be if it stood there.
    expect((await numbersOf([5, 5, 2, 2, 9, null], { impute: "mostFrequent", scale: "none" }))[5]).toEqual([2, 1]);
    expect((await numbersOf([1, 2, 4, 10, null], { impute: "median", scale: "none" }))[4]).toEqual([3, 1]);
    const logged = await numbersOf([1, 2, null], { impute: 7, log: true, scale: "none" });
    expect(logged[2]).toEqual([Math.fround(Math.log(8)), 1]);
    expect((await of(-4))[3]).toEqual([-4, 1]);
    expect((await of("mean"))[4]).toEqual([7, 0]);
    expect(await numbersOf([1, null, 7], { indicator: false, scale: "none" })).toEqual([[1], [4], [7]]);
    expect(await numbersOf([1, 7], { indicator: true, scale: "none" })).toEqual([
      [1, 0],
      [7, 0],
    ]);
  });

  test("a long tail is made short by logarithms, a short one is left alone", async () => {
    const tail = Array.from({ length: 40 }, (_, i) => Math.round(Math.exp(i / 3)));
    const logged = await numbersOf(tail, { scale: "none" });
    for (const [i, [value]] of logged.entries()) expect(value).toBeCloseTo(Math.log1p(tail[i]), 5);
    expect(await numbersOf([1, 2, 3, 4], { scale: "none" })).toEqual([[1], [2], [3], [4]]);
    const signed = await numbersOf([-7, 0, 7], { log: true, scale: "none" });
    expect(signed.map(([value]) => value)).toEqual([-Math.fround(Math.log(8)), 0, Math.fround(Math.log(8))]);
  });

  test("what is the same in every row is left out, and said", async () => {
    const table = await data.table(
      [
        { a: 3, b: 1, y: 1.5 },
        { a: 3, b: 2, y: 2.5 },
      ],
      { target: "y" },
    );
    const steps = await pipeline(table);
    expect(steps.names).toEqual(["b"]);
    expect(steps.notes.join()).toMatch(/"a" is the same in every row/);
  });
});

describe("words", () => {
  const colours = ["red", "blue", "red", "green", "blue", "red"];

  test("one number each; the rare, the unknown and gaps have their own where training had such", async () => {
    const rows = [...colours, null].map((colour, i) => ({ colour, y: i }));
    const table = await data.table(rows, { target: "y", columns: { colour: "category" } });
    const steps = await pipeline(table, { minCount: 2 });
    expect(steps.names).toEqual(["colour = blue", "colour = red", "colour is another", "colour is missing"]);
    const x = async (colour: unknown) => ((await steps.inputs({ colour })) as Tensor).toArray();
    expect(await x("red")).toEqual([[0, 1, 0, 0]]);
    expect(await x("green")).toEqual([[0, 0, 1, 0]]);
    expect(await x("violet")).toEqual([[0, 0, 1, 0]]);
    expect(await x(null)).toEqual([[0, 0, 0, 1]]);
  });

  test("unknown words: an error that names them, a gap, or none of the words", async () => {
    const rows = colours.map((colour, i) => ({ colour, y: i }));
    const table = await data.table(rows, { target: "y", columns: { colour: "category" } });
    const x = async (unknown: "error" | "gap" | "other") =>
      ((await (await pipeline(table, { unknown, minCount: 1 })).inputs({ colour: "mauve" })) as Tensor).toArray();
    await expect(x("error")).rejects.toThrow(/"colour".*"mauve"/s);
    expect(await x("gap")).toEqual([[0, 0, 0]]);
    expect(await x("other")).toEqual([[0, 0, 0]]);
  });

  test("ranks in the order given", async () => {
    const order = ["low", "middle", "high"];
    const values = ["high", "low", "middle", "low"];
    // Ranks 2, 0, 1, 0: mean 0.75, variance 0.6875.
    const x = await numbersOf(values, { columns: { x: { encode: "ordinal", order } } }, { type: "category" });
    expect(rounded(x)).toEqual([[1.50756], [-0.90453], [0.30151], [-0.90453]]);
    await expect(
      numbersOf(values, { columns: { x: { encode: "ordinal", order: ["low", "high"] } } }, { type: "category" }),
    ).rejects.toThrow(/order lacks "middle"/);
  });

  test("smoothed means of the target", async () => {
    // y = 0.5 … 3.5, mean 2, variance 1.25. a: 0.5, 2.5; b: 1.5, 3.5. Sums about the mean −1 and 1, over 2 + 20.
    const x = await numbersOf(["a", "b", "a", "b"], { encode: "target" }, { type: "category" });
    const far = 1 / 22 / Math.sqrt(1.25);
    expect(rounded(x)).toEqual(rounded([[-far], [far], [-far], [far]]));
  });

  test("hashes are FNV-1a of the bytes", async () => {
    expect(hashOf("")).toBe(0x811c9dc5);
    expect(hashOf("a")).toBe(0xe40c292c);
    expect(hashOf("foobar")).toBe(0xbf9cf968);
    const x = await numbersOf(["a", "foobar"], { encode: "hash", buckets: 7 }, { type: "category" });
    expect(x.map((row) => row.indexOf(1))).toEqual([0xe40c292c % 7, 0xbf9cf968 % 7]);
  });

  test("many words are embedded: an input of their own", async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({
      town: `town ${i % 400}`,
      size: i % 7,
      y: i % 2 === 0 ? "even" : "odd",
    }));
    const table = await data.table(rows, { target: "y", columns: { town: "category" } });
    const steps = await pipeline(table);
    const [numbers, ids] = (await steps.inputs([
      { town: "town 0", size: 1 },
      { town: "Atlantis", size: 2 },
      { town: null, size: 3 },
    ])) as Tensor[];
    expect(numbers.shape).toEqual([3, 1]);
    expect([ids.dtype, ids.shape]).toEqual(["int32", [3, 1]]);
    expect(ids.data[0]).toBeGreaterThanOrEqual(2);
    expect([...ids.data.slice(1)]).toEqual([1, 0]);
    expect(steps.embeddings[0].size).toBe(402);
  });

  test("words with meanings in JavaScript are words", async () => {
    const rows = ["__proto__", "constructor", "__proto__", "toString", "constructor", "toString"].map((word, i) => ({
      word,
      y: i,
    }));
    const table = await data.table(rows, { target: "y", columns: { word: "category" } });
    const steps = await pipeline(table);
    const x = ((await steps.apply(table)).x as Tensor).toArray() as number[][];
    expect(new Set(x.map(String)).size).toBe(3);
    expect(x[0]).toEqual(x[2]);
  });
});

describe("dates and texts", () => {
  test("days since 1970, and places in year and week", async () => {
    const days = ["2020-01-01", "2020-07-01", "2021-01-01", "2021-12-31"];
    const x = await numbersOf(days, { scale: "none", columns: { x: { parts: ["time", "year", "week"] } } });
    expect(x.map(([time]) => time)).toEqual([18262, 18444, 18628, 18992]);
    // 2020 has 366 days, of which 182 are over on the first of July.
    const turn = (2 * Math.PI * 182) / 366;
    expect(x[1][1]).toBeCloseTo(Math.sin(turn), 6);
    expect(x[1][2]).toBeCloseTo(Math.cos(turn), 6);
    // Wednesday, Wednesday, Friday, Friday, with Monday as the first day.
    expect(x[0][3]).toBeCloseTo(Math.sin((2 * Math.PI * 2) / 7), 6);
    expect(x[2][3]).toBeCloseTo(Math.sin((2 * Math.PI * 4) / 7), 6);
  });

  test.each([
    ["years", ["1970-01-01", "1971-01-01", "1975-01-01", "1982-01-01"], ["time"]],
    ["ends of years", ["2019-12-31", "2020-12-31", "2021-12-31"], ["time"]],
    ["months", ["2020-01-01", "2020-02-01", "2020-12-01", "2021-03-01"], ["time", "year"]],
    ["ends of months", ["2020-01-31", "2020-02-29", "2020-04-30", "2021-03-31"], ["time", "year"]],
    ["months of less than a year", ["2020-01-15", "2020-02-15", "2020-04-15"], ["time"]],
    ["days", ["2020-01-01", "2020-02-03", "2020-12-01", "2021-03-07"], ["time", "year", "week"]],
    ["days of a week", ["2020-01-01", "2020-01-02", "2020-01-08"], ["time", "week"]],
  ])("no places in the week where dates stand for months, none in the year for years: %s", async (_, days, parts) => {
    const table = await data.table(
      days.map((x, i) => ({ x, y: i })),
      { target: "y", columns: { x: "date" } },
    );
    const { names } = await pipeline(table);
    expect([...new Set(names.map((name) => name.replace(/^x:? ?/, "").split(" ")[0] || "time"))]).toEqual(parts);
  });

  test("words of texts, weighed by how rare they are", async () => {
    const table = await data.table(
      ["The cat sat.", "the dog", "A cat’s cat!"].map((x, i) => ({ x, y: i })),
      { target: "y", columns: { x: "text" } },
    );
    const steps = await pipeline(table.select({ features: ["x"] }), { minCount: 1 });
    expect(steps.names).toEqual(["x: cat", "x: the", "x: a", "x: cat’s", "x: dog", "x: sat"]);
    const x = ((await steps.apply(table)).x as Tensor).toArray() as number[][];
    const [two, one] = [Math.log(4 / 3) + 1, Math.log(4 / 2) + 1];
    const length = Math.hypot(two, two, one);
    expect(rounded([x[0]])).toEqual(rounded([[two / length, two / length, 0, 0, 0, one / length]]));
    const counts = await pipeline(table.select({ features: ["x"] }), { minCount: 1, words: "count" });
    expect(((await counts.inputs({ x: "cat CAT the zebra" })) as Tensor).toArray()).toEqual([[2, 1, 0, 0, 0, 0]]);
  });
});

describe("rows", () => {
  const rows = [
    { size: 1, town: "Ulm", kind: "a" },
    { size: 2, town: "Köln", kind: "b" },
    { size: 4, town: "Ulm", kind: "a" },
    { size: 9, town: "Köln", kind: "b" },
  ];

  test("columns are found by name: in another order, with more of them, the target missing", async () => {
    const table = await data.table(rows, { target: "kind", columns: { town: "category" } });
    const steps = await pipeline(table);
    const want = await steps.inputs(table);
    const turned = rows.map(({ size, town }) => ({ town, more: "x", size }));
    expect(await steps.inputs(turned)).toEqual(want);
    const csv = `town,more,size\n${turned.map((row) => `${row.town},x,${row.size}`).join("\n")}\n`;
    expect(await steps.inputs(await data.table(csv, { schema: steps.schema }))).toEqual(want);
  });

  test("a column less is an error that names it; so is a value of another type", async () => {
    const table = await data.table(rows, { target: "kind", columns: { town: "category" } });
    const steps = await pipeline(table);
    await expect(steps.inputs({ size: 3 })).rejects.toThrow(/"town".*missing/);
    await expect(steps.inputs({ size: "large", town: "Ulm" })).rejects.toThrow(/"size".*"large"/);
    await expect(
      steps.inputs(
        await data.table(
          [
            { size: "large", town: "Ulm" },
            { size: "small", town: "Ulm" },
          ],
          { columns: { size: "category", town: "category" } },
        ),
      ),
    ).rejects.toThrow(/"size" holds values of type category, training had number/);
    await expect(steps.apply(table.drop(["kind"]))).rejects.toThrow(/target "kind" is missing/);
    await expect(steps.inputs([])).rejects.toThrow(/no rows/);
  });

  test("rows count as they were at the call", async () => {
    const table = await data.table(rows, { target: "kind", columns: { town: "category" } });
    const steps = await pipeline(table);
    const given = [{ size: 3, town: "Ulm" }];
    const want = await steps.inputs([{ size: 3, town: "Ulm" }]);
    const found = steps.inputs(given);
    given[0].size = 1e9;
    given.push({ size: 1, town: "Ulm" });
    expect(await found).toEqual(want);
  });

  test("what was learnt is JSON, and comes back", async () => {
    const table = await data.table(rows, { target: "kind", columns: { town: "category" } });
    const steps = await pipeline(table);
    expect(JSON.parse(JSON.stringify(steps))).toEqual(steps.toJSON());
  });
});

describe("refuses", () => {
  const rows = [
    { a: 1, town: "Ulm", y: 1.5 },
    { a: 2, town: "Bonn", y: 2.5 },
    { a: 3, town: "Ulm", y: 3.5 },
  ];
  // biome-ignore format: one case a line
  test.each<[string, PipelineOptions, RegExp]>([
    ["no target", {}, /what to learn/],
    ["an unknown target", { target: "why" }, /"why".*y/s],
    ["a target that is a feature", { target: "y", features: ["y", "a"] }, /both/],
    ["settings of an unknown column", { target: "y", columns: { aa: {} } }, /no column "aa".*"?a/],
    ["words for numbers", { target: "y", columns: { a: { encode: "oneHot" } } }, /encode means nothing for a column of type number/],
    ["scaling of words", { target: "y", columns: { town: { scale: "none" } } }, /scale means nothing for a column of type category/],
    ["an unknown rule", { target: "y", impute: "mode" as never }, /impute/],
    ["a filling that is no number", { target: "y", impute: Number.NaN }, /impute/],
    ["an unknown option", { target: "y", encoding: "hash" } as never, /encoding/],
    ["no buckets", { target: "y", buckets: 0 }, /buckets/],
    ["an order without ranks", { target: "y", columns: { town: { order: ["Ulm", "Bonn"] } } }, /order means nothing/],
    ["quantities of words", { target: "town", columns: { town: { task: "regression" } } }, /needs numbers/],
  ])("%s", async (_name, options, message) => {
    const table = await data.table(rows, { columns: { town: "category" } });
    await expect(pipeline(table, options)).rejects.toThrow(message);
  });

  test("a target of one class, and features that say nothing", async () => {
    const table = await data.table(
      [
        { a: 1, y: "b" },
        { a: 1, y: "b" },
      ],
      { target: "y" },
    );
    await expect(pipeline(table)).rejects.toThrow(/nothing to learn/);
    const same = await data.table(
      [
        { a: 1, y: 2 },
        { a: 1, y: 3 },
      ],
      { target: "y" },
    );
    await expect(pipeline(same)).rejects.toThrow(/no column says anything/);
  });
});
