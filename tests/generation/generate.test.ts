import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  DataError,
  data,
  FormatError,
  generate,
  type GenerateOptions,
  input,
  layers,
  loadModel,
  losses,
  model,
  type Model,
  ops,
  optimizers,
  StateError,
  type Tensor,
  tensor,
  text,
  type Tokenizer,
} from "../../src";
import { drawId } from "../../src/generation/sampling";

const corpus = "the cat sat on the mat; the dog sat on the log. ".repeat(8);
const tokenizer = text.characters(corpus);

const collect = async (pieces: AsyncIterable<string>) => {
  let all = "";
  for await (const piece of pieces) all += piece;
  return all;
};

/** A model of characters: with attention and room for 24, or a GRU without an end. */
function makeModel(kind: "attention" | "gru", ids = tokenizer.vocabularySize, activation = "linear"): Model {
  const x = input({ shape: [null], dtype: "int32" });
  let y = layers.embedding({ inputDim: ids, outputDim: 16 }).apply(x);
  if (kind === "attention") {
    y = layers.positionEmbedding({ sequenceLength: 24 }).apply(y);
    const attention = layers.multiHeadAttention({ numHeads: 2, keyDim: 8, useCausalMask: true });
    y = layers.add().apply([y, attention.apply(layers.layerNormalization().apply(y))]);
  } else y = layers.gru({ units: 24, returnSequences: true }).apply(y);
  const outputs = layers.dense({ units: ids, activation: activation as "linear" }).apply(y);
  const made = model({ inputs: x, outputs, seed: 3 });
  const loss = losses.sparseCategoricalCrossentropy({ fromLogits: activation === "linear" });
  made.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss, worker: false, threads: 1 });
  made.tokenizer = tokenizer;
  return made as unknown as Model;
}

async function train(made: Model): Promise<Model> {
  const ids = tokenizer.encode(corpus);
  await made.fit(data.tokens(ids, { contextLength: 24, stride: 5 }), { epochs: 12, batchSize: 16 });
  return made;
}

describe.each(["attention", "gru"] as const)("text of a model with %s", (kind) => {
  it("is what the whole sequence foretells, token by token", async () => {
    const made = await train(makeModel(kind));
    const prompt = "the cat ";
    const written = await collect(generate(made, { prompt, maxTokens: 12, temperature: 0 }));
    let seen = prompt;
    for (let i = 0; i < 12; i++) {
      const ids = tokenizer.encode(seen);
      const scores = (await made.predict(tensor(ids, [1, ids.length]))) as Tensor;
      const last = [...scores.data.slice(-tokenizer.vocabularySize)];
      seen += tokenizer.decode([last.indexOf(Math.max(...last))]);
    }
    expect(prompt + written).toBe(seen);
  });

  it("is the same for a seed, another for another, on every engine, and from a file", async () => {
    const made = makeModel(kind);
    const options: GenerateOptions = { prompt: "the ", maxTokens: 60, temperature: 0.9, topK: 9, topP: 0.95, seed: 5 };
    const written = await collect(generate(made, options));
    expect(written.length).toBe(60);
    expect(await collect(generate(made, options))).toBe(written);
    expect(await collect(generate(made, { ...options, seed: 6 }))).not.toBe(written);
    const again = await loadModel(await made.toBytes());
    expect(again.tokenizer).toEqual(tokenizer);
    expect(await collect(generate(again as unknown as Model, options))).toBe(written);
  });
});

it("goes on beyond the room of the model with the later half of what there was", async () => {
  const made = await train(makeModel("attention"));
  const prompt = "on the ";
  const written = await collect(generate(made, { prompt, maxTokens: 60, temperature: 0 }));
  expect(written).toHaveLength(60);
  // By hand: a window that is cut to 12 whenever it has 24.
  let all = prompt;
  let from = 0;
  for (let i = 0; i < 60; i++) {
    if (all.length - from > 24) from = all.length - 12;
    const ids = tokenizer.encode(all.slice(from));
    const scores = (await made.predict(tensor(ids, [1, ids.length]))) as Tensor;
    const last = [...scores.data.slice(-tokenizer.vocabularySize)];
    all += tokenizer.decode([last.indexOf(Math.max(...last))]);
  }
  expect(prompt + written).toBe(all);
});

