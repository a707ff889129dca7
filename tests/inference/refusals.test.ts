// R2: what wasmgrad refuses to load is refused by wasmgrad/inference, too, and what both load they predict alike.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, layers, loadModel as loadWhole, type Model, sequential, WasmgradError } from "../../src";
import { readChain } from "../../src/inference/chain";
import { loadModel } from "../../src/inference/index";
import { fileOf, headerOf } from "../formats/safetensorsFile";
import { type Description, descriptionOf, withDescription, withHeader, withText } from "../model/modelFile";

const model = sequential({
  seed: 4,
  layers: [
    layers.dense({ units: 3, activation: "tanh", inputShape: [2], kernelInitializer: "heNormal" }),
    layers.dropout({ rate: 0.25, seed: 5 }),
    layers.relu({ name: "rectified" }),
    layers.dense({ units: 2, kernelRegularizer: "l2" }),
    layers.softmax(),
  ],
});
const file = model.toBytes();
const dataOf = (bytes: Uint8Array) => bytes.subarray(8 + Buffer.byteLength(headerOf(bytes)));
const x = [
  [1, -2],
  [0.5, 3],
];
const quiet = { onWarning: () => {} };

/** The file with the text of its header changed, before its length is written. */
const withHeaderText = (change: (text: string) => string) => fileOf(change(headerOf(file)), dataOf(file));
/** One tensor of the header. */
const tensor = (name: string, change: (entry: Description) => void) =>
  withHeader(file, (header) => change(header[name]));

const cases: Record<string, Uint8Array> = {
  "overlapping offsets": tensor("dense_1/bias", (entry) => {
    entry.data_offsets = entry.data_offsets.map((offset: number) => offset - 4);
  }),
  "the same bytes for two tensors": withHeader(file, (header) => {
    header["dense/bias"].data_offsets = [0, 12];
    header["dense/kernel"].data_offsets = [0, 24];
  }),
  "fractional offsets": withHeaderText((text) => text.replace('"data_offsets":[0,12]', '"data_offsets":[0.0,12]')),
  "fractional offsets, of the same bytes": withHeaderText((text) =>
    text.replace('"data_offsets":[0,12]', '"data_offsets":[0,12.5]'),
  ),
  "a header of 2³² + n bytes": fileOf(headerOf(file), dataOf(file), 2 ** 32 + Buffer.byteLength(headerOf(file))),
  "a tensor twice": withHeaderText((text) =>
    text.replace('"dense/bias":', '"dense/bias":{"dtype":"F32","shape":[3],"data_offsets":[12,24]},"dense/bias":'),
  ),
  "a member twice": withHeaderText((text) => text.replace('"shape":[3]', '"shape":[4],"shape":[3]')),
  "an option twice": withText(file, JSON.stringify(descriptionOf(file)).replace('"units":3', '"units":4,"units":3')),
  "a hole": fileOf(headerOf(file).replaceAll("24]", "25]").replaceAll("[24", "[25"), [...dataOf(file), 0]),
  "trailing bytes": fileOf(headerOf(file), [...dataOf(file), 0, 0, 0, 0]),
  "a byte too few": file.subarray(0, file.length - 1),
  "a byte order mark": withHeaderText((text) => `\ufeff${text}`),
  "shapes as text": tensor("dense/bias", (entry) => {
    entry.shape = ["3"];
  }),
  "a shape of lists": tensor("dense/bias", (entry) => {
    entry.shape = [[3]];
  }),
  "negative sizes": withHeader(file, (header) => {
    header["dense/kernel"].shape = [-2, -3];
  }),
  "the shape of an input as text": withDescription(file, (d) => {
    d.inputs[0].shape = ["2"];
  }),
  "units as text": withDescription(file, (d) => {
    d.layers[0].options.units = "3";
  }),
  "an unknown member": withDescription(file, (d) => {
    d.layers[0].extra = 1;
  }),
  "an unknown option": withDescription(file, (d) => {
    d.layers[1].options.rates = 1;
  }),
  "a rate out of range": withDescription(file, (d) => {
    d.layers[1].options.rate = 1.5;
  }),
  "an unknown initializer": withDescription(file, (d) => {
    d.layers[0].options.kernelInitializer = "heNormalised";
  }),
  "an unknown regularizer": withDescription(file, (d) => {
    d.layers[3].options.kernelRegularizer = "l3";
  }),
  "a seed that is none": withDescription(file, (d) => {
    d.seed = -1;
  }),
  "a name with a space": withDescription(file, (d) => {
    d.layers[2].options.name = "recti fied";
  }),
  "two layers of one name": withDescription(file, (d) => {
    d.layers[3].options.name = "rectified";
  }),
  "another version": withDescription(file, (d) => {
    d.version = 2;
  }),
  "metadata that is no text": withHeader(file, (header) => {
    header.__metadata__.other = 5;
  }),
  "a name of half a character": withHeader(file, (header) => {
    header.__metadata__["\ud800"] = "";
  }),
  "an integer kernel": tensor("dense/kernel", (entry) => {
    entry.dtype = "I32";
  }),
  "a kernel of another shape": tensor("dense/kernel", (entry) => entry.shape.reverse()),
  "a node that is used twice": withDescription(file, (d) => {
    d.nodes[2].inputs = [1];
  }),
};

