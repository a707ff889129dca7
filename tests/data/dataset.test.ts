import { describe, expect, it } from "vitest";
import type { Dataset, Item } from "../../src/data";
import { fromIterable, fromTensors } from "../../src/data";
import { type Tensor, tensor } from "../../src/tensor/tensor";
import { ArgumentError, DataError, ShapeError, StateError } from "../../src/errors";

/** Samples 0 … n − 1: x is [i, −i], y is 10 i. */
const counting = (n: number) =>
  fromTensors(
    Array.from({ length: n }, (_, i) => [i, -i]),
    tensor(Int32Array.from({ length: n }, (_, i) => 10 * i)),
  );

/** The same samples walked one by one, so that no dataset of them is a selection. */
const streaming = (n: number, options: { size?: number } = {}) =>
  fromIterable(function* () {
    for (let i = 0; i < n; i++) yield { x: [i, -i], y: { data: Int32Array.of(10 * i), shape: [] } };
  }, options);

const x = (item: Item) => item.x as Tensor;

/** Which samples a walk yields, after checking that x and y belong together. */
async function samplesOf(items: AsyncIterable<Item>): Promise<number[]> {
  const samples: number[] = [];
  for await (const item of items) {
    const data = [...x(item).data];
    const own = data.filter((_, i) => i % 2 === 0);
    expect(data).toEqual(own.flatMap((i) => [i, -i]));
    expect([...(item.y as Tensor).data]).toEqual(own.map((i) => 10 * i));
    samples.push(...own);
  }
  return samples;
}

