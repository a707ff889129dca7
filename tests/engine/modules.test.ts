import { describe, expect, it, vi } from "vitest";
import { basic, basicForward, minimal } from "../../src/engine/module/generated/contents";
import { compileModule, kernelNames, moduleFor, type SmallBuild } from "../../src/engine/module/modules";
import { layers, metrics, type Sequential, sequential, tensor } from "../../src/index";

const strict = await compileModule();
const ofMinimal: SmallBuild = { build: "minimal", operations: minimal };
const ofBasic: SmallBuild = { build: "basic", operations: basic };
const ofBasicForward: SmallBuild = { build: "basicForward", operations: basicForward };
const choose = (operations: string[], small: SmallBuild[] = [ofMinimal, ofBasic]) =>
  moduleFor({ math: "strict", isShared: false, operations }, small);
const least = await compileModule("minimal");
const small = await compileModule("basic");
const smallest = await compileModule("basicForward");

describe("the modules", () => {
  it("hold parts of each other, and all of them every gather", () => {
    const [all, some, simplest, few] = [strict, small, least, smallest].map(kernelNames);
    expect(some).toEqual(expect.arrayContaining(simplest));
    expect(simplest.length).toBeLessThan(some.length);
    // That of ids goes with layers that the small ones have not.
    const ofAnyData = all.filter((name) => name.startsWith("gather") && name !== "gatherWholeForward");
    expect(simplest).toEqual(expect.arrayContaining(ofAnyData));
    expect(all).toEqual(expect.arrayContaining(some));
    expect(some).toEqual(expect.arrayContaining(few));
    expect(few).toEqual(expect.arrayContaining(ofAnyData));
    expect(some.length).toBeLessThan(all.length);
    expect(few.filter((name) => name.endsWith("Backward"))).toEqual([]);
  });

  it.each([ofMinimal, ofBasic, ofBasicForward])(
    "have all kernels of the operations that are listed: $build",
    async ({ build, operations }) => {
      const listed = operations.split(" ").map((name) => `${name}Forward`);
      const needed = kernelNames(strict).filter(
        (name) => listed.includes(name) || (build !== "basicForward" && listed.includes(name.replace("Back", "For"))),
      );
      expect(kernelNames(await compileModule(build)).sort()).toEqual(needed.sort());
    },
  );

  it("are chosen by the kernels that are needed", async () => {
    expect(await choose(["dense", "adam"])).toBe(least);
    expect(await choose(["dense", "dropout"])).toBe(small);
    expect(await choose(["dense", "gelu"])).toBe(strict);
    expect(await choose(["dense"], [ofBasicForward])).toBe(smallest);
    expect(await choose(["adam"], [ofBasicForward])).toBe(strict);
  });

  it("are whole where vectors are wide, for which the small ones have no loops", async () => {
    vi.resetModules();
    const fresh = await import("../../src/engine/module/modules");
    (await import("../../src/engine/module/wideVectors")).announceWideVectors();
    const needs = { math: "strict" as const, isShared: false, operations: ["dense"] };
    expect(kernelNames(await fresh.moduleFor(needs, [ofMinimal]))).toEqual(kernelNames(strict));
  });

  it("are whole for programs with threads", async () => {
    const threads = await moduleFor({ math: "strict", isShared: true, operations: [] }, [ofMinimal, ofBasic]);
    expect(threads).toBe(await compileModule("threads"));
  });
});

function network(activation: "relu" | "tanh" | "sigmoid" | "gelu"): Sequential {
  return sequential({
    seed: 3,
    layers: [
      layers.rescaling({ scale: 0.5, inputShape: [9] }),
      layers.dense({ units: 17, activation, kernelRegularizer: "l2" }),
      layers.dropout({ rate: 0.3 }),
      layers.leakyRelu(),
      layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
}

const x = tensor(
  Float32Array.from({ length: 50 * 9 }, (_, i) => ((i * 37) % 101) / 101 - 0.5),
  [50, 9],
);
const labels = tensor(
  Int32Array.from({ length: 50 }, (_, i) => i % 3),
  [50],
);

/** The module that a model runs in after a little training, and its weights. */
async function train(model: Sequential, options: Partial<Parameters<Sequential["compile"]>[0]> = {}) {
  const modules: WebAssembly.Module[] = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      modules.push(module);
    }
  };
  try {
    model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"], ...options });
    await model.fit(x, labels, { epochs: 3, batchSize: 16, validationSplit: 0.2 });
  } finally {
    WebAssembly.Instance = Instance;
  }
  return { module: modules.at(-1), weights: Object.values(await model.getWeights()).map(({ data }) => data) };
}

describe("a net of dense layers", () => {
  it("trains in the smallest module, to the bits of the whole one", async () => {
    const plain = () =>
      sequential({
        seed: 3,
        layers: [
          layers.dense({ units: 17, activation: "relu", inputShape: [9] }),
          layers.dense({ units: 13, activation: "tanh" }),
          layers.dense({ units: 3, activation: "softmax" }),
        ],
      });
    const inLeast = await train(plain());
    expect(inLeast.module).toBe(least);
    const inWhole = await train(plain(), { metrics: [metrics.topKAccuracy({ k: 2 })] });
    expect(inWhole.module).toBe(strict);
    expect(inWhole.weights).toEqual(inLeast.weights);
  });

  it("trains in the small module, to the bits of the whole one", async () => {
    const inSmall = await train(network("relu"));
    expect(inSmall.module).toBe(small);
    // A metric that only the whole one has, and that changes nothing.
    const inWhole = await train(network("relu"), { metrics: [metrics.topKAccuracy({ k: 2 })] });
    expect(inWhole.module).toBe(strict);
    expect(inWhole.weights).toEqual(inSmall.weights);
  });

  it.each(["adam", "adamW", "sgd", "rmsprop"] as const)("needs no more for %s", async (optimizer) => {
    expect((await train(network("tanh"), { optimizer })).module).toBe(small);
  });

  it("gets the whole module for an activation that few use", async () => {
    expect((await train(network("gelu"))).module).toBe(strict);
  });
});
