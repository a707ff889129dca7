import fc from "fast-check";
import { expect, it } from "vitest";
import * as data from "../../src/data";
import { tensor } from "../../src/tensor/tensor";
import { WasmgradError } from "../../src/errors";

const images = data.fromTensors({ data: new Uint8Array(8), shape: [2, 2, 2] });

/** Every way to call with two arguments of any kind whatever. */
const calls: Record<string, (v: never, w: never) => unknown> = {
  tensor: (v, w) => tensor(v, w),
  fromTensors: (v, w) => data.fromTensors(v, w),
  fromIterable: async (v, w) => {
    for await (const item of data.fromIterable([v, w])) expect(item.x).toBeDefined();
  },
  idx: (v, w) => data.idx(v, w),
  "csv options": (v) => data.csv("a,b\n1,2", v),
  "csv target and columns": (v, w) => data.csv("a,b\n1,2", { target: v, columns: w }),
  "csv categorical and oneHot": (v, w) => data.csv("a,b\n1,2", { categorical: v, oneHot: w }),
  "csv categories and delimiter": (v, w) => data.csv("a,b\n1,2", { categories: v, delimiter: w }),
  "csv missing values": (v, w) => data.csv("a,b\n1,2", { missing: v, missingValues: w }),
  standardize: (v, w) => data.standardize(v, w),
  oneHot: (v, w) => data.oneHot(v, w),
  augment: (v) => images.augment(v),
  "augment shift and zoom": (v, w) => images.augment({ shift: v, zoom: w }),
  "augment contrast and cutout": (v, w) => images.augment({ contrast: v, cutout: w }),
  "augment flip and fillMode": (v, w) => images.augment({ flip: v, fillMode: w }),
  "augment noise and seed": (v, w) => images.augment({ noise: v, seed: w }),
};

const anything = fc.anything({
  withTypedArray: true,
  withBigInt: true,
  withNullPrototype: true,
  withSparseArray: true,
});

it.each(Object.entries(calls))("%s answers nonsense with an error of its own", async (_, call) => {
  await fc.assert(
    fc.asyncProperty(anything, anything, async (v, w) => {
      const error = await (async () => call(v as never, w as never))().catch((error) => error);
      if (error instanceof Error) expect(error).toBeInstanceOf(WasmgradError);
    }),
    {
      seed: 20240606,
      numRuns: 500,
      // Found by this test: every() passes over holes, and null has no entries.
      examples: [
        [new Array(1), [1]],
        [[1], new Array(1)],
        [null, null],
      ],
    },
  );
});
