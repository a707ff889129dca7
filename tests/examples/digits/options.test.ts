import { describe, expect, it } from "vitest";
import { HELP, readOptions } from "../../../examples/digits/options";
import { ArgumentError } from "../../../src/errors";

describe("readOptions", () => {
  it("has the main job as its default", () => {
    expect(readOptions([])).toEqual({
      dataset: "mnist",
      model: "mlp",
      epochs: 5,
      batchSize: 128,
      hidden: [128],
      seed: 1,
      engine: "wasm",
      output: "wasmgrad-mnist.safetensors",
      compares: true,
      json: false,
    });
  });

  it("reads every option", () => {
    const args =
      "--dataset fashion --model cnn --epochs=3 --batch-size 7 --hidden 13,5 --seed 0 --engine js --output m --skip-js --json";
    expect(readOptions(args.split(" "))).toEqual({
      dataset: "fashion",
      model: "cnn",
      epochs: 3,
      batchSize: 7,
      hidden: [13, 5],
      seed: 0,
      engine: "js",
      output: "m",
      compares: false,
      json: true,
    });
    expect(readOptions(["--hidden", ""])).toMatchObject({ hidden: [] });
    expect(readOptions(["--epochs", "2", "--help"])).toBe("help");
  });

  it("explains every option, in 80 columns", () => {
    for (const option of [
      "dataset",
      "model",
      "epochs",
      "batch-size",
      "hidden",
      "seed",
      "engine",
      "output",
      "skip-js",
      "json",
    ]) {
      expect(HELP).toContain(`  --${option}`);
    }
    expect(Math.max(...HELP.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it.each([
    [["--epoch", "3"], 'unknown option "--epoch". Did you mean "--epochs"?'],
    [["--bachsize=3"], 'unknown option "--bachsize". Did you mean "--batch-size"?'],
    [["-x"], 'unknown option "-x". Known: --dataset,'],
    [["5"], '"5" is not an option. See --help.'],
    [["--epochs"], "--epochs needs a value."],
    [["--epochs", "--json"], "--epochs needs a value."],
    [["--json=yes"], '--json takes no value, got "yes".'],
    [["--epochs", "0"], "--epochs must be an integer ≥ 1, got 0."],
    [["--epochs", "-1"], '--epochs must be an integer ≥ 1, got "-1".'],
    [["--epochs", "1e3"], '--epochs must be an integer ≥ 1, got "1e3".'],
    [["--epochs", ""], '--epochs must be an integer ≥ 1, got "".'],
    [["--batch-size", "1.5"], '--batch-size must be an integer ≥ 1, got "1.5".'],
    [["--hidden", "128,,64"], '--hidden must be an integer ≥ 1, got "".'],
    [["--seed", "4294967296"], "--seed must be an integer ≥ 0 and ≤ 4294967295, got 4294967296."],
    [["--dataset", "fashon"], '--dataset cannot be "fashon". Did you mean "fashion"?'],
    [["--engine", "gpu"], '--engine cannot be "gpu". Known: wasm, js.'],
  ])("refuses %j", (args, message) => {
    expect(() => readOptions(args)).toThrow(ArgumentError);
    expect(() => readOptions(args)).toThrow(message);
  });
});
