// What people write who come from elsewhere, and what they are told.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, data, DataError, layers, optimizers, sequential, tensor } from "wasmgrad";
import { didYouMean } from "../../src/options";

const wrong = (value: unknown) => value as never;
const x = tensor([
  [0, 1],
  [1, 0],
]);

function network() {
  const made = sequential({ layers: [layers.dense({ units: 2, activation: "softmax", inputShape: [2] })] });
  made.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
  return made;
}

describe("inputs and targets in one object", () => {
  it.each(["fit", "evaluate", "trainOnBatch", "gradients"] as const)("%s shows how to write them", async (method) => {
    const call = (network()[method] as (given: object) => Promise<unknown>).call(network(), { x, y: [0, 1] });
    await expect(call).rejects.toThrow(
      new ArgumentError(
        `${method}: x must be a tensor or nested arrays of numbers, got an object (Object). ` +
          `Write ${method}(x, y), or ${method}(data.fromTensors(x, y)).`,
      ),
    );
  });

  it("predict takes the inputs alone", async () => {
    await expect(network().predict(wrong({ x }))).rejects.toThrow(/got an object \(Object\)\. Write predict\(x\)\.$/);
  });
});

it("an array of layers for an object of options", () => {
  const given = [layers.dense({ units: 1, inputShape: [2] })];
  expect(() => sequential(wrong(given))).toThrow(
    new ArgumentError("sequential: expects an object of options, got an array. Write sequential({ layers: […] })."),
  );
});

describe("a layer that is changed later", () => {
  it("is frozen and thawed by true and false only", () => {
    const layer = layers.dense({ units: 1 });
    for (const value of [0, 1, "no", null, undefined]) {
      expect(() => Object.assign(layer, { trainable: value })).toThrow(/^dense: trainable must be true or false, got /);
    }
    expect(layer.trainable).toBe(true);
    layer.trainable = false;
    expect(layer.trainable).toBe(false);
  });

  it("keeps its name, which its model and its files know it by", () => {
    const { layers: list } = network();
    expect(() => Object.assign(list[0], { name: "a/b" })).toThrow(TypeError);
    expect(list[0].name).toBe("dense");
  });
});

describe("words for numbers", () => {
  it.each([
    [
      "labels",
      ["cat", "dog"],
      'y[0] must be a number, got "cat". Give words numbers, such as their places in a list: names.indexOf(word).',
    ],
    ["numerals", ["0", "1"], 'y[0] must be a number, got "0". Convert texts with Number().'],
    ["spaces", [" ", "1"], 'y[0] must be a number, got " ". Give words numbers'],
    ["truth", [true, false], "y[0] must be a number, got true. Write 1 for true and 0 for false."],
  ])("%s", async (_, y, message) => {
    const failed = network().fit(x, wrong(y));
    await expect(failed).rejects.toThrow(DataError);
    await expect(failed).rejects.toThrow(message);
  });

  it("in a dataset, too", () => {
    expect(() => data.fromTensors(x, wrong(["cat", "dog"]))).toThrow(/Give words numbers/);
  });
});

describe("letters in another order", () => {
  it.each([
    [() => layers.dense(wrong({ untis: 1 })), '"untis". Did you mean "units"?'],
    [() => optimizers.sgd(wrong({ momentmu: 1 })), '"momentmu". Did you mean "momentum"?'],
    [() => optimizers.adam(wrong({ bteA1: 1 })), '"bteA1". Did you mean "beta1"?'],
    [() => layers.dense(wrong({ units: 1, activation: "erlu" })), '"erlu". Did you mean "'],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });

  it("an exchange of neighbours is one edit, wherever it is", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { minLength: 3, maxLength: 5 }),
        fc.nat(),
        (letters, at) => {
          const i = at % (letters.length - 1);
          const exchanged = [...letters];
          [exchanged[i], exchanged[i + 1]] = [letters[i + 1], letters[i]];
          // Names this short allow one edit only.
          expect(didYouMean(exchanged.join(""), [letters.join("")])).toBe(` Did you mean "${letters.join("")}"?`);
        },
      ),
    );
  });

  it("two of them in a short name are no slip", () => {
    expect(didYouMean("badc", ["abcd"])).toBe(" Known: abcd.");
  });
});
