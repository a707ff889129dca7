import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AugmentOptions, type Dataset, type FillMode, fromIterable, fromTensors, type Item } from "../../src/data";
import { Tensor, tensor } from "../../src/tensor/tensor";
import { ArgumentError, DataError, ShapeError } from "../../src/errors";
import { RandomStream } from "../../src/numeric/random";
import { movedPicture, pictureOf } from "./augmentReference";

const random = (seed: number) => new RandomStream(seed);

function bytes(shape: readonly number[], seed = 1): Tensor {
  const stream = random(seed);
  return new Tensor(
    Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.integer(256)),
    shape,
  );
}

function floats(shape: readonly number[], seed = 1): Tensor {
  const stream = random(seed);
  return new Tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.normal()),
    shape,
  );
}

/** `count` copies of one image. */
const copies = (image: Tensor, count: number) =>
  new Tensor(
    new (image.data.constructor as Float32ArrayConstructor)(
      Array.from({ length: count }, () => [...image.data]).flat(),
    ) as never,
    [count, ...image.shape],
  );

const x = (item: Item) => item.x as Tensor;
const walkOf = async (dataset: Dataset, walk = 0) => {
  const items: Item[] = [];
  for await (const item of dataset.iterate(walk)) items.push(item);
  return items;
};

/** The first image after these changes. */
async function changed(image: Tensor, options: AugmentOptions): Promise<Tensor> {
  const [item] = await walkOf(fromTensors(new Tensor(image.data, [1, ...image.shape])).augment(options));
  return x(item);
}

const sumOf = (values: Iterable<number>) => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

const exactly = (value: number) => [value, value] as const;

