import { describe, expect, it } from "vitest";
import { input, layers, model, type Model, ops } from "../../src/index";
import { exportModel } from "../../src/exchange/exportModel";
import { allCases, inputsOf, nets, predictAll, recurrents, withWeights } from "./exportCases";
import { distance } from "./peers";

/** The function of an exported module, which is imported as it would be from a file. */
async function importText(text: string): Promise<(...given: unknown[]) => Float32Array | Float32Array[]> {
  const url = `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`;
  return (await import(/* @vite-ignore */ url)).predict;
}

async function compare(made: Model, inputs: ReturnType<typeof inputsOf>): Promise<void> {
  const wanted = await predictAll(made, inputs);
  const predict = await importText(await exportModel(made as never, "javascript"));
  const data = inputs.map((x) => x.data);
  const found = [predict(data.length === 1 ? data[0] : data, inputs[0].shape[0])].flat();
  expect(found.length).toBe(wanted.length);
  for (const [i, output] of wanted.entries()) {
    expect(distance({ shape: output.shape, data: found[i] }, output)).toBeLessThan(1e-6);
  }
}

describe("a module of JavaScript", () => {
  for (const each of allCases) {
    it(`gives what predict gives: ${each.name}`, async () =>
      compare(await withWeights(each.make()), inputsOf(each, 3)));
  }

  it("takes nested arrays, of one sample or of several", async () => {
    const made = await withWeights(nets[0].make());
    const predict = await importText(await exportModel(made as never, "javascript"));
    const [x] = inputsOf(nets[0], 1);
    const nested = Array.from({ length: 12 }, (_, i) => Array.from({ length: 12 }, (_, j) => [x.data[12 * i + j]]));
    expect(predict(nested)).toEqual(predict(x.data));
    expect((predict([nested, nested]) as Float32Array).length).toBe(20);
  });

  it("refuses what is no whole number of samples", async () => {
    const predict = await importText(await exportModel(nets[0].make() as never, "javascript"));
    expect(() => predict(new Float32Array(145))).toThrow(/input_0: expects \[n, 12, 12, 1\], got 145 numbers/);
    expect(() => predict([])).toThrow(RangeError);
  });

  it("has masks", async () => {
    for (const layer of [layers.lstm, layers.gru, layers.simpleRNN] as (typeof layers.lstm)[]) {
      const x = input({ shape: [5, 2] });
      const masked = layers.masking({ maskValue: 0 }).apply(x);
      const y = layer({ units: 3, returnSequences: true }).apply(masked) as never;
      const made = await withWeights(model({ inputs: x, outputs: y }) as unknown as Model);
      const [given] = inputsOf({ ...recurrents[0], shapes: [[5, 2]] }, 2);
      (given.data as Float32Array).fill(0, 4, 8);
      await compare(made, [given]);
    }
  });

  it("needs nothing else and evaluates nothing: no import, no eval", async () => {
    const text = await exportModel(nets[0].make() as never, "javascript");
    expect(text.replace(/"[A-Za-z0-9+/=]*"/, "")).not.toMatch(/\b(import|require|eval|Function|process)\b/);
  });

  it("keeps names out of its code", async () => {
    const x = input({ shape: [2], name: 'a*/b";\n' });
    const y = layers.dense({ units: 1, name: "a*b`$c" }).apply(x);
    const predict = await importText(await exportModel(model({ inputs: x, outputs: y }) as never, "javascript"));
    expect((predict([1, 2]) as Float32Array).length).toBe(1);
  });
});

it("What is not written in JavaScript is named in one error", async () => {
  const x = input({ shape: [4] });
  const noise = layers.lambda((node) => ops.add(node, ops.randomUniform([4])), { name: "noise" } as never).apply(x);
  const made = model({ inputs: x, outputs: noise });
  await expect(exportModel(made as never, "javascript")).rejects.toThrow(/randomUniform/);
});
