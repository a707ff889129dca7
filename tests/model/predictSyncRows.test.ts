// predictSync of a model with a pipeline takes raw rows, as predict does.
import { beforeAll, describe, expect, test } from "vitest";
import { data, pipeline, tableModel } from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";

const rows = Array.from({ length: 40 }, (_, i) => ({
  size: `${10 + (i % 9)} cm`,
  when: `2025-0${1 + (i % 9)}-11`,
  colour: ["red", "green", "blue"][i % 3],
  price: i % 7 === 6 ? "n/a" : 2 * (i % 9) + 1.5,
  kind: i % 2 === 0 ? "a" : "b",
}));
const asked = [
  { kind: "?", colour: "red", size: "12 cm", when: "2025-03-04", price: 3 },
  { colour: "blue", size: "18 cm", when: "2025-09-04", price: null, more: 5 },
  { colour: "mauve", size: "11 cm", when: "2025-01-04", price: "7.5" },
];

async function modelOf(target: string | string[]) {
  const table = await data.table(rows, { target, missing: ["?"] });
  const model = tableModel(await pipeline(table), { hidden: [5], seed: 3 });
  const { x, y } = await model.pipeline!.apply(table);
  await model.fit(x, y, { epochs: 3, batchSize: 8 });
  return { model, table };
}
let made: Awaited<ReturnType<typeof modelOf>>;
beforeAll(async () => {
  made = await modelOf("kind");
});

describe("raw rows at once", () => {
  test("give the answers of predict, bit for bit: an object, objects, a table", async () => {
    const { model, table } = made;
    const answers = await model.predict(asked);
    expect(model.predictSync(asked)).toEqual(answers);
    expect(model.predictSync(asked[0])).toEqual(answers[0]);
    expect(answers[0].kind).toMatchObject({ value: expect.stringMatching(/^[ab]$/) });
    expect(model.predictSync(table)).toEqual(await model.predict(table));
    const tensors = await model.pipeline!.inputs(asked);
    expect(model.predictSync(tensors)).toEqual(await model.predict(tensors));
  });

  test("of several targets, quantities among them, and from a file by wasmgrad/inference", async () => {
    const { model } = await modelOf(["kind", "price"]);
    const [{ price: _, ...first }] = asked;
    const answer = await model.predict(first);
    expect(Object.keys(answer).sort()).toEqual(["kind", "price"]);
    expect(model.predictSync(first)).toEqual(answer);
    const small = await loadForInference(model.toBytes());
    const slow = await small.predict([first]);
    expect(small.predictSync([first])).toEqual(slow);
    expect(small.predictSync(first)).toEqual(slow[0]);
  });

  test("what cannot be read is the error of predict", async () => {
    const { model } = made;
    const { size: _, ...short } = asked[0];
    for (const wrong of [short, [asked[1], { ...asked[0], size: "large" }], { ...asked[0], price: "3,5" }, []]) {
      const message = await model.predict(wrong as never).then(
        () => "",
        (error: Error) => `${error.name}: ${error.message}`,
      );
      expect(message).not.toBe("");
      let atOnce = "";
      try {
        model.predictSync(wrong as never);
      } catch (error) {
        atOnce = `${(error as Error).name}: ${(error as Error).message}`;
      }
      expect(atOnce.replace("predictSync", "predict")).toBe(message);
    }
  });

  test("before the first predict says what to await", async () => {
    const table = await data.table(rows, { target: "kind", missing: ["?"] });
    const fresh = tableModel(await pipeline(table), { hidden: [5] });
    expect(() => fresh.predictSync(asked)).toThrow("Await predict(x) once before");
    await fresh.predict(asked);
    expect(fresh.predictSync(asked)).toHaveLength(3);
  });
});