describe("pixels move as they should", () => {
  const image = bytes([4, 8, 3]);
  const at = ({ data, shape: [, width, channels = 1] }: Tensor, y: number, x: number) =>
    [...data].slice((y * width + x) * channels, (y * width + x + 1) * channels);

  it.each<[FillMode, (i: number, n: number) => number]>([
    ["constant", (i, n) => (i < 0 || i >= n ? -1 : i)],
    ["nearest", (i, n) => Math.min(Math.max(i, 0), n - 1)],
    ["wrap", (i, n) => (i + n) % n],
    ["reflect", (i, n) => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i)],
  ])("a shift by whole pixels is the image moved down and right, the rest %s", async (fillMode, source) => {
    const [down, right] = [1, -3];
    const shift = { height: exactly(down / 4), width: exactly(right / 8) };
    const moved = await changed(image, { shift, fillMode, fillValue: 7 });
    expect(moved.dtype).toBe("uint8");
    for (let y = 0; y < 4; y++) {
      for (let column = 0; column < 8; column++) {
        const [fromY, fromX] = [source(y - down, 4), source(column - right, 8)];
        expect(at(moved, y, column)).toEqual(fromY < 0 || fromX < 0 ? [7, 7, 7] : at(image, fromY, fromX));
      }
    }
  });

  it.each([1, 2, 5, 8, 13])("a quarter of a turn is the transposed image upside down, %i pixels wide", async (n) => {
    const square = bytes([n, n, 3]);
    const turned = await changed(square, { rotation: exactly(0.25) });
    for (let y = 0; y < n; y++) {
      for (let column = 0; column < n; column++) {
        // Counterclockwise: what was on the right is on top.
        expect(at(turned, y, column)).toEqual(at(square, column, n - 1 - y));
      }
    }
    let back = square;
    for (let i = 0; i < 4; i++) back = await changed(back, { rotation: exactly(0.25) });
    expect(back).toEqual(square);
  });

  it.each([
    ["horizontal", true, false],
    ["vertical", false, true],
    ["horizontalAndVertical", true, true],
  ] as const)("%s flips mirror half of the images, and twice is not at all", async (flip, isHorizontal, isVertical) => {
    const mirrored = (source: Tensor, alongX: boolean, alongY: boolean) => {
      const picture = pictureOf(source.data, source.shape).map((row) => (alongX ? row.toReversed() : row));
      return (alongY ? picture.toReversed() : picture).flat(2);
    };
    const variants = [mirrored(image, false, false), mirrored(image, true, false)].map(String);
    variants.push(...[mirrored(image, false, true), mirrored(image, true, true)].map(String));
    const items = await walkOf(fromTensors(copies(image, 400)).augment({ flip }));
    const counts = [0, 0, 0, 0];
    for (const item of items) {
      const [alongX, alongY] = [
        (variants.indexOf(String(x(item).data)) & 1) > 0,
        variants.indexOf(String(x(item).data)) > 1,
      ];
      expect(mirrored(x(item), alongX, alongY)).toEqual([...image.data]);
      counts[variants.indexOf(String(x(item).data))]++;
    }
    const expected = [true, isHorizontal, isVertical, isHorizontal && isVertical];
    const share = 400 / expected.filter(Boolean).length;
    // Five standard deviations of a binomial count.
    expected.forEach((happens, i) => {
      expect(Math.abs(counts[i] - (happens ? share : 0))).toBeLessThan(happens ? 5 * Math.sqrt(share) : 1);
    });
  });

  const moves = [
    { shiftX: 0, shiftY: 0, angle: 0, zoomX: 1.27, zoomY: 1.27 },
    { shiftX: 0, shiftY: 0, angle: 0, zoomX: 0.61, zoomY: 1.43 },
    { shiftX: 0.31, shiftY: -0.21, angle: 0, zoomX: 1, zoomY: 1 },
    { shiftX: 0, shiftY: 0, angle: 0.7, zoomX: 1, zoomY: 1 },
    { shiftX: -0.15, shiftY: 0.4, angle: -2.2, zoomX: 1.3, zoomY: 0.8 },
  ];
  const shapes = [
    [1, 1],
    [5, 7],
    [7, 5, 3],
    [13, 3, 1],
    [17, 16, 2],
    [28, 28],
  ];
  it.each(shapes.map((shape) => [shape]))("any move of %j pixels is that of a slow reference", async (shape) => {
    const source = floats(shape);
    for (const move of moves) {
      for (const fillMode of ["constant", "nearest", "wrap", "reflect"] as const) {
        for (const interpolation of ["bilinear", "nearest"] as const) {
          const moved = await changed(source, {
            shift: { width: exactly(move.shiftX), height: exactly(move.shiftY) },
            rotation: exactly(move.angle / (2 * Math.PI)),
            zoom: { width: exactly(move.zoomX - 1), height: exactly(move.zoomY - 1) },
            ...{ fillMode, interpolation, fillValue: -3 },
          });
          const inPixels = { ...move, shiftX: move.shiftX * shape[1], shiftY: move.shiftY * shape[0] };
          const picture = pictureOf(source.data, shape);
          const expected = movedPicture(picture, inPixels, fillMode, interpolation, -3).flat(2);
          expect(moved.shape).toEqual(shape);
          const wrong = expected.filter((value, i) => !(Math.abs(value - moved.data[i]) < 2e-6)).length;
          expect(wrong, `${fillMode} ${interpolation} ${JSON.stringify(move)}`).toBe(0);
        }
      }
    }
  });

  it("bytes are the reference, rounded", async () => {
    const source = bytes([9, 11, 3]);
    const moved = await changed(source, { rotation: exactly(0.1), zoom: exactly(-0.2), fillMode: "nearest" });
    const move = { shiftX: 0, shiftY: 0, angle: 0.2 * Math.PI, zoomX: 0.8, zoomY: 0.8 };
    const expected = movedPicture(pictureOf(source.data, source.shape), move, "nearest", "bilinear", 0).flat(2);
    expect([...moved.data]).toEqual(expected.map(Math.round));
  });

  it("draws factors evenly between their bounds, one for both axes of a zoom", async () => {
    // The column of a ramp tells how far it was moved.
    const ramp = tensor(
      Float32Array.from({ length: 64 }, (_, i) => i % 8),
      [8, 8],
    );
    const items = await walkOf(
      fromTensors(copies(ramp, 2000)).augment({ shift: { height: 0, width: [-0.25, 0.125] }, fillMode: "nearest" }),
    );
    const shifts = items.map((item) => 4 - x(item).data[4]);
    expect(Math.min(...shifts)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...shifts)).toBeLessThan(1);
    const mean = sumOf(shifts) / shifts.length;
    // Even on an interval of 3: deviation 3/√12, of the mean of 2,000 so much less.
    expect(Math.abs(mean + 0.5)).toBeLessThan((5 * 3) / Math.sqrt(12 * 2000));
    const disc = tensor(
      Float32Array.from({ length: 49 }, (_, i) => Math.abs((i % 7) - 3) + Math.abs(Math.floor(i / 7) - 3)),
      [7, 7],
    );
    for (const item of await walkOf(fromTensors(copies(disc, 20)).augment({ zoom: 0.3 }))) {
      expect(x(item).data[7 * 3 + 5]).toBe(x(item).data[7 * 5 + 3]);
    }
  });
});