it("probabilities and logits of one model write the same", async () => {
  const [logits, probabilities] = [makeModel("gru"), makeModel("gru", tokenizer.vocabularySize, "softmax")];
  await probabilities.setWeights(await logits.getWeights());
  const options = { prompt: "dog", maxTokens: 30, temperature: 0.7, seed: 2 };
  expect(await collect(generate(probabilities, options))).toBe(await collect(generate(logits, options)));
});

describe("the end", () => {
  it("stands in front of a text that ends it, however that is cut into tokens", async () => {
    const made = await train(makeModel("gru"));
    const options = { prompt: "the cat ", maxTokens: 40, temperature: 0 };
    const whole = await collect(generate(made, options));
    for (const stop of [whole.slice(3, 7), [whole.slice(9, 12), whole.slice(5, 9)], "#", [whole[0]]]) {
      const stops = [stop].flat();
      const places = stops.map((each) => whole.indexOf(each)).filter((place) => place >= 0);
      const expected = places.length ? whole.slice(0, Math.min(...places)) : whole;
      expect(await collect(generate(made, { ...options, stop }))).toBe(expected);
    }
  });

  it("comes by a signal, which throws its reason, also while it is read", async () => {
    const made = makeModel("gru");
    const controller = new AbortController();
    const reason = new Error("enough");
    let pieces = 0;
    const reading = (async () => {
      for await (const _ of generate(made, { prompt: "a", maxTokens: 1000, signal: controller.signal })) {
        if (++pieces === 5) controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(pieces).toBe(5);
    const aborted = generate(made, { prompt: "a", signal: AbortSignal.abort(reason) });
    await expect(aborted.next()).rejects.toBe(reason);
  });
});

it("bytes of a character are kept back until it is whole", async () => {
  // A model that says these bytes in turn.
  const wanted = [...new TextEncoder().encode("xé🙂")];
  const table = Array.from({ length: 256 }, (_, id) => {
    const next = wanted[(wanted.indexOf(id) + 1) % wanted.length];
    return Array.from({ length: 256 }, (__, other) => Number(other === next));
  });
  const x = input({ shape: [null], dtype: "int32" });
  const speaker = model({ inputs: x, outputs: ops.take(table, x, { axis: 0 }) }) as unknown as Model;
  const tokenizer = await text.bytePairs("x", { vocabularySize: 256 });
  const pieces: string[] = [];
  for await (const piece of generate(speaker, { prompt: "x", maxTokens: 10, temperature: 0, tokenizer }))
    pieces.push(piece);
  // At the end stands what is there of the last one.
  expect(pieces).toEqual(["é", "🙂", "x", "é", "\ufffd"]);
});

it("pieces together are the text of all ids, also of bytes that are no characters", async () => {
  const bytes = await text.bytePairs("x", { vocabularySize: 256 });
  const net = makeModel("gru", 256);
  for (let seed = 0; seed < 6; seed++) {
    // Bytes at random: parts of characters, beginnings without an end, ends without a beginning.
    const options = { prompt: "x", maxTokens: 400, temperature: 50, seed };
    const written = await collect(generate(net, { ...options, tokenizer: bytes }));
    const ids = await idsOf(net, options, bytes);
    expect(ids).toHaveLength(400);
    expect(written).toBe(bytes.decode(ids));
  }
});

/** The ids that a text is made of, by a tokenizer whose text is the ids themselves. */
async function idsOf(net: Model, options: GenerateOptions, bytes: Tokenizer): Promise<number[]> {
  const plain: Tokenizer = {
    vocabularySize: 256,
    encode: (given) => bytes.encode(given),
    decode: (ids) => Array.from(ids, (id) => `${id},`).join(""),
  };
  const all = await collect(generate(net, { ...options, tokenizer: plain }));
  return all.split(",").slice(0, -1).map(Number);
}

describe("what is drawn", () => {
  const scores = [1, 3, 2, 3, -1];
  const plain = { temperature: 1, topK: undefined, topP: undefined, repetitionPenalty: 1 };
  const none = new Set<number>();

  it("has the probabilities of a softmax with a temperature", () => {
    for (const temperature of [0.5, 1, 2]) {
      const weights = scores.map((score) => Math.exp(score / temperature));
      const total = weights.reduce((a, b) => a + b);
      const counts = scores.map(() => 0);
      const draws = 20_000;
      for (let i = 0; i < draws; i++)
        counts[drawId(scores, false, none, { ...plain, temperature }, (i + 0.5) / draws)]++;
      counts.forEach((count, id) => {
        expect(Math.abs(count / draws - weights[id] / total)).toBeLessThan(2 / draws + 1e-12);
      });
    }
  });

  const drawn = (options: object, given: ArrayLike<number> = scores, areProbabilities = false, seen = none) =>
    [
      ...new Set(
        Array.from({ length: 999 }, (_, i) => drawId(given, areProbabilities, seen, { ...plain, ...options }, i / 999)),
      ),
    ].sort();

  it("is cut by topK, then by topP; of equal scores the smaller id is first", () => {
    expect(drawn({ topK: 1 })).toEqual([1]);
    expect(drawn({ topK: 2 })).toEqual([1, 3]);
    expect(drawn({ topK: 99 })).toEqual([0, 1, 2, 3, 4]);
    // Probabilities: 0.0537, 0.3966, 0.1459, 0.3966, 0.0073.
    expect(drawn({ topP: 0.39 })).toEqual([1]);
    expect(drawn({ topP: 0.42 })).toEqual([1, 3]);
    expect(drawn({ topP: 0.8 })).toEqual([1, 2, 3]);
    expect(drawn({ topP: 1 })).toEqual([0, 1, 2, 3, 4]);
    expect(drawn({ topK: 3, topP: 0.86 })).toEqual([1, 2, 3]);
    expect(drawn({ temperature: 0 })).toEqual([1]);
  });

  it("knows probabilities, of which 0 is never drawn, and pushes down what was there", () => {
    expect(drawn({}, [0, 0.5, 0, 0.5], true)).toEqual([1, 3]);
    expect(drawn({ temperature: 0, repetitionPenalty: 2 }, scores, false, new Set([1]))).toEqual([3]);
    expect(drawn({ temperature: 0, repetitionPenalty: 2 }, [-1, -3, -1.5], false, new Set([0]))).toEqual([2]);
    expect(drawn({ temperature: 0, repetitionPenalty: 9 }, [0.6, 0.4], true, new Set([0]))).toEqual([1]);
  });

  it("refuses scores that are not finite", () => {
    expect(() => drawId([1, Number.NaN], false, none, plain, 0.5)).toThrow("generate: the score of id 1 is NaN");
    expect(() => drawId([1, Number.POSITIVE_INFINITY], false, none, plain, 0.5)).toThrow(DataError);
  });
});

describe("before any step", () => {
  const made = makeModel("attention");

  it.each<[string, object, string]>([
    ["an empty prompt", { prompt: "" }, "prompt must be a text that is not empty"],
    ["no prompt", {}, "prompt must be a text"],
    ["a temperature below 0", { prompt: "a", temperature: -1 }, "temperature must be a finite number ≥ 0"],
    ["topK 0", { prompt: "a", topK: 0 }, "topK must be an integer"],
    ["topP 0", { prompt: "a", topP: 0 }, "topP must be a finite number"],
    ["an empty stop", { prompt: "a", stop: [""] }, "stop must be a text"],
    ["a misspelt option", { prompt: "a", maxToken: 3 }, 'Did you mean "maxTokens"'],
    ["a seed below 0", { prompt: "a", seed: -1 }, "seed must be an integer"],
    ["no tokenizer at all", { prompt: "a", tokenizer: {} }, "the model has no tokenizer"],
  ])("is refused at the call: %s", (_, options, message) => {
    expect(() => generate(made, options as GenerateOptions)).toThrow(ArgumentError);
    expect(() => generate(made, options as GenerateOptions)).toThrow(message);
  });

  it("unknown characters, long prompts and models that do not fit are typed errors", async () => {
    expect(() => generate(made, { prompt: "Zebra" })).toThrow(DataError);
    await expect(generate(made, { prompt: "the ".repeat(7) }).next()).rejects.toThrow(
      "the prompt has 28 tokens, the model has room for 24",
    );
    const other = text.characters("abc");
    await expect(generate(made, { prompt: "a", tokenizer: other }).next()).rejects.toThrow(
      `the model puts out scores of ${tokenizer.vocabularySize} ids, the tokenizer has 3`,
    );
    const x = input({ shape: [null], dtype: "int32" });
    const mean = layers.globalAveragePooling1d().apply(layers.embedding({ inputDim: 9, outputDim: 4 }).apply(x));
    const classifier = model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(mean) }) as unknown as Model;
    const looks = generate(classifier, { prompt: "a", tokenizer }).next();
    await expect(looks).rejects.toThrow("globalAveragePooling1d looks into the future");
    expect(() => generate(undefined as never, { prompt: "a", tokenizer })).toThrow("expects a model");
  });
});

describe("tokenizers in files", () => {
  it("are kept, byte pairs, too; those of one's own are refused rather than dropped", async () => {
    const made = makeModel("gru");
    const pairs = await text.bytePairs(corpus, { vocabularySize: 270 });
    made.tokenizer = pairs;
    const again = await loadModel(await made.toBytes());
    expect(again.tokenizer!.encode("the cat é🙂")).toEqual(pairs.encode("the cat é🙂"));
    const { encode, decode, vocabularySize } = tokenizer;
    made.tokenizer = {
      vocabularySize,
      encode: (t) => encode.call(tokenizer, t),
      decode: (i) => decode.call(tokenizer, i),
    };
    expect(() => made.toBytes()).toThrow(StateError);
    made.tokenizer = undefined;
    expect((await loadModel(await made.toBytes())).tokenizer).toBeUndefined();
    expect(() => {
      made.tokenizer = { encode() {} } as never;
    }).toThrow(ArgumentError);
  });

  const rewrite = async (change: (tokenizer: Record<string, unknown>) => unknown) => {
    const made = makeModel("gru");
    made.tokenizer = await text.bytePairs(corpus, { vocabularySize: 262 });
    const bytes = await made.toBytes();
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
    const description = JSON.parse(header.__metadata__.wasmgrad);
    description.tokenizer = change(description.tokenizer);
    header.__metadata__.wasmgrad = JSON.stringify(description);
    const written = new TextEncoder().encode(JSON.stringify(header));
    const padded = new Uint8Array(Math.ceil(written.length / 8) * 8).fill(32);
    padded.set(written);
    const file = new Uint8Array(8 + padded.length + bytes.length - 8 - size);
    new DataView(file.buffer).setUint32(0, padded.length, true);
    file.set(padded, 8);
    file.set(bytes.subarray(8 + size), 8 + padded.length);
    return loadModel(file);
  };

  it.each<[string, (described: Record<string, unknown>) => unknown]>([
    ["another kind", () => ({ name: "words", words: [] })],
    ["no object", () => 7],
    ["pairs of what is not there yet", () => ({ name: "bytePairs", merges: [[0, 256]] })],
    ["a pair of three", () => ({ name: "bytePairs", merges: [[0, 1, 2]] })],
    ["half a pair", () => ({ name: "bytePairs", merges: [[0]] })],
    [
      "a pair twice",
      () => ({
        name: "bytePairs",
        merges: [
          [0, 1],
          [0, 1],
        ],
      }),
    ],
    [
      "words of petabytes",
      () => ({ name: "bytePairs", merges: Array.from({ length: 60 }, (_, i) => (i ? [255 + i, 255 + i] : [0, 0])) }),
    ],
    ["no characters", () => ({ name: "characters", characters: "" })],
    ["characters twice", () => ({ name: "characters", characters: "aab" })],
    ["a member more", (described) => ({ ...described, extra: 1 })],
  ])("that are none are a FormatError: %s", async (_, change) => {
    await expect(rewrite(change)).rejects.toThrow(FormatError);
  });

  it("that are well are read", async () => {
    const made = await rewrite((described) => described);
    expect(made.tokenizer!.vocabularySize).toBe(262);
  });
});
