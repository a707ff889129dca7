import { describe, expect, it } from "vitest";
import { csv, fromIterable, fromTensors, idx, impute, oneHot, parseIdx, standardize } from "../../src/data";
import { DataError, FormatError } from "../../src/errors";
import { layers, sequential } from "../../src/index";
import { type Tensor, type TensorLike, tensor, toTensor } from "../../src/tensor/tensor";

// T13, T30: numbers that float32 cannot tell apart are learnt from in float64, or refused; never made one in silence.

/** Milliseconds since 1970. Differences from 1612892066783 are 332, 306, 184 and 0: mean 205.5, deviation √17198.75 = 131.144. */
const times = [1612892067115, 1612892067089, 1612892066967, 1612892066783];
const deviation = Math.sqrt(((332 - 205.5) ** 2 + (306 - 205.5) ** 2 + (184 - 205.5) ** 2 + 205.5 ** 2) / 4);
const standardized = [332, 306, 184, 0].map((value) => (value - 205.5) / deviation);

const model = () => {
  const one = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  one.compile({ optimizer: "sgd", loss: "mse" });
  return one;
};

describe("standardize", () => {
  const column = times.map((time) => [time]);
  const check = async (fitted: Awaited<ReturnType<typeof standardize>>, x: Tensor) => {
    expect(fitted.mean[0]).toBe(1612892066988.5);
    expect(fitted.deviation[0]).toBeCloseTo(131.144, 3);
    expect(fitted.deviation[0]).toBeCloseTo(deviation, 9);
    Array.from(x.data).forEach((value, i) => {
      expect(value).toBeCloseTo(standardized[i], 6);
    });
    expect(Array.from(x.data, (value) => value.toFixed(2))).toEqual(["0.96", "0.77", "-0.16", "-1.57"]);
  };

  it("learns from numbers as they are given", async () => {
    const typed = { data: Float64Array.from(times), shape: [4, 1] };
    const given: readonly TensorLike[] = [column, typed, [new Float64Array([times[0]]), ...column.slice(1)], times];
    for (const x of given) {
      const fitted = await standardize(x);
      await check(fitted, fitted.apply(x));
    }
  });

  it("learns from datasets of them, in memory or walked", async () => {
    const dataset = fromTensors(column, [0, 1, 2, 3]);
    const stream = fromIterable(() => column.map((x, y) => ({ x, y })));
    const table = await csv(`t,y\n${times.map((time, i) => `${time},${i}`).join("\n")}\n`, { target: "y" });
    for (const one of [
      dataset,
      dataset.batch(3),
      dataset.map((item) => item),
      stream,
      stream.batch(3),
      stream.take(3).concat(stream.skip(3)).prefetch(),
      table,
      table.batch(2),
      fromIterable(() => table),
    ]) {
      const fitted = await standardize(one);
      await check(fitted, (await fitted.apply(one).toTensors()).x as Tensor);
    }
    const [train, test] = dataset.split(0.5);
    const learnt = [...(await standardize(train)).mean, ...(await standardize(test)).mean];
    expect((learnt[0] + learnt[1]) / 2).toBe(1612892066988.5);
  });

  it("comes after impute and oneHot without a loss", async () => {
    const gaps = [...times, Number.NaN].map((time, i) => [time, i % 2]);
    const whole = (await impute(gaps)).apply(gaps);
    expect(whole.exact?.[8]).toBe(1612892066988.5);
    const wide = (await oneHot(whole, [1])).apply(whole);
    const fitted = await standardize(wide);
    expect(fitted.mean[0]).toBe(1612892066988.5);
    expect(fitted.apply(wide).data[0]).toBeCloseTo(126.5 / (deviation * Math.sqrt(4 / 5)), 6);
  });

  it("keeps small differences far from zero, such as those of coordinates", async () => {
    // Steps of float32 at 52 are 3.8e-6.
    const places = [52.5200066, 52.5200067, 52.5200069].map((place) => [place]);
    const fitted = await standardize(places);
    expect(fitted.deviation[0] * 1e7).toBeCloseTo(Math.sqrt(14 / 9), 2);
    const table = await csv(`a\n${places.join("\n")}\n`);
    expect((await standardize(table)).deviation[0]).toBe(fitted.deviation[0]);
  });

  it("refuses what was rounded before", async () => {
    for (const rounded of [tensor(Float32Array.from(times)), { data: Float32Array.from(times), shape: [4, 1] }]) {
      await expect(standardize(rounded)).rejects.toThrow("less than float32 can tell apart there. Give the numbers as");
      await expect(standardize(fromTensors(rounded))).rejects.toThrow(DataError);
    }
    // Far apart for float32, too.
    expect((await standardize(new Float32Array([2 ** 30, 2 ** 31]))).mean[0]).toBe(1.5 * 2 ** 30);
  });

  it("forgets numbers that somebody has overwritten", async () => {
    const changed = fromTensors(column).map(({ x }) => {
      (x as Tensor).data[0] = 7;
      return { x };
    });
    expect((await standardize(changed)).mean[0]).toBe(7);
  });
});