describe("values change as they should", () => {
  it("contrast moves each channel from its mean", async () => {
    const image = floats([5, 4, 3]);
    const result = await changed(image, { contrast: exactly(0.5) });
    for (let channel = 0; channel < 3; channel++) {
      const own = [...image.data].filter((_, i) => i % 3 === channel);
      const mean = sumOf(own) / own.length;
      const expected = own.map((value) => Math.fround(mean + 1.5 * (value - mean)));
      const got = [...result.data].filter((_, i) => i % 3 === channel);
      for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i], 5);
    }
    const clipped = await changed(image, { contrast: exactly(1), valueRange: [-0.5, 1] });
    expect([Math.min(...clipped.data), Math.max(...clipped.data)]).toEqual([-0.5, 1]);
    expect(new Set((await changed(bytes([9, 9]), { contrast: exactly(-1) })).data).size).toBe(1);
  });

  it("noise is normal, independent, and of the deviation asked for", async () => {
    const [item] = await walkOf(fromTensors(tensor(new Float32Array(400 * 501), [1, 400, 501])).augment({ noise: 2 }));
    const { data } = x(item);
    const n = data.length;
    const moment = (power: number) => sumOf(Array.from(data, (value) => (value / 2) ** power)) / n;
    // Standard errors of the moments of n normal numbers: 1, √2, √15, √96 over √n.
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(n));
    expect(Math.abs(moment(3))).toBeLessThan((5 * Math.sqrt(15)) / Math.sqrt(n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan((5 * Math.sqrt(96)) / Math.sqrt(n));
    for (const lag of [1, 2, 501]) {
      let sum = 0;
      for (let i = 0; i + lag < n; i++) sum += (data[i] * data[i + lag]) / 4;
      expect(Math.abs(sum / n)).toBeLessThan(5 / Math.sqrt(n));
    }
  });

  it("noise on bytes is rounded and stays within 0 to 255", async () => {
    const result = await changed(tensor(new Uint8Array(10_000).fill(128), [100, 100]), { noise: 10 });
    const mean = sumOf(result.data) / 10_000;
    expect(Math.abs(mean - 128)).toBeLessThan(0.5);
    const ends = await changed(
      tensor(
        Uint8Array.from({ length: 100 }, (_, i) => 255 * (i % 2)),
        [10, 10],
      ),
      { noise: 1e6 },
    );
    expect(new Set(ends.data)).toEqual(new Set([0, 255]));
  });

  it("cutout covers a rectangle of the size asked for, cut off where it leaves the image", async () => {
    const blank = tensor(new Uint8Array(20 * 10 * 2).fill(9), [20, 10, 2]);
    const items = await walkOf(
      fromTensors(copies(blank, 500)).augment({ cutout: { height: 0.25, width: 0.4 }, fillValue: 3 }),
    );
    let wholeCount = 0;
    for (const item of items) {
      const covered = pictureOf(x(item).data, [20, 10, 2]).flatMap((row, y) =>
        row.flatMap((pixel, column) => (pixel[0] === 3 ? [[y, column, pixel[1]]] : [])),
      );
      const [rows, columns] = [covered.map(([y]) => y), covered.map(([, column]) => column)];
      const [height, width] = [rows, columns].map((list) => Math.max(...list) - Math.min(...list) + 1);
      expect(covered.every(([, , second]) => second === 3)).toBe(true);
      expect(covered.length).toBe(height * width);
      const touchesY = Math.min(...rows) === 0 || Math.max(...rows) === 19;
      const touchesX = Math.min(...columns) === 0 || Math.max(...columns) === 9;
      expect(touchesY ? height <= 5 : height === 5).toBe(true);
      expect(touchesX ? width <= 4 : width === 4).toBe(true);
      if (height === 5 && width === 4) wholeCount++;
    }
    // Its middle is any of 200 pixels, and it is whole for 16 · 7 of them.
    expect(Math.abs(wholeCount - 280)).toBeLessThan(5 * Math.sqrt(500 * 0.56 * 0.44));
    expect(new Set((await changed(blank, { cutout: 0 })).data)).toEqual(new Set([9]));
  });
});

