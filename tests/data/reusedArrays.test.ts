import { describe, expect, it } from "vitest";
import { type Dataset, fromIterable, fromTensors } from "../../src/data";
import type { ItemLike } from "../../src/data";
import { Tensor, tensor } from "../../src/tensor/tensor";

// Sources that fill the same array again and again: what an item held when it arrived is what counts (T6).

const COUNT = 6;

/** Every way to give `[i]` and `[10 i]` in arrays that the next item takes over. */
const sources: Record<string, () => Generator<ItemLike>> = {
  *"typed arrays"() {
    const memory = new Float32Array(2);
    for (let i = 0; i < COUNT; i++) {
      memory.set([i, 10 * i]);
      yield [memory.subarray(0, 1), memory.subarray(1)];
    }
  },
  *"the same tensors"() {
    const [x, y] = [tensor(new Float32Array(1)), tensor(new Int32Array(1))];
    for (let i = 0; i < COUNT; i++) {
      x.data[0] = i;
      y.data[0] = 10 * i;
      yield { x, y };
    }
  },
  *"data and shape, one item object"() {
    const item = { x: { data: new Uint8Array(1), shape: [1] }, y: { data: new Float64Array(1), shape: [1] } };
    for (let i = 0; i < COUNT; i++) {
      item.x.data[0] = i;
      item.y.data[0] = 10 * i;
      yield item;
    }
  },
  *"Node's buffers, whose slice copies nothing"() {
    const memory = Buffer.alloc(2);
    for (let i = 0; i < COUNT; i++) {
      memory.set([i, 10 * i]);
      yield [memory.subarray(0, 1), memory.subarray(1)];
    }
  },
  *"memory that is shared between threads"() {
    const memory = new Float32Array(new SharedArrayBuffer(8));
    for (let i = 0; i < COUNT; i++) {
      memory.set([i, 10 * i]);
      yield [memory.subarray(0, 1), memory.subarray(1)];
    }
  },
  *"nested arrays"() {
    const [x, y] = [[0], [0]];
    for (let i = 0; i < COUNT; i++) {
      x[0] = i;
      y[0] = 10 * i;
      yield [x, y];
    }
  },
  *"rows that are typed arrays"() {
    const x = new Float32Array(1);
    for (let i = 0; i < COUNT; i++) {
      x[0] = i;
      yield [[x], [[10 * i]]];
    }
  },
};

const flat = (side: unknown): number[] => Array.from((side as Tensor).data);

/** All items of a walk, kept until its end. */
async function walk(dataset: Dataset): Promise<number[][][]> {
  const items = [];
  for await (const item of dataset) items.push(item);
  return items.map(({ x, y }) => [flat(x), flat(y)]);
}

const single = Array.from({ length: COUNT }, (_, i) => [[i], [10 * i]]);
const batches = [
  [
    [0, 1, 2],
    [0, 10, 20],
  ],
  [
    [3, 4, 5],
    [30, 40, 50],
  ],
];
const all = [
  [0, 1, 2, 3, 4, 5],
  [0, 10, 20, 30, 40, 50],
];
const byFirst = (items: number[][][]) => items.sort(([[a]], [[b]]) => a - b);

describe.each(Object.entries(sources))("a source of %s", (_, source) => {
  const dataset = () => fromIterable(source);

  it("gives each item what it held when it arrived", async () => {
    expect(await walk(dataset())).toEqual(single);
    expect(await walk(dataset().batch(3))).toEqual(batches);
    expect(await walk(dataset().prefetch(4).batch(3))).toEqual(batches);
    expect(await walk(dataset().filter(() => true))).toEqual(single);
    expect(await walk(dataset().map((item) => item))).toEqual(single);
    expect(await walk(dataset().take(2).concat(dataset().skip(2)))).toEqual(single);
    expect(await walk(dataset().repeat(2).skip(COUNT))).toEqual(single);
  });

  it("is shuffled and joined", async () => {
    expect(byFirst(await walk(dataset().shuffle(4)))).toEqual(single);
    const { x, y } = await dataset().toTensors();
    expect([flat(x), flat(y)]).toEqual(all);
    const [some, others] = dataset().split(0.5);
    expect(byFirst([...(await walk(some)), ...(await walk(others))])).toEqual(single);
  });
});

describe("a map", () => {
  const numbers = fromTensors([0, 1, 2, 3, 4, 5], [0, 10, 20, 30, 40, 50]);

  it("may fill one array for all its results", async () => {
    const memory = new Float32Array(2);
    const mapped = numbers.map(({ x, y }) => {
      memory.set([flat(x)[0], flat(y)[0]]);
      return [tensor(memory.subarray(0, 1), [1]), memory.subarray(1)];
    });
    expect(await walk(mapped)).toEqual(single);
    expect(await walk(mapped.batch(3))).toEqual(batches);
  });

  it("copies nothing that is a copy already", async () => {
    const seen = new Set<unknown>();
    const first = numbers.map((item) => {
      seen.add(item.x);
      return item;
    });
    for await (const { x } of first.map((item) => ({ x: item.x, y: item.y as Tensor })).filter(() => true)) {
      expect(seen.has(x)).toBe(true);
    }
  });
});

it("ready batches may come in one array", async () => {
  function* source(): Generator<ItemLike> {
    const memory = new Int32Array(3);
    for (const start of [0, 3]) {
      memory.set([start, start + 1, start + 2]);
      yield [memory, memory];
    }
  }
  const dataset = fromIterable(source, { batchSize: 3 });
  const both = [
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, 3, 4, 5],
  ];
  expect(await walk(dataset.prefetch(2))).toEqual([
    [
      [0, 1, 2],
      [0, 1, 2],
    ],
    [
      [3, 4, 5],
      [3, 4, 5],
    ],
  ]);
  const { x, y } = await dataset.toTensors();
  expect([flat(x), flat(y)]).toEqual(both);
});

it("a tensor on a Buffer is sliced as one on a Uint8Array", () => {
  const bytes = Buffer.from([1, 2, 3]);
  for (const { data } of [new Tensor(bytes, [3]), tensor(bytes), tensor(bytes, [3])]) {
    const copy = data.slice();
    bytes[0] = 9;
    expect([data[0], copy[0]]).toEqual([9, 1]);
    bytes[0] = 1;
  }
});
