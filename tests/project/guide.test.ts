// CONTRIBUTING.md can be followed: what it puts something behind is there, what it creates is not, and what it makes works. The
// edits are made in a copy, whose operation and layer are computed with; `node scripts/guide.mjs FOLDER` also builds it and
// runs all tests there.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { edit, inserted, steps } from "../../scripts/guide.mjs";
import { listOperations, writeOperations } from "../../scripts/listOperations.mjs";
import type * as Library from "../../src/index";
import * as registry from "../../src/ops/index";

const read = (file: string) => readFileSync(file, "utf8");

describe("the guide to a new operation and a new layer", () => {
  test.each(steps().map((step, i) => [i + 1, step] as const))("step %i", (_, step) => {
    if (step.kind === "create") expect(existsSync(step.file)).toBe(false);
    else if (step.kind === "insert") expect(inserted(read(step.file), step)).toContain(step.text.trim());
    else for (const command of step.commands) expect(command).toMatch(/^(npm|npx) /);
  });

  test("runs commands that exist", () => {
    const { scripts } = JSON.parse(read("package.json"));
    for (const [, name] of read("CONTRIBUTING.md").matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty(name);
  });
});

describe("what the guide makes", () => {
  const copy = resolve("build/guide");
  // A type here could not name what only the copy has.
  let library: typeof Library & { activations: { celu(options?: { alpha?: number }): Library.Activation } } & {
    layers: { unitNormalization(options: { epsilon?: number; inputShape?: number[] }): Library.Layer };
  };

  beforeAll(async () => {
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy, { recursive: true });
    const copied = ["src", "assembly", "tests/layers", "asconfig.json", "README.md", "CHANGELOG.md", "package.json"];
    for (const path of copied) cpSync(path, join(copy, path), { recursive: true });
    for (const step of steps()) if (step.kind !== "run") edit(copy, step);
    writeOperations(copy);
    library = await import(join(copy, "src/index.ts"));
  });

  const x = [-8, -1.25, -0.1, 0, 0.5, 7];
  const celu = (value: number, alpha: number) => (value > 0 ? value : alpha * Math.expm1(value / alpha));
  const slope = (value: number, alpha: number) => (value > 0 ? 1 : Math.exp(value / alpha));

  test("lists the operation in both registries", () => {
    const [names, exports] = listOperations(copy);
    expect(names.text).toContain('export { celu } from "./celu";');
    expect(exports.text).toMatch(/export \{ celuBackward, celuForward \} from "\.{1,2}\/ops\/celu";/);
  });

  test.each([undefined, 2, 0.25])("celu with alpha %j is its formula, forward and backward", async (alpha) => {
    const { activations, gradientCheck, layers, sequential } = library;
    const activation = activations.celu(alpha === undefined ? undefined : { alpha });
    const network = sequential({ layers: [layers.activation({ activation, inputShape: [x.length] })] });
    network.compile({ optimizer: "sgd", loss: "mse", engine: "js" });
    const { data } = await network.predict([x]);
    x.forEach((value, i) => {
      expect(data[i]).toBeCloseTo(celu(value, alpha ?? 1), 6);
    });
    const trained = sequential({ layers: [layers.dense({ units: 3, activation, inputShape: [x.length] })] });
    trained.compile({ optimizer: "sgd", loss: "mse", engine: "js" });
    expect((await gradientCheck(trained, [x], [[1, 2, 3]])).ok).toBe(true);
  });

  test("celu checks its option, says what it is and keeps it in a file", async () => {
    const { activations, ArgumentError, layers, loadModel, sequential } = library;
    expect(() => activations.celu({ alpha: 0 })).toThrow(ArgumentError);
    expect(() => activations.celu({ alpha: 0 })).toThrow("activations.celu: alpha must be a finite number > 0, got 0.");
    const activation = activations.celu({ alpha: 2 });
    const network = sequential({ layers: [layers.dense({ units: 1, activation, inputShape: [1] })] });
    const loaded = await loadModel(network.toBytes());
    expect(loaded.layers[0].options.activation).toEqual({ name: "celu", options: { alpha: 2 } });
  });

  test("its fast kernel computes the same", async () => {
    const file = join(copy, "celu.wasm");
    const flags = ["--config", "asconfig.json", "--target", "guide", "--outFile", file];
    // A target that the configuration does not have is the options that all targets share.
    execFileSync(process.execPath, [
      "node_modules/assemblyscript/bin/asc.js",
      join("build/guide", "assembly/ops/celu.ts"),
      ...flags,
    ]);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { instance } = await WebAssembly.instantiate(readFileSync(file), { env: { memory } });
    const kernels = instance.exports as Record<string, (row: number, step: number) => void>;
    const [row, at, dx, y, dy, alpha] = [1024, 2048, 3072, 4096, 5120, 0.7];
    const floats = new Float32Array(memory.buffer);
    const integers = new Int32Array(memory.buffer);
    x.forEach((value, i) => {
      floats[at / 4 + i] = value;
      floats[dx / 4 + i] = 10;
      floats[dy / 4 + i] = 3;
    });
    integers.set([0, 0, at, dx, 1, y, dy, x.length], row / 4);
    new Float64Array(memory.buffer)[(row + 32) / 8] = alpha;
    kernels.celuForward(row, 0);
    kernels.celuBackward(row, 0);
    x.forEach((value, i) => {
      expect(floats[y / 4 + i]).toBeCloseTo(celu(value, alpha), 6);
      expect(floats[dx / 4 + i]).toBeCloseTo(10 + 3 * slope(value, alpha), 5);
    });
  });

  test("the layer brings vectors to length 1, has the derivative of that, and is kept in a file", async () => {
    const { gradientCheck, layers, loadModel, sequential } = library;
    const network = sequential({ layers: [layers.unitNormalization({ epsilon: 1e-9, inputShape: [2] })] });
    network.compile({ optimizer: "sgd", loss: "mse", engine: "js" });
    const { data } = await network.predict([
      [3, 4],
      [-5, 12],
      [0, 0],
    ]);
    [0.6, 0.8, -5 / 13, 12 / 13, 0, 0].forEach((value, i) => {
      expect(data[i]).toBeCloseTo(value, 6);
    });
    const trained = sequential({ layers: [layers.dense({ units: 3, inputShape: [2] }), layers.unitNormalization({})] });
    trained.compile({ optimizer: "sgd", loss: "mse", engine: "js" });
    expect((await gradientCheck(trained, [[3, 4]], [[1, 0, 0]])).ok).toBe(true);
    expect((await loadModel(network.toBytes())).layers[0].options).toMatchObject({ epsilon: 1e-9 });
    expect(() => layers.unitNormalization({ epsilon: -1 })).toThrow(
      "unitNormalization: epsilon must be a finite number > 0",
    );
  });
});

test("the lists of operations are what the files say; if not: npm run build:wasm", () => {
  for (const { file, text } of listOperations()) expect(read(file)).toBe(text);
});

describe.each(Object.keys(registry))("the operation %s", (name) => {
  const folders = ["", "losses/", "metrics/", "optimizers/", "ops/"];
  const findIn = (root: string) => folders.map((folder) => `${root}/${folder}${name}.ts`).filter(existsSync);

  test("has the two files of the guide", () => {
    expect(findIn("src/ops").length).toBe(1);
    expect(findIn("assembly").length).toBe(1);
  });
});