describe("what happens to an image", () => {
  const options: AugmentOptions = {
    shift: 0.2,
    flip: "horizontal",
    rotation: 0.1,
    zoom: 0.2,
    contrast: 0.2,
    noise: 9,
    cutout: 0.3,
  };
  const images = bytes([23, 6, 5]);
  const labels = tensor(Int32Array.from({ length: 23 }, (_, i) => i));
  const make = () => fromTensors(images, labels);
  const byLabel = (items: readonly Item[]) => {
    const found: [number, string][] = [];
    for (const item of items) {
      const y = item.y as Tensor;
      const size = x(item).size / Math.max(1, y.size);
      for (let i = 0; i < y.size; i++) found.push([y.data[i], String(x(item).data.slice(i * size, (i + 1) * size))]);
    }
    return found.sort(([a], [b]) => a - b);
  };

  it("depends on seed, walk and position alone", async () => {
    const dataset = make().augment({ ...options, seed: 5 });
    const first = byLabel(await walkOf(dataset, 0));
    const second = byLabel(await walkOf(dataset, 1));
    expect(byLabel(await walkOf(make().augment({ ...options, seed: 5 }), 1))).toEqual(second);
    expect(byLabel(await walkOf(dataset, 0))).toEqual(first);
    for (const other of [second, byLabel(await walkOf(make().augment({ ...options, seed: 6 })))]) {
      expect(other.filter(([, image], i) => image === first[i][1])).toEqual([]);
    }
  });

  it.each<[string, (dataset: Dataset) => Dataset]>([
    ["batched before", (dataset) => dataset.batch(4).augment(options)],
    ["batched behind", (dataset) => dataset.augment(options).batch(5)],
    ["shuffled before", (dataset) => dataset.shuffle().augment(options)],
    ["shuffled behind, batched", (dataset) => dataset.augment(options).shuffle(undefined, { seed: 3 }).batch(7)],
    ["prefetched", (dataset) => dataset.augment(options).prefetch(3)],
    ["walked", (dataset) => fromIterable(() => dataset).augment(options)],
    ["walked in batches", (dataset) => fromIterable(() => dataset.batch(6), { batchSize: 6 }).augment(options)],
    [
      "walked, batched behind",
      (dataset) =>
        fromIterable(() => dataset)
          .augment(options)
          .batch(6),
    ],
  ])("is the same when the dataset is %s", async (_, change) => {
    const items = await walkOf(change(make()));
    expect(byLabel(items)).toEqual(byLabel(await walkOf(make().augment(options))));
    expect(x(items[0]).dtype).toBe("uint8");
  });

  it("leaves the images that it was made of, and targets, as they were", async () => {
    const before = images.data.slice();
    const source = [{ x: new Tensor(images.data.slice(0, 30), [6, 5]), y: new Tensor(Int32Array.of(8), []) }];
    const [item] = await walkOf(fromIterable(source).augment(options));
    await walkOf(make().augment(options));
    expect(images.data).toEqual(before);
    expect(source[0].x.data).toEqual(before.slice(0, 30));
    expect((item.y as Tensor).data).toEqual(Int32Array.of(8));
  });

  it("does not depend on which other changes are asked for", async () => {
    const only = await walkOf(make().augment({ rotation: 0.1 }));
    const also = await walkOf(make().augment({ rotation: 0.1, shift: 0, cutout: 0, noise: 0, contrast: 0, zoom: 0 }));
    expect(also).toEqual(only);
  });

  it("is another for samples that are there twice, and in every round of repeat", async () => {
    const twice = await walkOf(make().take(1).concat(make().take(1)).augment(options));
    expect(x(twice[0]).data).not.toEqual(x(twice[1]).data);
    const rounds = await walkOf(make().take(1).augment(options).repeat(2));
    expect(x(rounds[0]).data).not.toEqual(x(rounds[1]).data);
  });

  it("is seen by toTensors, standardize and a second augment", async () => {
    const dataset = make().augment({ flip: "horizontal", seed: 1 });
    const walked = (await walkOf(dataset)).map((item) => [...x(item).data]);
    expect([...((await dataset.toTensors()).x as Tensor).data]).toEqual(walked.flat());
    const again = dataset.augment({ contrast: exactly(-1) });
    expect(again.size).toBe(23);
    for (const item of await walkOf(again)) expect(new Set(x(item).data).size).toBe(1);
  });
});

