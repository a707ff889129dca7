import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { data, layers, MemoryLimitError, sequential, tensor } from "../../src/index";
import { fingerprint, regressionData, regressionModel } from "./twins";

interface Growth {
  heapUsed: number;
  external: number;
  arrayBuffers: number;
  rss: number;
}

describe("memory stays flat", () => {
  let report: Record<"held" | "dropped" | "disposed" | "fits", Growth> & {
    memoryOfOneModel: number;
    heldCount: number;
  };

  // Four rounds each, of which the last three are measured: 2,000 models dropped, 1,200 disposed of, 20,000 fits.
  beforeAll(async () => {
    const probe = fileURLToPath(new URL("memoryProbe.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--import", "tsx", probe]);
    report = JSON.parse(stdout);
  });

  /** What a model that somebody holds costs: the measure for those that nobody holds. */
  const perHeld = (key: keyof Growth) => report.held[key] / report.heldCount;

  it("a held model shows where its memory is counted", () => {
    expect(perHeld("external")).toBeGreaterThan(report.memoryOfOneModel);
    // Nearly half of it is room for programs, of which only what is written takes pages.
    expect(perHeld("rss")).toBeGreaterThan(0.75 * report.memoryOfOneModel);
  });

  it.each([
    ["500 models fitted and dropped", "dropped", 500],
    ["300 models fitted and disposed of", "disposed", 300],
  ] as const)("%s", (_, round, count) => {
    expect(report[round].external).toBeLessThan(0.02 * count * perHeld("external"));
    expect(report[round].heapUsed).toBeLessThan(0.02 * count * perHeld("heapUsed"));
    expect(report[round].rss).toBeLessThan(0.2 * count * perHeld("rss"));
  });

  it("5000 fits of one step", () => {
    const { external, heapUsed, rss } = report.fits;
    expect(external).toBeLessThan(report.memoryOfOneModel);
    // Not even 100 bytes a fit.
    expect(heapUsed).toBeLessThan(500_000);
    // A memory lost in every twentieth fit would show.
    expect(rss).toBeLessThan((5000 / 20) * report.memoryOfOneModel);
  });
});

describe("checkpoints", () => {
  it("are two at most, in memory that is used again", async () => {
    const model = sequential({
      layers: [layers.dense({ units: 1000, inputShape: [500] }), layers.dense({ units: 500 })],
    });
    model.compile({ optimizer: "adam", loss: "mse" });
    const x = tensor(new Float32Array(64 * 500).fill(0.01), [64, 500]);
    const samples: number[] = [];
    // Whoever may change weights makes fit remember them, again and again.
    const onProgress = () => void samples.push(process.memoryUsage().arrayBuffers);
    await model.fit(x, x, { batchSize: 32, epochs: 40, callbacks: [{ onProgress }] });
    expect(samples.length).toBeGreaterThan(10);
    expect(Math.max(...samples) - samples[0]).toBeLessThan(1.25 * model.memory().checkpoints);
  });
});

describe("what does not fit is refused before anything is allocated", () => {
  it("a model too large for its optimizer, at compile", () => {
    const model = sequential({
      layers: [layers.dense({ units: 20_000, inputShape: [20_000] }), layers.dense({ units: 1 })],
    });
    expect(() => model.compile({ optimizer: "adam", loss: "mse" })).toThrow(
      new MemoryLimitError(
        "model needs 6.0 GB of memory, WebAssembly allows 4 GB: 6.0 GB are weights, their gradients and optimizer state. " +
          "Use fewer units, or an optimizer with less state.",
      ),
    );
  });

  it("a model whose weights alone are too large, without drawing any", async () => {
    const model = sequential({ layers: [layers.dense({ units: 300_000, inputShape: [300_000] })] });
    const message = /^model needs 335\.\d GB of memory, WebAssembly allows 4 GB: 335\.\d GB are weights/;
    await expect(model.predict([new Float32Array(300_000)])).rejects.toThrow(message);
    await expect(model.getWeights()).rejects.toThrow(MemoryLimitError);
    expect(() => model.compile({ optimizer: "sgd", loss: "mse" })).toThrow(MemoryLimitError);
  });

  it("activations that are too large for one sample", () => {
    const model = sequential({
      layers: [
        layers.reshape({ targetShape: [40_000, 1], inputShape: [40_000] }),
        layers.dense({ units: 26_000, activation: "tanh", name: "wide" }),
        layers.dense({ units: 1 }),
      ],
    });
    expect(() => model.compile({ optimizer: "sgd", loss: "mse" })).toThrow(
      /are activations, most of them of wide\. Use fewer units or smaller inputs\.$/,
    );
  });

  it("a batch that is too large, at fit; the model works with a smaller one", async () => {
    const count = 200_000;
    const model = sequential({
      layers: [
        layers.dense({ units: 6000, activation: "relu", inputShape: [1], name: "wide" }),
        layers.dense({ units: 1 }),
      ],
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const before = await fingerprint(model);
    const [x, y] = [new Float32Array(count), tensor(new Float32Array(count), [count, 1])];
    const message =
      /^model needs \d+\.\d GB of memory, WebAssembly allows 4 GB: \d+\.\d GB are activations, most of them of wide\. Lower batchSize \(now 200000\)\.$/;
    await expect(model.fit(x, y, { batchSize: count })).rejects.toThrow(message);
    await expect(model.evaluate(x, y, { batchSize: count })).rejects.toThrow(MemoryLimitError);
    await expect(model.trainOnBatch(x, y)).rejects.toThrow(message);
    await expect(
      model.fit(
        data
          .fromTensors(x, y)
          .map((item) => item)
          .batch(count),
      ),
    ).rejects.toThrow(message);
    expect(await fingerprint(model)).toBe(before);
    await model.fit([1, 2, 3], [[1], [2], [3]], { batchSize: 2 });
    expect(await fingerprint(model)).not.toBe(before);
  });

  it("memory() says before what a fit will need, and memory grows no further than that", async () => {
    const model = regressionModel();
    const { x, y } = regressionData(1000);
    const dataBytes = 1000 * 4 * 4;
    const sizes = model.memory({ batchSize: 64, dataBytes });
    const { total, weights, gradients, optimizer, activations, data, checkpoints } = sizes;
    expect(weights).toBe(64 * 4);
    expect([gradients, optimizer]).toEqual([weights, 2 * weights]);
    expect(checkpoints).toBe(2 * (weights + optimizer));
    expect(total).toBeGreaterThan(weights + gradients + optimizer + activations + data + checkpoints);
    expect(model.memory({ batchSize: 128, dataBytes }).activations).toBeGreaterThan(activations);
    await model.fit(x, y, { batchSize: 64 });
    expect(model.memory({ batchSize: 64, dataBytes })).toEqual(sizes);
  });
});
