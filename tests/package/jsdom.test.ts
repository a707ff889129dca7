// Jest with jsdom (T26): a realm of its own without most of what Node and browsers have, where `import()` is not to be had.
// The package's CommonJS files are run as Jest runs them, in a context with the globals that jsdom 20 has.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { createContext, Script } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import type * as Wasmgrad from "../../src/index";

/** What jsdom has, as far as it matters here. */
const present = {
  process,
  console,
  setTimeout,
  clearTimeout,
  queueMicrotask,
  performance,
  atob,
  btoa,
  AbortController,
  AbortSignal,
};
/** What it lacks: nothing of this may be used without a way round. */
const absent = [
  "setImmediate",
  "MessageChannel",
  "TextEncoder",
  "TextDecoder",
  "Response",
  "ReadableStream",
  "Blob",
  "fetch",
  "structuredClone",
  "crypto",
  "DecompressionStream",
  "BroadcastChannel",
];

class OldURL extends URL {
  static override canParse = undefined as never;
}

function requireInContext(entry: string): typeof Wasmgrad {
  const context = createContext({ ...present, URL: OldURL });
  const outside = createRequire(import.meta.url);
  const modules = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const known = modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const script = new Script(`(function (module, exports, require) {${readFileSync(path, "utf8")}\n})`, {
      filename: path,
    });
    const require = (name: string) => (name.startsWith(".") ? load(resolve(dirname(path), name)) : outside(name));
    script.runInContext(context)(module, module.exports, require);
    return module.exports;
  };
  return load(resolve(entry)) as typeof Wasmgrad;
}

describe("in Jest with jsdom", () => {
  let wasmgrad: typeof Wasmgrad;
  beforeAll(() => {
    if (!existsSync("dist/index.cjs")) throw new Error("There is no dist/index.cjs to test. Run: npm run build");
    wasmgrad = requireInContext("dist/index.cjs");
  });

  const count = 4000;
  const inputs = Array.from({ length: count }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
  const targets = inputs.map(([a, b]) => [a * b]);

  const trained = async (library: typeof Wasmgrad, options: object = {}) => {
    const { layers, sequential, tensor } = library;
    const model = sequential({
      seed: 3,
      layers: [
        layers.dense({ units: 128, activation: "tanh", inputShape: [2] }),
        layers.dense({ units: 128, activation: "tanh" }),
        layers.dense({ units: 1 }),
      ],
    });
    model.compile({ optimizer: "adam", loss: "meanSquaredError", ...options });
    const samples = "engine" in options ? 300 : count;
    let told = 0;
    const { history } = await model.fit(tensor(inputs.slice(0, samples)), tensor(targets.slice(0, samples)), {
      epochs: 3,
      batchSize: 64,
      callbacks: [{ onProgress: () => void told++ }],
    });
    return { model, loss: history.loss, told };
  };

  it.each([{}, { threads: 2 }, { worker: true }, { engine: "js" }])(
    "trains longer than a slice with %o",
    async (options) => {
      const { model, loss, told } = await trained(wasmgrad, options);
      expect(told).toBeGreaterThan(0);
      expect(loss[2]).toBeLessThan(loss[0]);
      model.dispose();
    },
  );

  it("saves and loads", async () => {
    const { model } = await trained(wasmgrad);
    const loaded = await wasmgrad.loadModel(model.toBytes());
    expect([...(await loaded.predict(inputs)).data]).toEqual([...(await model.predict(inputs)).data]);
  });

  it("lacks what it is said to lack", () => {
    const context = createContext({ ...present, URL: OldURL });
    for (const name of absent) expect(new Script(`typeof ${name}`).runInContext(context)).toBe("undefined");
  });

  it("says what it cannot do", async () => {
    await expect(wasmgrad.loadModel("https://example.invalid/model.safetensors")).rejects.toThrow(wasmgrad.DataError);
    await expect(wasmgrad.loadModel({} as never)).rejects.toThrow(wasmgrad.ArgumentError);
  });
});