describe("whole numbers that become one in float32", () => {
  const pair = "holds 16777216 and 16777217, which float32 cannot tell apart. Subtract an offset first";

  it("are refused where they become float32", () => {
    expect(() => tensor([16777217, 16777216])).toThrow(pair);
    expect(() => tensor(new Float64Array([16777217, 1, 16777216]))).toThrow(DataError);
    expect(() => tensor([[-16777217], [-16777216]])).toThrow("holds -16777217 and -16777216");
    expect(() => toTensor({ data: new Float64Array([2 ** 40, 2 ** 40 + 1]), shape: [2] }, "fit: x")).toThrow(
      "fit: x holds",
    );
    expect(() => tensor(new Uint32Array([16777217, 16777216]), undefined, "float32")).toThrow(pair);
  });

  it("are refused by models", async () => {
    const y = [[0], [1]];
    const bad = [[16777216], [16777217]];
    await expect(model().fit(bad, y)).rejects.toThrow(`fit: x ${pair}`);
    await expect(model().fit(y, bad)).rejects.toThrow(`fit: y ${pair}`);
    await expect(model().predict(bad)).rejects.toThrow(DataError);
    await expect(model().fit(fromTensors(bad, y))).rejects.toThrow(`fit: x ${pair}`);
    await expect(model().fit(fromTensors(y, bad))).rejects.toThrow(`fit: y ${pair}`);
    await expect(model().fit(fromIterable(bad.map((x) => [x, x] as const)))).rejects.toThrow(pair);
    await expect(
      model().evaluate(await csv("t,y\n1612892067115,0\n1612892067089,1\n", { target: "y" })),
    ).rejects.toThrow("evaluate: x holds 1612892067089 and 1612892067115");
    const { x } = await fromTensors(bad).toTensors();
    await expect(model().fit(x, y)).rejects.toThrow(pair);
  });

  it("of int32 are refused as inputs, each that float32 does not have", async () => {
    const ids = tensor(new Int32Array([16777217, 3]), [2, 1]);
    expect(ids.toArray()).toEqual([[16777217], [3]]);
    await expect(model().predict(ids)).rejects.toThrow("predict: x holds 16777217, which is 16777216 in float32.");
    await expect(model().fit(ids, ids)).rejects.toThrow(DataError);
    await expect(model().fit(fromTensors(ids, [0, 1]))).rejects.toThrow("16777217");
    await model().predict(tensor(new Int32Array([16777216, 2 ** 30, -(2 ** 31)]), [3, 1]));
  });

  it("are no matter where float32 tells them apart, or where they are fractions", () => {
    for (const values of [
      [16777217, 16777220],
      [16777217, 16777217],
      [0.1, 0.1 + 2 ** -40],
      [1e10 / 3, 1e10 / 3 + 2 ** -20],
      [Number.NaN, Number.NaN],
      [2 ** 53, 2 ** 54],
      [-0, 0],
    ]) {
      expect(tensor(values).size).toBe(2);
    }
  });

  it("are exact where they are numbers of a table that nobody trains on", async () => {
    const table = await csv("id,a,y\n9007199254740993,1,0\n9007199254740992,2,1\n", { target: "y", columns: ["a"] });
    await model().fit(table);
    const names = await csv("id,y\n16777217,0\n16777216,1\n", { target: "y", categorical: ["id"] });
    await model().fit(names);
  });
});

describe("numbers too large for float32", () => {
  it("are refused, infinities are what they are", () => {
    for (const values of [[1e300], new Float64Array([1, -1e39]), [[3.5e38]], new Float64Array([Number.NaN, 1e300])]) {
      expect(() => tensor(values as never)).toThrow("is too large for float32, which ends at ±3.4e38.");
    }
    expect([...tensor([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38, 1e-300]).data]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Math.fround(3.4e38),
      0,
    ]);
  });

  it("are refused in IDX files", async () => {
    const file = (...values: number[]) => {
      const bytes = new Uint8Array(8 + 8 * values.length);
      bytes.set([0, 0, 0x0e, 1, 0, 0, 0, values.length]);
      values.forEach((value, i) => {
        new DataView(bytes.buffer).setFloat64(8 + 8 * i, value);
      });
      return bytes;
    };
    expect(() => parseIdx(file(1, 1e300))).toThrow("idx: 1e+300 is too large for float32");
    expect(() => parseIdx(file(-1e39))).toThrow(FormatError);
    await expect(idx(file(1e300))).rejects.toThrow("idx: images: 1e+300 is too large");
    expect(parseIdx(file(0.1, 3e38)).toArray()).toEqual([Math.fround(0.1), Math.fround(3e38)]);
    expect((await standardize(await idx(file(...times)))).mean[0]).toBe(1612892066988.5);
  });
});