async function sizesOf(items: AsyncIterable<Item>): Promise<number[]> {
  const sizes: number[] = [];
  for await (const item of items) sizes.push(x(item).shape[0]);
  return sizes;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

describe.each([
  ["in memory", (n: number) => counting(n)],
  ["walked, of known size", (n: number) => streaming(n, { size: n })],
])("a dataset %s", (_, make) => {
  it("yields every sample in every walk", async () => {
    const dataset = make(7);
    expect(dataset.size).toBe(7);
    expect(await samplesOf(dataset)).toEqual(range(0, 7));
    expect(await samplesOf(dataset)).toEqual(range(0, 7));
    for await (const item of dataset) {
      expect([x(item).shape, (item.y as Tensor).shape, (item.y as Tensor).dtype]).toEqual([[2], [], "int32"]);
      break;
    }
  });

  it.each([
    [1, 13, 1],
    [13, 1, 13],
    [13, 5, 3],
    [13, 13, 1],
    [13, 17, 1],
    [64, 16, 4],
  ])("batches %i samples by %i", async (n, size, count) => {
    const batches = make(n).batch(size);
    expect([batches.size, batches.batchSize]).toEqual([count, size]);
    expect(await samplesOf(batches)).toEqual(range(0, n));
    const sizes = Array.from({ length: count }, (_, i) => Math.min(size, n - i * size));
    expect(await sizesOf(batches)).toEqual(sizes);
    const whole = make(n).batch(size, { dropRemainder: true });
    expect(await sizesOf(whole)).toEqual(sizes.filter((own) => own === size));
    expect(whole.size).toBe(sizes.filter((own) => own === size).length);
  });

  it("takes and skips samples and batches", async () => {
    const dataset = make(13);
    expect(await samplesOf(dataset.take(5))).toEqual(range(0, 5));
    expect(await samplesOf(dataset.skip(5))).toEqual(range(5, 13));
    expect(await samplesOf(dataset.skip(3).take(4).skip(1))).toEqual(range(4, 7));
    expect(await samplesOf(dataset.batch(5).skip(1))).toEqual(range(5, 13));
    expect(await samplesOf(dataset.batch(5).take(2))).toEqual(range(0, 10));
    expect(await samplesOf(dataset.batch(5, { dropRemainder: true }).take(9))).toEqual(range(0, 10));
    expect([dataset.take(0).size, dataset.take(99).size, dataset.skip(99).size]).toEqual([0, 13, 0]);
    expect(await samplesOf(dataset.take(0))).toEqual([]);
    expect(await samplesOf(dataset.skip(99))).toEqual([]);
  });

  it("shuffles by seed, anew in every walk", async () => {
    const dataset = make(101).shuffle(undefined, { seed: 4 });
    const [first, second] = [await samplesOf(dataset), await samplesOf(dataset)];
    expect(sorted(first)).toEqual(range(0, 101));
    expect(sorted(second)).toEqual(range(0, 101));
    expect(first).not.toEqual(range(0, 101));
    expect(second).not.toEqual(first);
    const again = make(101).shuffle(undefined, { seed: 4 });
    expect([await samplesOf(again), await samplesOf(again)]).toEqual([first, second]);
    expect(await samplesOf(dataset.iterate(1))).toEqual(second);
    expect(await samplesOf(make(101).shuffle(undefined, { seed: 5 }))).not.toEqual(first);
    const steady = make(101).shuffle(undefined, { seed: 4, reshuffleEachIteration: false });
    expect([await samplesOf(steady), await samplesOf(steady)]).toEqual([first, first]);
  });

  it("repeats, shuffled anew in every round", async () => {
    expect(await samplesOf(make(3).repeat(3))).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect(make(3).repeat(3).size).toBe(9);
    expect(await samplesOf(make(3).repeat(0))).toEqual([]);
    expect(await samplesOf(make(0).repeat())).toEqual([]);
    expect(make(3).repeat().size).toBe(Number.POSITIVE_INFINITY);
    expect(await samplesOf(make(3).repeat().take(8))).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
    const rounds = await samplesOf(make(50).shuffle(undefined, { seed: 1 }).repeat(2));
    expect(sorted(rounds.slice(0, 50))).toEqual(range(0, 50));
    expect(rounds.slice(50)).not.toEqual(rounds.slice(0, 50));
  });

  it("never repeats a round in a later walk", async () => {
    const dataset = make(50).shuffle(undefined, { seed: 1 }).repeat(2);
    const walks = [...(await samplesOf(dataset)), ...(await samplesOf(dataset))];
    const rounds = [0, 50, 100, 150].map((start) => walks.slice(start, start + 50).join());
    expect(new Set(rounds).size).toBe(4);
  });

  it("splits into disjoint parts that cover it, the same for the same seed", async () => {
    const [train, test] = make(97).split(0.8, { seed: 3 });
    expect([train.size, test.size]).toEqual([78, 19]);
    const [inTrain, inTest] = [await samplesOf(train), await samplesOf(test)];
    expect(sorted([...inTrain, ...inTest])).toEqual(range(0, 97));
    expect(inTrain).toEqual(sorted(inTrain));
    expect(inTest).not.toEqual(range(78, 97));
    expect(await samplesOf(make(97).split(0.8, { seed: 3 })[1])).toEqual(inTest);
    expect(await samplesOf(make(97).split(0.8, { seed: 4 })[1])).not.toEqual(inTest);
    const [half, other] = train.split(0.5);
    expect(sorted([...(await samplesOf(half)), ...(await samplesOf(other))])).toEqual(inTrain);
  });

  it("concatenates", async () => {
    const dataset = make(5);
    const both = dataset.skip(3).concat(dataset.take(2));
    expect([await samplesOf(both), both.size]).toEqual([[3, 4, 0, 1], 4]);
    expect(await samplesOf(make(2).concat(streaming(3)))).toEqual([0, 1, 0, 1, 2]);
    expect(make(2).concat(streaming(3)).size).toBeUndefined();
    expect(() => dataset.batch(2).concat(dataset)).toThrow(ArgumentError);
  });

  it("maps and filters samples and batches", async () => {
    const swapped = make(5).map(({ x, y }, index) => ({ x: [index, 10 * index], y: (y ? x : y) as Tensor }));
    expect(swapped.size).toBe(5);
    const { x: inputs, y: targets } = await swapped.toTensors();
    expect((inputs as Tensor).toArray()).toEqual(range(0, 5).map((i) => [i, 10 * i]));
    expect((targets as Tensor).toArray()).toEqual(range(0, 5).map((i) => [i, -i]));
    const odd = make(9).filter(async (item) => x(item).data[0] % 2 === 1);
    expect([await samplesOf(odd), odd.size]).toEqual([[1, 3, 5, 7], undefined]);
    expect(
      await sizesOf(
        make(9)
          .batch(4)
          .map((item) => item)
          .filter((_, index) => index !== 1),
      ),
    ).toEqual([4, 1]);
    expect(
      make(9)
        .batch(4)
        .map((item) => item).batchSize,
    ).toBe(4);
  });

  it("prefetches the same items", async () => {
    for (const count of [1, 2, 7, 50]) expect(await samplesOf(make(13).prefetch(count))).toEqual(range(0, 13));
  });

  it("gathers all samples as tensors", async () => {
    for (const dataset of [
      make(7),
      make(7).batch(3),
      make(7)
        .map((item) => item)
        .batch(3),
    ]) {
      const all = await dataset.toTensors();
      expect([x(all).shape, (all.y as Tensor).shape, (all.y as Tensor).dtype]).toEqual([[7, 2], [7], "int32"]);
      expect([...(all.y as Tensor).data]).toEqual(range(0, 7).map((i) => 10 * i));
    }
    expect(x(await make(7).batch(3, { dropRemainder: true }).toTensors()).shape).toEqual([6, 2]);
  });

  it("refuses what cannot be meant", () => {
    const dataset = make(5);
    expect(() => dataset.batch(0)).toThrow("batch: size must be an integer ≥ 1, got 0.");
    expect(() => dataset.batch(2).batch(2)).toThrow("batch: this dataset is batched already, by 2.");
    expect(() => dataset.batch(2, { dropRemaindr: true } as object)).toThrow('Did you mean "dropRemainder"?');
    expect(() => dataset.shuffle(0)).toThrow(ArgumentError);
    expect(() => dataset.shuffle(2, { seed: 0.5 })).toThrow(ArgumentError);
    expect(() => dataset.take(-1)).toThrow(ArgumentError);
    expect(() => dataset.repeat(1.5)).toThrow(ArgumentError);
    expect(() => dataset.split(1)).toThrow(ArgumentError);
    expect(() => dataset.split(0.01)).toThrow("split: 0.01 of 5 items leaves one part empty.");
    expect(() => dataset.map("x" as never)).toThrow(ArgumentError);
    expect(() => dataset.concat([] as never)).toThrow(ArgumentError);
    expect(() => dataset.repeat().shuffle()).toThrow("shuffle: give bufferSize, this dataset is endless.");
  });
});

describe("selection, the fast path of fit", () => {
  /** The samples that fit would gather by `orderOf`, epoch by epoch, against those of the walk. */
  async function agrees(dataset: Dataset): Promise<void> {
    for (const walk of [0, 1, 2]) {
      const { columns, sampleCount } = dataset.selection!;
      const order = dataset.selection!.orderOf(walk) ?? range(0, sampleCount);
      expect(order.length).toBe(sampleCount);
      const expected = [...order].map((i) => columns.x[0].data[2 * i]);
      const items = await samplesOf(dataset.iterate(walk));
      expect(items).toEqual(expected.slice(0, items.length));
      expect(sampleCount - items.length).toBeLessThan(dataset.batchSize ?? 1);
    }
  }

  it("says the same as the walk, whatever was chained", async () => {
    const base = counting(53);
    const [train, test] = base.split(0.7, { seed: 2 });
    const datasets = [
      base,
      base.skip(3).take(40),
      train.shuffle(undefined, { seed: 9 }),
      test.shuffle(undefined, { reshuffleEachIteration: false }).take(11).batch(4),
      train.shuffle(7, { seed: 1 }).batch(10, { dropRemainder: true }).prefetch(3),
      train.batch(8).skip(2).take(2),
      train.concat(test).shuffle(),
      train.shuffle().split(0.5)[1].batch(3),
    ];
    for (const dataset of datasets) {
      expect(dataset.selection?.columns).toBe(base.selection!.columns);
      await agrees(dataset);
    }
  });

  it("uses the given memory and leaves uint8 as it is", async () => {
    const images = { data: new Uint8Array(3 * 4), shape: [3, 2, 2] };
    const dataset = fromTensors(images, [0, 1, 2]).shuffle().batch(2);
    expect(dataset.selection!.columns.x[0].data).toBe(images.data);
    for await (const batch of dataset) expect(x(batch).dtype).toBe("uint8");
  });

  it("is given up where items are no longer those of the tensors", () => {
    const dataset = counting(9);
    const others = [
      dataset.map((item) => item),
      dataset.filter(() => true),
      dataset.repeat(2),
      dataset.batch(2).shuffle(),
      dataset.shuffle().take(2),
      dataset.concat(counting(9)),
    ];
    for (const other of others) expect(other.selection).toBeUndefined();
  });

  it("keeps parts of a shuffled dataset apart in every walk", async () => {
    const [train, test] = counting(40).shuffle(undefined, { seed: 1 }).split(0.5);
    const [first, second] = [await samplesOf(train), await samplesOf(train)];
    expect(second).not.toEqual(first);
    expect(sorted(second)).toEqual(sorted(first));
    expect(sorted([...first, ...(await samplesOf(test))])).toEqual(range(0, 40));
    const walked = streaming(40, { size: 40 });
    expect(() => walked.shuffle().split(0.5)).toThrow("Split before shuffle.");
    expect(walked.shuffle(40, { reshuffleEachIteration: false }).split(0.5)).toHaveLength(2);
    expect(() => counting(40).shuffle().batch(4).split(0.5)).toThrow(ArgumentError);
  });
});

describe("fromTensors", () => {
  it("takes several inputs and outputs", async () => {
    const [a, b, c] = [tensor([[1], [2]]), tensor([3, 4]), tensor(new Uint8Array([5, 6]))];
    for (const dataset of [fromTensors([a, b], [c]), fromTensors([a, b], [c]).map((item) => item)]) {
      for await (const item of dataset.batch(2)) {
        const [first, second] = item.x as Tensor[];
        expect([first.shape, second.shape, (item.y as Tensor).dtype]).toEqual([[2, 1], [2], "uint8"]);
        expect([first, second, item.y as Tensor].map(({ data }) => [...data])).toEqual([
          [1, 2],
          [3, 4],
          [5, 6],
        ]);
      }
    }
  });

  it("refuses counts that differ", () => {
    expect(() => fromTensors(new Float32Array(60000), new Float32Array(59999))).toThrow(
      "fromTensors: 60000 inputs but 59999 targets.",
    );
    expect(() => fromTensors([tensor([1]), tensor([1, 2])])).toThrow(ShapeError);
    expect(() => fromTensors(5)).toThrow(ShapeError);
  });

  it("says how x and y are given", () => {
    const item = { x: [[1], [2]], y: [[0], [1]] } as never;
    expect(() => fromTensors(item)).toThrow("Write data.fromTensors(x, y).");
  });

  it("yields x alone when there are no targets", async () => {
    for await (const item of fromTensors([[1], [2]])) expect(Object.keys(item)).toEqual(["x"]);
  });
});

describe("fromIterable", () => {
  it("reads pairs and objects, arrays and asynchronous generators", async () => {
    async function* lines() {
      yield [[1, -1], 10] as const;
      yield { x: [2, -2], y: 20 };
    }
    for (const source of [lines(), lines, [[[1, -1], 10] as const, { x: [2, -2], y: 20 }]]) {
      expect(await samplesOf(fromIterable(source))).toEqual([1, 2]);
    }
    expect(fromIterable([{ x: [1] }]).size).toBe(1);
  });

  it("can be walked once when the source can, and says so", async () => {
    const dataset = fromIterable([{ x: [1, -1], y: 10 }].values());
    expect(await samplesOf(dataset)).toEqual([1]);
    await expect(samplesOf(dataset)).rejects.toThrow(StateError);
    await expect(samplesOf(dataset)).rejects.toThrow("Give a function that returns a fresh one for every epoch.");
  });

  it.each([
    [[{ x: [1] }, { x: [1, 2] }], "fromIterable: item 1 is x [2] float32, but the first is x [1] float32."],
    [[{ x: [1], y: 1 }, { x: [1] }], "fromIterable: item 1 is x [1] float32, but the first is x [1] float32, y []"],
    [[{ x: [1] }, { x: new Int32Array(1) }], "item 1 is x [1] int32"],
    [[{ x: [1] }, 5], "fromIterable: item 1 must be { x, y } or [x, y], got 5."],
    [[{ y: [1] }], "fromIterable: item 0 must be { x, y } or [x, y]"],
    [[[1, 2, 3]], "fromIterable: item 0 must be { x, y } or [x, y], got [1, 2, 3]."],
    [[{ x: [1] }, { x: ["a"] }], 'fromIterable: item 1: x[0] must be a number, got "a".'],
  ])("names the item that does not fit: %j", async (items, message) => {
    await expect(sizesOf(fromIterable(items as never))).rejects.toThrow(message);
  });

  it("holds the source to the promised size", async () => {
    await expect(samplesOf(streaming(5, { size: 6 }))).rejects.toThrow("ended after 5 of the promised 6 items");
    await expect(samplesOf(streaming(5, { size: 4 }))).rejects.toThrow("more than the promised 4 items");
  });

  it("takes batches as they come", async () => {
    const batches = [
      { x: [[1], [2]], y: [1, 2] },
      { x: [[3]], y: [3] },
    ] as const;
    const dataset = fromIterable(batches, { batchSize: 2 });
    expect([dataset.batchSize, await sizesOf(dataset)]).toEqual([2, [2, 1]]);
    await expect(sizesOf(fromIterable(batches, { batchSize: 1 }))).rejects.toThrow(ShapeError);
    await expect(sizesOf(fromIterable([{ x: [[1], [2]], y: [1] }], { batchSize: 2 }))).rejects.toThrow(
      "item 0 must be a batch of 1 to 2 samples, its leading dimensions are 2,1.",
    );
  });

  it("refuses what is not iterable", async () => {
    expect(() => fromIterable(5 as never)).toThrow(ArgumentError);
    await expect(sizesOf(fromIterable((() => 5) as never))).rejects.toThrow(DataError);
  });
});

describe("a walked dataset of unknown size", () => {
  it("splits by position: disjoint, covering, about as large as asked", async () => {
    const [train, test] = streaming(1000).split(0.8, { seed: 1 });
    const [inTrain, inTest] = [await samplesOf(train), await samplesOf(test)];
    expect(sorted([...inTrain, ...inTest])).toEqual(range(0, 1000));
    // Binomial: standard deviation 12.6, so this is four of them.
    expect(Math.abs(inTrain.length - 800)).toBeLessThan(50);
    expect(await samplesOf(train)).toEqual(inTrain);
    expect([train.size, test.size]).toEqual([undefined, undefined]);
  });

  it("shuffles within the buffer", async () => {
    expect(() => streaming(5).shuffle()).toThrow("shuffle: give bufferSize, this dataset has no known size.");
    const order = await samplesOf(streaming(200).shuffle(10, { seed: 1 }));
    expect(sorted(order)).toEqual(range(0, 200));
    expect(order).not.toEqual(range(0, 200));
    // A sample cannot leave before it has entered the buffer.
    for (const [position, sample] of order.entries()) expect(sample).toBeLessThan(position + 11);
  });

  it("draws every order of a small buffer about equally often", async () => {
    const counts = new Map<string, number>();
    const dataset = streaming(3).shuffle(3, { seed: 0 });
    for (let walk = 0; walk < 600; walk++) {
      const order = (await samplesOf(dataset.iterate(walk))).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 100 expected, standard deviation 9.1.
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(40);
  });
});

describe("errors within a walk", () => {
  it("carry the index of the item and the cause", async () => {
    const cause = new RangeError("boom");
    const failing = streaming(9).map((item, index) => {
      if (index === 4) throw cause;
      return item;
    });
    const error = await samplesOf(failing).catch((error) => error);
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toBe("map: the function failed at item 4: boom");
    expect(error.cause).toBe(cause);
    await expect(samplesOf(streaming(2).filter(() => Promise.reject("no")))).rejects.toThrow(
      "filter: the function failed at item 0: no",
    );
    await expect(samplesOf(streaming(2).map(() => 5 as never))).rejects.toThrow(
      "map: the result for item 0 must be { x, y } or [x, y], got 5.",
    );
    await expect(samplesOf(failing.prefetch(8))).rejects.toThrow("failed at item 4");
  });

  it("name the sample that cannot be batched", async () => {
    const ragged = streaming(9).map((_, index) => ({ x: new Float32Array(index === 5 ? 3 : 2) }));
    await expect(sizesOf(ragged.batch(2))).rejects.toThrow("batch: item 5 is x [3] float32, but the first is x [2]");
  });
});

describe("leaving a walk early", () => {
  /** An endless source that counts how often it was opened and closed, and how far it was read. */
  function source() {
    const state = { opened: 0, closed: 0, read: 0 };
    const dataset = fromIterable(async function* () {
      state.opened++;
      try {
        for (let i = 0; ; i++) {
          state.read++;
          yield { x: [i, -i], y: { data: Int32Array.of(10 * i), shape: [] } };
        }
      } finally {
        state.closed++;
      }
    });
    return { state, dataset };
  }

  it.each<[string, (dataset: Dataset) => Dataset]>([
    ["nothing", (dataset) => dataset],
    ["map", (dataset) => dataset.map((item) => item)],
    ["filter", (dataset) => dataset.filter(() => true)],
    ["shuffle", (dataset) => dataset.shuffle(5)],
    ["batch", (dataset) => dataset.batch(3)],
    ["repeat", (dataset) => dataset.repeat()],
    ["skip", (dataset) => dataset.skip(3)],
    ["concat", (dataset) => dataset.concat(dataset)],
    ["split", (dataset) => dataset.split(0.5)[0]],
    ["prefetch", (dataset) => dataset.prefetch(4)],
    [
      "all of them",
      (d) =>
        d
          .map((item) => item)
          .shuffle(5)
          .skip(1)
          .prefetch(3)
          .repeat()
          .batch(2)
          .prefetch(2),
    ],
  ])("closes the source below %s", async (_, chain) => {
    const { state, dataset } = source();
    for await (const item of chain(dataset)) {
      expect(x(item).dtype).toBe("float32");
      break;
    }
    expect([state.opened, state.closed]).toEqual([1, 1]);
  });

  it("closes it after take, and when a later step fails", async () => {
    const { state, dataset } = source();
    expect(await samplesOf(dataset.take(3))).toEqual([0, 1, 2]);
    expect([state.closed, state.read]).toEqual([1, 3]);
    await expect(samplesOf(dataset.prefetch(2).map(() => Promise.reject(new Error("no"))))).rejects.toThrow(DataError);
    expect([state.opened, state.closed]).toEqual([2, 2]);
  });

  it("opens nothing before the first item is asked for, and reads ahead only as far as asked", async () => {
    const { state, dataset } = source();
    const iterator = dataset.prefetch(3)[Symbol.asyncIterator]();
    expect(state.opened).toBe(0);
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(state.read).toBe(4);
    await iterator.return?.();
    expect(state.closed).toBe(1);
  });
});
