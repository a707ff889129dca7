import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors";
import { importModel } from "../../src/exchange/importModel";
import { readZip } from "../../src/formats/zip/directory";
import { encodeZip } from "../../src/formats/zip/encode";
import { bytesOf } from "./kerasFiles";

/** Imports, and fails unless that ends in a model or a typed error. */
async function endsWell(source: Parameters<typeof importModel>[0], what: () => string): Promise<void> {
  try {
    await importModel(source);
  } catch (error) {
    if (!(error instanceof FormatError)) throw new Error(`${what()}: ${(error as Error).stack}`);
  }
}

/** All ways into a value. */
const waysInto = (value: unknown, way: readonly string[] = []): (readonly string[])[] =>
  value !== null && typeof value === "object"
    ? [way, ...Object.entries(value).flatMap(([name, one]) => waysInto(one, [...way, name]))]
    : [way];

/** A copy with another value at the end of a way; undefined takes it out. */
function changed(json: unknown, way: readonly string[], value: unknown): unknown {
  const copy = structuredClone(json);
  let at = copy as Record<string, unknown>;
  for (const name of way.slice(0, -1)) at = at[name] as Record<string, unknown>;
  if (value === undefined) delete at[way[way.length - 1]];
  else at[way[way.length - 1]] = value;
  return copy;
}

const strange = fc.oneof(
  fc.constantFrom(undefined, null, true, -1, 0, 1, 2.5, 1e9, 1e300, "", "x", "Dense", "input"),
  fc.constantFrom([], {}, [1], [null], [[]], ["a", 0, 0], { class_name: "Dense", config: {} }, { class_name: 5 }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
);

describe("hostile models of Keras and TensorFlow.js", () => {
  it("with anything anywhere in their configuration end in a model or a typed error", async () => {
    const archives = ["keras/cnn_flatten_dense.keras", "keras/embedding_mask_lstm.keras", "keras/train_check.keras"];
    const all = archives.map((name) => {
      const entries = readZip(bytesOf(name), name);
      const config = JSON.parse(
        new TextDecoder().decode(entries.find((entry) => entry.name === "config.json")!.packed),
      );
      return { entries, config, ways: waysInto(config).slice(1) };
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), strange, async (which, place, value) => {
        const { entries, config, ways } = all[which];
        const way = ways[place % ways.length];
        const text = JSON.stringify(changed(config, way, value));
        const bytes = encodeZip(
          entries.map(({ name, packed }) => ({
            name,
            content: name === "config.json" ? new TextEncoder().encode(text) : packed,
          })),
        );
        await endsWell(bytes, () => `${way.join(".")} = ${JSON.stringify(value)}`);
      }),
      { numRuns: 600, seed: 18 },
    );
  });

  it("with anything anywhere in model.json end in a model or a typed error", async () => {
    const folder = "tfjs/h5_tfkeras2_nested_shared";
    const json = JSON.parse(new TextDecoder().decode(bytesOf(`${folder}/model.json`)));
    const weights = bytesOf(`${folder}/group1-shard1of1.bin`);
    const ways = waysInto(json).slice(1);
    await fc.assert(
      fc.asyncProperty(fc.nat(), strange, async (place, value) => {
        const way = ways[place % ways.length];
        const text = new TextEncoder().encode(JSON.stringify(changed(json, way, value)));
        await endsWell(
          { "model.json": text, "group1-shard1of1.bin": weights },
          () => `${way.join(".")} = ${JSON.stringify(value)}`,
        );
      }),
      { numRuns: 600, seed: 18 },
    );
  });

  it("that are cut or flipped end in a model or a typed error", async () => {
    const files = ["keras/train_check.keras", "h5/tfkeras2_nested_shared.h5"].map(bytesOf);
    const flip = fc.record({ at: fc.nat(), byte: fc.constantFrom(0, 1, 127, 255) });
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.nat(), fc.array(flip, { maxLength: 6 }), async (which, length, flips) => {
        const original = files[which];
        const bytes = original.slice(0, flips.length ? original.length : length % original.length);
        for (const { at, byte } of flips) if (bytes.length) bytes[at % bytes.length] = byte;
        await endsWell(bytes, () => `${which} ${length} ${JSON.stringify(flips)}`);
      }),
      { numRuns: 600, seed: 18 },
    );
  });

  it("of bytes that are no text end in a typed error", async () => {
    for (const rest of [[0xff, 0xfe, 0x22], [0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d], []]) {
      await expect(importModel(Uint8Array.from([0x7b, ...rest]))).rejects.toThrow(FormatError);
    }
  });

  it("that are nested without end are refused at once", async () => {
    const deep = `{"class_name":"Sequential","config":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    await expect(importModel({ "model.json": new TextEncoder().encode(deep) })).rejects.toThrow(
      /nested more than 256 deep/,
    );
    let config: object = { class_name: "Dense", config: { name: "d", units: 1 } };
    for (let i = 0; i < 40; i++) config = { class_name: "Sequential", config: { name: `s${i}`, layers: [config] } };
    const bytes = new TextEncoder().encode(
      JSON.stringify({ modelTopology: { model_config: config }, weightsManifest: [] }),
    );
    await expect(importModel({ "model.json": bytes })).rejects.toThrow(/its models are nested too deep/);
  });

  it("refuses weights that are pickled, and archives without configuration", async () => {
    const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));
    const pickled = encodeZip([
      { name: "config.json", content: text({ class_name: "Sequential", config: {} }) },
      { name: "model.weights.npz", content: new Uint8Array(4) },
    ]);
    await expect(importModel(pickled)).rejects.toThrow(/pickled \(model\.weights\.npz\), which can run code/);
    const bare = encodeZip([{ name: "config.json", content: text({}) }]);
    await expect(importModel(bare)).rejects.toThrow(/has no model\.weights\.h5, which every \.keras file has/);
  });
});