describe("a file that wasmgrad refuses", () => {
  it.each(Object.keys(cases))("%s", async (name) => {
    const whole = await loadWhole(cases[name], quiet).catch((error: unknown) => error);
    const small = await loadModel(cases[name], quiet).catch((error: unknown) => error);
    expect(whole).toBeInstanceOf(FormatError);
    expect(small).toBeInstanceOf(FormatError);
    expect((small as Error).message).toBe((whole as Error).message);
  });

  it("is the odd one: the file itself is read by little code", () => {
    expect(readChain(file)).toBeDefined();
  });
});

/** Loads by both entries: both refuse, or both give the same numbers. Tells whether little code has read it. */
async function compare(bytes: Uint8Array): Promise<"refused" | "little" | "whole"> {
  let isLittle = false;
  try {
    isLittle = readChain(bytes) !== undefined;
  } catch {
    // Whoever throws hands over to the reader of all files.
  }
  const attempt = (load: () => Promise<unknown>) => load().catch((error: unknown) => error);
  const whole = await attempt(() => loadWhole(bytes, quiet));
  const small = await attempt(() => loadModel(bytes, quiet));
  if (whole instanceof Error) {
    expect(whole).toBeInstanceOf(WasmgradError);
    expect(small).toBeInstanceOf(WasmgradError);
    return "refused";
  }
  const { inputs, predict } = small as Awaited<ReturnType<typeof loadModel>>;
  expect(predict).toBeTypeOf("function");
  if (inputs.length === 1 && String(inputs[0].shape) === "2") {
    const expected = await (whole as Model).predict(x);
    expect(await (small as Awaited<ReturnType<typeof loadModel>>).predict(x)).toEqual(expected);
  }
  return isLittle ? "little" : "whole";
}

describe("a file that is changed at random", () => {
  const fraction = fc.nat(65535).map((part) => part / 65536);
  const token = fc.constantFrom(
    ...' |0|1|2|3|-|.5|e0|"|\\u0061|[|]|{|}|,|:|null|true|"relu"|"tanh"|"name":"a",|"seed":1,|\ud800'.split("|"),
  );
  const edits = fc.array(fc.tuple(fraction, fc.nat(3), token), { minLength: 1, maxLength: 2 });
  const edit = (text: string, list: readonly [number, number, string][]) =>
    list.reduce((edited, [at, removed, inserted]) => {
      const position = Math.floor(at * edited.length);
      return edited.slice(0, position) + inserted + edited.slice(position + removed);
    }, text);
  const seen = { refused: 0, little: 0, whole: 0 };

  it("is refused by both entries or predicts the same by both", async () => {
    await fc.assert(
      fc.asyncProperty(edits, fc.boolean(), async (list, isOfHeader) => {
        const changed = isOfHeader
          ? fileOf(edit(headerOf(file), list), dataOf(file))
          : withText(file, edit(JSON.stringify(descriptionOf(file)), list));
        seen[await compare(changed)]++;
      }),
      { seed: 20240611, numRuns: 600 },
    );
    expect(seen.refused).toBeGreaterThan(200);
    expect(seen.little).toBeGreaterThan(3);
  });

  it("whatever value of it is another", async () => {
    const paths: (string | number)[][] = [];
    const visit = (value: unknown, path: (string | number)[]) => {
      if (path.length) paths.push(path);
      if (value === null || typeof value !== "object") return;
      for (const key of Object.keys(value)) visit((value as Description)[key], [...path, key]);
    };
    visit(descriptionOf(file), []);
    const values = [
      null,
      true,
      false,
      0,
      -1,
      1,
      2,
      3,
      0.5,
      2 ** 33,
      1e300,
      "",
      "a",
      "relu",
      "l2",
      [],
      [2],
      {},
      undefined,
    ];
    const counts = { refused: 0, little: 0, whole: 0 };
    for (const path of paths) {
      for (const value of values) {
        const changed = withDescription(file, (description) => {
          const owner = path.slice(0, -1).reduce((at: Description, key) => at[key], description);
          owner[path.at(-1)!] = value;
        });
        counts[await compare(changed)]++;
      }
    }
    expect(counts.refused).toBeGreaterThan(500);
    expect(counts.little).toBeGreaterThan(5);
    expect(counts.whole).toBeGreaterThan(20);
  });
});
