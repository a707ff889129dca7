// A kernel that traps (R14): simulated by a row whose kernel is another's, so that it reads and writes far outside.
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CompileOptions, InternalError, layers, type Model, sequential, tensor } from "../../src/index";
import { Kernels } from "../../src/engine/kernels";
import { dense } from "../../src/ops/dense";

const SAMPLES = 150;
const FEATURES = 64;
const x = tensor(
  Float32Array.from({ length: SAMPLES * FEATURES }, (_, i) => Math.fround(((i * 37) % 101) / 101)),
  [SAMPLES, FEATURES],
);
const y = tensor(
  Int32Array.from({ length: SAMPLES }, (_, i) => i % 7),
  [SAMPLES],
);

const models: Model[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const model of models.splice(0)) model.dispose();
});

function makeModel(options: Partial<CompileOptions>): Model {
  const model = sequential({
    seed: 11,
    layers: [
      layers.dense({ units: 96, activation: "relu", inputShape: [FEATURES] }),
      layers.dense({ units: 53, activation: "relu" }),
      layers.dense({ units: 7, activation: "softmax" }),
    ],
  });
  models.push(model);
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", ...options });
  return model;
}

/** Programs that are written from now on have rows that reach beyond all memory. */
function breakRows() {
  const write = Kernels.prototype.writeProgram;
  return vi.spyOn(Kernels.prototype, "writeProgram").mockImplementation(function (this: Kernels, program, address) {
    const forward = program.forward.map((row) =>
      row.op === dense ? { ...row, fields: { ...row.fields, y: 0xfffff000 | 0 } } : row,
    );
    write.call(this, { ...program, forward }, address);
  });
}

const places: [string, Partial<CompileOptions>, boolean][] = [
  ["on this thread", {}, true],
  ["on two threads", { threads: 2 }, true],
  ["in a worker", { worker: true }, true],
  ["in a worker with a follower", { worker: true, threads: 2 }, true],
  ["in a worker with memory of its own", { worker: true }, false],
];

describe.each(places)("a trap %s", (_, place, isShared) => {
  it("is an InternalError that asks for a report, and leaves the model intact", async () => {
    if (!isShared) vi.stubGlobal("SharedArrayBuffer", undefined);
    const model = makeModel(place);
    const twin = makeModel({});
    for (const each of [model, twin]) await each.fit(x, y, { batchSize: 50, epochs: 2 });
    const before = await model.getWeights();
    const broken = breakRows();
    // Another batch size is another program.
    const error = await model.fit(x, y, { batchSize: 30, epochs: 2 }).catch((reason) => reason);
    expect(error).toBeInstanceOf(InternalError);
    expect(error.message).toMatch(
      /^fit: a kernel failed: .*(out of bounds|in another thread).*\. This is a fault of wasmgrad, please report it .* The model is at step 6, and can be trained on\.$/,
    );
    expect(await model.getWeights()).toEqual(before);
    await expect(model.predict(x, { batchSize: 29 })).rejects.toThrow(InternalError);
    broken.mockRestore();
    for (const each of [model, twin]) {
      await each.fit(x, y, { batchSize: 25, epochs: 2, shuffle: false });
      expect((await each.evaluate(x, y)).loss).toBeGreaterThan(0);
    }
    expect(await model.getWeights()).toEqual(await twin.getWeights());
  });
});
