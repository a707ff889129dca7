import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { csv, fromTensors, idx, parseIdx } from "../../src/data";
import { ArgumentError, DataError, FormatError, WasmgradError } from "../../src/errors";
import { gradientCheck, layers, loadModel, sequential } from "../../src/index";
import type { Tensor } from "../../src/tensor/tensor";

// R1, R5, R9, R10: files that are far larger than what is in them, and what is no data at all.

const xOf = (dataset: Awaited<ReturnType<typeof csv>>) => dataset.selection!.columns.x[0];
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("was accepted"),
    (error: Error) => error,
  );

/** The longest time in ms in which the event loop did not run, less the time that the process did not run. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let [longest, isDone] = [0, false];
  let before = process.cpuUsage();
  const look = () => {
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    before = process.cpuUsage();
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isDone = true;
  return longest;
}

describe("csv reads in pieces", () => {
  it("whose ends fall anywhere", async () => {
    // Cells of 1 to 13 characters: every place of a row is the end of a piece of 65,536 somewhere.
    const rows = Array.from({ length: 30_000 }, (_, i) => [i, `"${'é\r\n""'.repeat(i % 4)}${i % 3}"`, -i / 7]);
    const text = rows.map((row) => row.join(",")).join("\r\n");
    const expected = rows.map((_, i) => [i, `${'é\n"'.repeat(i % 4)}${i % 3}`, Math.fround(-i / 7) + 0]);
    for (const source of [text, new TextEncoder().encode(text), new Uint8Array(gzipSync(text)), new Blob([text])]) {
      const table = await csv(source, { header: false, categorical: [1] });
      expect(table.size).toBe(30_000);
      const { data } = xOf(table);
      const categories = table.categories.get("1")!;
      expect(categories.length).toBe(12);
      expect(rows.map((_, i) => [data[3 * i], categories[data[3 * i + 1]], data[3 * i + 2]])).toEqual(expected);
    }
  });

  it("and names lines as editors count them, wherever they are", async () => {
    const text = `a,b\n${'1,"\n"\n'.repeat(40_000)}2,3,4\n`;
    expect((await failure(csv(text, { missing: "keep" }))).message).toContain("line 80002 has 3 cells");
  });

  it("in memory of a few bytes a cell, giving way meanwhile", async () => {
    const text = `a,b\n${"1,2\n".repeat(2_000_000)}`;
    const heapBefore = process.memoryUsage().heapUsed;
    let table: Awaited<ReturnType<typeof csv>> | undefined;
    const start = performance.now();
    const block = await longestBlock(async () => {
      table = await csv(text);
    });
    const whole = performance.now() - start;
    expect(xOf(table!).shape).toEqual([2_000_000, 2]);
    expect(xOf(table!).data.subarray(3_999_997)).toEqual(Float32Array.of(2, 1, 2));
    // Arrays of strings took 70 bytes a cell: 280 MB.
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(100e6);
    // A column of two million rows is one piece: a fifteenth of the whole on a machine that does nothing else.
    expect(block).toBeLessThan(whole / 5);
  });

  it("of 100 MiB of line ends in 102 kB", async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(100 << 20, "\n")));
    expect((await failure(csv(bomb))).message).toBe("csv: the file is empty.");
    const error = await failure(csv(bomb, { maximumBytes: 1e6 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe("csv: inflates to more than 1000000 bytes. Raise maximumBytes if that is meant.");
  });

  it("from streams, which it stops reading at an error", async () => {
    let [given, isCancelled] = [0, false];
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(given++ === 5 ? "1,2,3\n" : "1,2\n".repeat(20_000)));
      },
      cancel() {
        isCancelled = true;
      },
    });
    expect((await failure(csv(source, { header: false }))).message).toContain("line 100001 has 3 cells");
    expect(isCancelled).toBe(true);
    expect(given).toBeLessThan(12);
  });
});

describe("csv refuses, naming line and limit,", () => {
  it.each<[string, () => string, object, string]>([
    [
      "a quote that is never closed",
      () => `a,b\n1,2\n3,"${"4,5\n".repeat(4_000_000)}`,
      {},
      "csv: line 3: a quote is opened and not closed within 8388608 characters. Remove it, or raise maximumLineLength.",
    ],
    [
      "the same within a small limit",
      () => `a,b\n1,2\n3,"${"4,5\n".repeat(1000)}`,
      { maximumLineLength: 1000 },
      "csv: line 3: a quote is opened and not closed within 1000 characters.",
    ],
    [
      "a line that is too long",
      () => `a\n${"1".repeat(9e6)}`,
      {},
      "csv: line 2: is longer than 8388608 characters. Raise maximumLineLength if that is meant.",
    ],
    ["a line above a small limit", () => "a,b\n1,2\n3,456", { maximumLineLength: 4 }, "csv: line 3: is longer than 4"],
    [
      "too many columns",
      () => new Array(300_000).fill("1").join(","),
      {},
      "csv: line 1 has 300000 cells, the limit is 262144. Raise maximumColumns if that is meant.",
    ],
    ["columns above a small limit", () => "a,b,c\n", { maximumColumns: 2 }, "csv: line 1 has 3 cells, the limit is 2."],
    ["text above a limit", () => "a\n1\n", { maximumBytes: 3 }, "csv: has more than 3 bytes."],
    [
      "a cell of a million digits",
      () => `a\n${"9".repeat(1e6)}\n`,
      {},
      'csv: line 2, column "a": 999999999999999999999999999999… (1000000 characters) is too large for float32.',
    ],
    [
      "a word of a million letters among numbers",
      () => `a\n1\n${"x".repeat(1e6)}\n`,
      {},
      'csv: line 3, column "a": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… (1000000 characters) is not a number',
    ],
    [
      "a million letters that are no category",
      () => `a\n${"x".repeat(1e6)}\n`,
      { categories: { a: ["y"] } },
      "(1000000 characters) is not in categories. Known: y.",
    ],
    [
      "two columns of one long name",
      () => `${"x".repeat(1e5)},${"x".repeat(1e5)}\n`,
      {},
      "csv: line 1: two columns are called",
    ],
  ])("%s", async (_, text, options, message) => {
    for (const source of [text(), new TextEncoder().encode(text())]) {
      const error = await failure(csv(source, options));
      expect(error).toBeInstanceOf(WasmgradError);
      expect(error.message).toContain(message);
      expect(error.message.length).toBeLessThan(300);
    }
  });

  it("what is not UTF-8, and says where", async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode("a,b\n1,2\né,"), 0xe9, 0x0a]);
    expect((await failure(csv(bytes))).message).toBe(
      "csv: the file is not text in UTF-8. A byte of line 3 belongs to no character.",
    );
    const cut = new TextEncoder().encode("a\né").subarray(0, 3);
    expect((await failure(csv(cut))).message).toContain("not text in UTF-8");
  });

  it("limits that are none", async () => {
    for (const name of ["maximumLineLength", "maximumColumns", "maximumBytes"]) {
      expect(await failure(csv("a\n1\n", { [name]: 0 }))).toBeInstanceOf(ArgumentError);
    }
  });

  it("NaN where it is trained on, naming the column", async () => {
    const table = await csv("age,height,y\n1,2,0\n3,NA,1\n", { target: "y", missing: "keep" });
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const expected = 'holds NaN at sample 1, column 1 ("height"). Replace or drop missing values first.';
    expect((await failure(model.fit(table))).message).toBe(`fit: x ${expected}`);
    expect((await failure(model.evaluate(table.batch(2)))).message).toBe(`evaluate: x ${expected}`);
    const images = { data: new Float32Array(8).fill(Number.NaN, 7), shape: [2, 2, 2] };
    const flat = sequential({ layers: [layers.flatten({ inputShape: [2, 2] })] });
    expect((await failure(flat.predict(images))).message).toContain("holds NaN at sample 1, position [1, 1].");
  });
});

describe("bytes that are overwritten after the call", () => {
  const text = `a,y\n${"1,2\n".repeat(50_000)}`;
  const file = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]);

  it("are read as they were", async () => {
    for (const make of [() => new TextEncoder().encode(text), () => new Uint8Array(gzipSync(text))]) {
      const bytes = make();
      const reading = csv(bytes, { target: "y" });
      bytes.fill(0);
      expect((await reading).size).toBe(50_000);
    }
    const bytes = new Uint8Array(gzipSync(file));
    const reading = idx(bytes, bytes);
    bytes.fill(0);
    expect(((await (await reading).toTensors()).y as Tensor).toArray()).toEqual([7, 8, 9]);
  });
});

describe("idx", () => {
  const header = (type: number, count: number) => {
    const bytes = new Uint8Array(8);
    bytes.set([0, 0, type, 1]);
    new DataView(bytes.buffer).setUint32(4, count);
    return bytes;
  };

  it("refuses gzip that promises too much, before it takes memory", async () => {
    // A header of 4 GB in 5 kB: no gzip can hold that. One of 900 MB in 1 MB: some could.
    const small = new Uint8Array(gzipSync(Buffer.concat([header(8, 4e9), Buffer.alloc(1 << 20)])));
    expect((await failure(idx(small))).message).toMatch(
      /promises 4000000008 bytes, more than \d+ bytes of gzip can hold/,
    );
    let state = 1;
    const noise = Uint8Array.from({ length: 1 << 20 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    const large = new Uint8Array(gzipSync(Buffer.concat([header(8, 9e8), noise])));
    const error = await failure(idx(large));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      "idx: images: promises 900000008 bytes, the limit is 805306368. Raise maximumBytes if that is meant.",
    );
    expect((await failure(idx(large, undefined, { maximumBytes: 1e9 }))).message).toMatch(
      /inflates to \d+ bytes instead of/,
    );
  });

  it("takes a limit for plain files, too", async () => {
    const file = Uint8Array.from([...header(8, 3), 1, 2, 3]);
    for (const source of [file, new Blob([file]), new Blob([file]).stream(), new Uint8Array(gzipSync(file))]) {
      expect((await failure(idx(source, undefined, { maximumBytes: 10 }))).message).toContain("Raise maximumBytes");
    }
    expect((await idx(file, file, { maximumBytes: 11 })).size).toBe(3);
  });

  it("says what it was given instead", () => {
    const gzip = new Uint8Array(gzipSync(header(8, 0)));
    expect(() => parseIdx(gzip)).toThrow("idx: is compressed with gzip. Give it to data.idx, or inflate it first.");
    expect(() => parseIdx(header(0x0a, 0))).toThrow(
      "There is no type 0x0a, the types are 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e.",
    );
    for (const nothing of [null, undefined, 5, "x", [0, 0, 8, 1], new Float32Array(2), {}]) {
      expect(() => parseIdx(nothing as never)).toThrow(DataError);
      expect(() => parseIdx(nothing as never)).toThrow("parseIdx: expects a Uint8Array, got");
    }
  });
});

describe("images without channels", () => {
  // T32: of a dataset, whose tensors nobody has in hand.
  const model = () => {
    const one = sequential({
      layers: [
        layers.conv2d({ filters: 1, kernelSize: 3, inputShape: [28, 28, 1] }),
        layers.flatten(),
        layers.dense({ units: 1 }),
      ],
    });
    one.compile({ optimizer: "sgd", loss: "mse" });
    return one;
  };

  it("of a dataset are refused with the layer that helps and the size of the part", async () => {
    const images = fromTensors({ data: new Uint8Array(10 * 784), shape: [10, 28, 28] }, new Array(10).fill([0]));
    const [train] = images.split(0.8);
    const layer = "Begin the model with layers.reshape({ targetShape: [28, 28, 1] }).";
    expect((await failure(model().fit(train))).message).toBe(
      `fit: x must have shape [samples, 28, 28, 1], got [8, 28, 28]. ${layer}`,
    );
    expect((await failure(model().fit(train.map((item) => item).batch(4)))).message).toBe(
      `fit, batch 0 of the dataset: x must have shape [samples, 28, 28, 1], got [4, 28, 28]. ${layer}`,
    );
    const dense = sequential({ layers: [layers.dense({ units: 1, inputShape: [784] })] });
    dense.compile({ optimizer: "sgd", loss: "mse" });
    expect((await failure(dense.evaluate(train))).message).toContain(
      "layers.reshape({ targetShape: [784] }) or layers.flatten().",
    );
  });

  it("are taken with that layer", async () => {
    const images = fromTensors({ data: new Uint8Array(2 * 784), shape: [2, 28, 28] }, [[0], [0]]);
    const whole = sequential({
      layers: [
        layers.reshape({ targetShape: [28, 28, 1], inputShape: [28, 28] }),
        layers.conv2d({ filters: 1, kernelSize: 3 }),
        layers.flatten(),
        layers.dense({ units: 1 }),
      ],
    });
    whole.compile({ optimizer: "sgd", loss: "mse" });
    expect((await whole.fit(images)).history.loss).toEqual([0]);
  });
});

describe("what is no data", () => {
  const model = () => {
    const one = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    one.compile({ optimizer: "sgd", loss: "mse" });
    return one;
  };
  const x = [[1]];
  const nothing = null as never;

  it.each<[string, () => unknown]>([
    ["fit x", () => model().fit(nothing, x)],
    ["fit y", () => model().fit(x, nothing)],
    ["evaluate", () => model().evaluate(nothing, x)],
    ["predict", () => model().predict(nothing)],
    ["trainOnBatch", () => model().trainOnBatch(nothing, nothing)],
    ["gradients", () => model().gradients(x, nothing)],
    ["validationData", () => model().fit(x, x, { validationData: nothing })],
    ["the parts of validationData", () => model().fit(x, x, { validationData: [nothing, x] })],
    ["fromTensors", () => fromTensors(nothing)],
    ["csv", () => csv(nothing)],
    ["idx", () => idx(nothing)],
    ["gradientCheck", () => gradientCheck(nothing, x, x)],
  ])("null is refused by %s", async (_, call) => {
    const error = await (async () => call())().catch((error) => error);
    expect(error).toBeInstanceOf(WasmgradError);
    expect((error as Error).message).toContain("null");
  });

  it("what a factory of layers returns must be a layer", async () => {
    const bytes = model().toBytes();
    for (const made of [{}, null, 5, () => 1]) {
      const error = await failure(loadModel(bytes, { layers: { dense: (() => made) as never } }));
      expect(error).toBeInstanceOf(WasmgradError);
      expect(error.message).toContain('the factory of "dense" must return a layer, got');
    }
    const error = await failure(loadModel(bytes, { layers: { dense: {} as never } }));
    expect(error.message).toContain('the factory of "dense" must be a function, got an object');
  });

  it("logs may have any name", async () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      const { history } = await model().fit(x, x, {
        epochs: 2,
        callbacks: [
          {
            onEpochEnd(epoch, logs) {
              Object.defineProperty(logs, name, { value: epoch, enumerable: true });
            },
          },
        ],
      });
      expect(Object.keys(history)).toEqual(["loss", name]);
      expect(Object.getOwnPropertyDescriptor(history, name)?.value).toEqual([0, 1]);
      expect(Object.getPrototypeOf(history)).toBe(Object.prototype);
    }
  });
});