describe("any images and any changes", () => {
  const factor = (min: number) =>
    fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc
        .tuple(fc.double({ min, max: 1, noNaN: true }), fc.double({ min, max: 1, noNaN: true }))
        .map((pair) => pair.sort((a, b) => a - b) as [number, number]),
    );
  const axes = (min: number) => fc.oneof(factor(min), fc.record({ height: factor(min), width: factor(min) }));
  const anyOptions = fc.record(
    {
      shift: axes(-1),
      rotation: factor(-1),
      zoom: axes(-1),
      flip: fc.constantFrom("horizontal" as const, "vertical" as const, "horizontalAndVertical" as const),
      cutout: axes(0),
      fillMode: fc.constantFrom("reflect" as const, "constant" as const, "nearest" as const, "wrap" as const),
      interpolation: fc.constantFrom("bilinear" as const, "nearest" as const),
      seed: fc.maxSafeInteger(),
    },
    { requiredKeys: ["shift"] },
  );

  it("give finite images without new extremes", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyOptions,
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 2, 3)),
        fc.integer({ min: 0, max: 99 }),
        async (options, shape, seed) => {
          const image = floats(shape, seed);
          const result = await changed(image, options);
          const [least, most] = [Math.min(0, ...image.data), Math.max(0, ...image.data)];
          for (const value of result.data) expect(value >= least - 1e-6 && value <= most + 1e-6).toBe(true);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe("mistakes are told", () => {
  const images = fromTensors(bytes([4, 6, 5]));
  it.each<[AugmentOptions | object | undefined, RegExp]>([
    [undefined, /nothing to change. Give at least one of shift, flip/],
    [{}, /nothing to change/],
    [{ seed: 1 }, /nothing to change/],
    [{ rotatoin: 0.1 }, /unknown option "rotatoin".*Did you mean "rotation"\?/],
    [{ flip: "horizontally" }, /flip cannot be "horizontally".*Did you mean "horizontal"\?/],
    [{ shift: 0.1, fillMode: "mirror" }, /fillMode cannot be "mirror"/],
    [{ shift: 2 }, /shift must be a finite number ≥ 0 and ≤ 1, got 2/],
    [{ shift: Number.NaN }, /shift must be a finite number/],
    [{ shift: [0.2, 0.1] }, /shift\[1\] must be a finite number ≥ 0.2 and ≤ 1, got 0.1/],
    [{ shift: { height: 0.1, widh: 0.1 } }, /augment: shift: unknown option "widh". Did you mean "width"\?/],
    [{ zoom: { height: 0.1 } }, /zoom.width must be/],
    [{ rotation: 15 }, /in whole turns: rotation must be a finite number ≥ 0 and ≤ 1, got 15/],
    [{ rotation: [-15, 15] }, /in whole turns: rotation\[0\] must be a finite number ≥ -1 and ≤ 1, got -15/],
    [{ rotation: "0.1" }, /rotation must be .*pair \[lower, upper\], got "0.1"/],
    [{ noise: -1 }, /noise must be a finite number ≥ 0, got -1/],
    [{ cutout: [-0.5, 0.5] }, /cutout\[0\] must be/],
    [{ noise: 1, valueRange: [1, 0] }, /valueRange\[1\]/],
    [{ noise: 1, seed: 0.5 }, /seed must be an integer/],
  ])("%j", (options, message) => {
    expect(() => images.augment(options as AugmentOptions)).toThrow(message);
    expect(() => images.augment(options as AugmentOptions)).toThrow(ArgumentError);
  });

  it("of the data, too", async () => {
    const options = { shift: 0.1 };
    expect(() => fromTensors(bytes([4, 9])).augment(options)).toThrow(ShapeError);
    expect(() => fromTensors(bytes([4, 9])).augment(options)).toThrow(/\[height, width\].*got \[9\].*Reshape/);
    expect(() => fromTensors(tensor(new Int32Array(8), [2, 2, 2])).augment(options)).toThrow(DataError);
    expect(() => fromTensors([bytes([2, 2, 2]), bytes([2, 2, 2])]).augment(options)).toThrow(/2 inputs, expects one/);
    await expect(walkOf(fromIterable([{ x: [1, 2] }]).augment(options))).rejects.toThrow(ShapeError);
  });
});

it("lets the event loop turn while it works on large images", async () => {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const [item] = await walkOf(
    fromTensors(tensor(new Uint8Array(64 * 512 * 512), [64, 512, 512]))
      .augment({ rotation: 0.1 })
      .batch(64),
  );
  isOver = true;
  expect(x(item).shape).toEqual([64, 512, 512]);
  // 17 million pixels, a tenth of a second on the fastest machine there is.
  expect(turns).toBeGreaterThan(3);
});
