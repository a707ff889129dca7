// What users of other libraries have reported of writing text, rebuilt in our words.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  DataError,
  generate,
  type GenerateOptions,
  input,
  layers,
  model,
  type Model,
  ops,
  tensor,
  type Tensor,
  text,
  type Tokenizer,
} from "../../src";
import { drawId, type Sampling } from "../../src/generation/sampling";
import { Writer } from "../../src/generation/writer";

const plain: Sampling = { temperature: 1, topK: undefined, topP: undefined, repetitionPenalty: 1 };
const none = new Set<number>();
/** The largest number below 1 that is drawn. */
const ALMOST_1 = 1 - 2 ** -53;

/** Which ids are drawn, by numbers spread over [0, 1) with both ends. */
const drawn = (scores: readonly number[], options: Partial<Sampling> = {}, areProbabilities = false, seen = none) => {
  const uniforms = [0, ALMOST_1, ...Array.from({ length: 997 }, (_, i) => (i + 0.5) / 997)];
  const ids = uniforms.map((uniform) => drawId(scores, areProbabilities, seen, { ...plain, ...options }, uniform));
  return [...new Set(ids)].sort((a, b) => a - b);
};

/** A model whose logits behind an id are that row of a table. */
const speaker = (table: number[][]): Model => {
  const x = input({ shape: [null], dtype: "int32" });
  return model({ inputs: x, outputs: ops.take(table, x, { axis: 0 }) }) as unknown as Model;
};

/** A model that says these ids in turn, each of which stands among them once. */
const sayer = (ids: readonly number[], size: number) => {
  const table = Array.from({ length: size }, (_, id) => {
    const next = ids[(ids.indexOf(id) + 1) % ids.length];
    return Array.from({ length: size }, (__, other) => Number(other === next));
  });
  return speaker(table);
};

const piecesOf = async (net: Model, options: GenerateOptions) => {
  const pieces: string[] = [];
  for await (const piece of generate(net, { temperature: 0, ...options })) pieces.push(piece);
  return pieces;
};

/** A tokenizer of words, as people write one: `decode` puts spaces between. */
const wordsOf = (words: readonly string[]): Tokenizer => ({
  vocabularySize: words.length,
  encode: (given) => given.split(" ").map((word) => words.indexOf(word)),
  decode: (ids) => Array.from(ids, (id) => words[id]).join(" "),
});

describe("a temperature near 0 takes the likeliest (vllm#1623, bark#270, litgpt#401)", () => {
  it.each([1e-4, 1e-12, 1e-300, Number.MIN_VALUE])("%d", (temperature) => {
    expect(drawn([2, 5, 4.99], { temperature })).toEqual([1]);
    // Of equal ones all.
    expect(drawn([5, 1, 5], { temperature })).toEqual([0, 2]);
    expect(drawn([0.2, 0.5, 0.3], { temperature }, true)).toEqual([1]);
  });

  it("a huge one makes all as likely", () => {
    const counts = [0, 0, 0];
    for (let i = 0; i < 300; i++) counts[drawId([9, -9, 0], false, none, { ...plain, temperature: 1e300 }, i / 300)]++;
    expect(counts).toEqual([100, 100, 100]);
  });
});

it("topK beyond the vocabulary keeps all (TransformerLens#1347, CTranslate2#586, mlx-lm#1377)", () => {
  for (const topK of [3, 4, 50, 2 ** 31]) expect(drawn([1, 2, 3], { topK })).toEqual([0, 1, 2]);
});

describe("topP keeps the id that crosses it (fish-speech#1171, C2C#21, esm#360)", () => {
  // The numbers of the reports; sums are exact in binary where a sum meets topP.
  it.each<[number[], number, number[]]>([
    [[0.5, 0.35, 0.1, 0.05], 0.9, [0, 1, 2]],
    [[0.5, 0.3, 0.15, 0.05], 0.6, [0, 1]],
    [[0.5, 0.3, 0.15, 0.05], 0.85, [0, 1, 2]],
    [[0.4, 0.3, 0.2, 0.1], 0.8, [0, 1, 2]],
    [[0.5, 0.25, 0.125, 0.125], 0.75, [0, 1]],
    [[0.5, 0.25, 0.125, 0.125], 0.875, [0, 1, 2]],
    [[0.25, 0.25, 0.25, 0.25], 0.5, [0, 1]],
    [[0.1, 0.2, 0.3, 0.4], 1e-9, [3]],
    [[0.1, 0.2, 0.3, 0.4], 1, [0, 1, 2, 3]],
  ])("%j, %d", (scores, topP, expected) => {
    expect(drawn(scores, { topP }, true)).toEqual(expected);
  });
});

describe("what is impossible is never drawn (pytorch#48841, #4858, #50034)", () => {
  it("whatever rounding leaves at the end", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (likely) => {
        fc.pre(likely.some((score) => score > 0));
        const scores = [0, ...likely, 0, 0];
        for (const uniform of [0, 0.5, ALMOST_1]) {
          for (const topP of [undefined, 0.9, 1]) {
            expect(scores[drawId(scores, true, none, { ...plain, topP }, uniform)]).toBeGreaterThan(0);
          }
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("be it a logit of −∞, which is how ids are ruled out", async () => {
    const no = Number.NEGATIVE_INFINITY;
    expect(drawn([no, 1, no, 1])).toEqual([1, 3]);
    expect(drawn([no, 1, no, 1], { temperature: 0 })).toEqual([1]);
    expect(drawn([3, no, 2], { topP: 1, topK: 3, repetitionPenalty: 2 }, false, new Set([0, 1]))).toEqual([0, 2]);
    // The logarithm of 0 in a model's own output.
    const x = input({ shape: [null], dtype: "int32" });
    const rows = [
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 0],
    ];
    const net = model({ inputs: x, outputs: ops.log(ops.take(rows, x, { axis: 0 })) }) as unknown as Model;
    const tokenizer = text.characters("abc");
    for (let seed = 0; seed < 5; seed++) {
      const written = (await piecesOf(net, { prompt: "a", maxTokens: 50, temperature: 1, seed, tokenizer })).join("");
      expect(written).toMatch(/^(bc?|c|a)+$/);
      expect(`a${written}`).not.toMatch(/aa|ac|ba|bb|cc/);
    }
  });

  it("and where nothing is left that is said", () => {
    const no = Number.NEGATIVE_INFINITY;
    for (const temperature of [0, 1]) {
      expect(() => drawId([no, no], false, none, { ...plain, temperature }, 0.5)).toThrow("no id can be drawn");
      expect(() => drawId([0, 0, 0], true, none, { ...plain, temperature }, 0.5)).toThrow(DataError);
    }
  });
});

it("repetition makes less likely, whatever the sign (transformers#2302, NeMo#8194)", () => {
  const share = (scores: number[], repetitionPenalty: number, id: number) => {
    let count = 0;
    for (let i = 0; i < 1000; i++) {
      const options = { ...plain, repetitionPenalty };
      if (drawId(scores, false, new Set([id]), options, (i + 0.5) / 1000) === id) count++;
    }
    return count / 1000;
  };
  for (const scores of [
    [2, 1, 0.5],
    [-2, -1, -1.5],
    [-1, 3, 0],
  ]) {
    for (const id of [0, 1]) {
      const weights = scores.map((score, i) => (i === id ? (score > 0 ? score / 1.5 : score * 1.5) : score));
      const total = weights.reduce((sum, weight) => sum + Math.exp(weight), 0);
      expect(share(scores, 1.5, id)).toBeCloseTo(Math.exp(weights[id]) / total, 2);
      expect(share(scores, 1.5, id)).toBeLessThan(share(scores, 1, id));
    }
  }
});

it("ids of the prompt count as said, and those written (NeMo#8194: the second step forgot)", async () => {
  // Whatever stands before, a is likeliest, then b, then c: with a penalty each is said once.
  const net = speaker(Array.from({ length: 4 }, () => [3, 2.9, 2.8, 2.7]));
  const tokenizer = text.characters("abcd");
  const options = { tokenizer, maxTokens: 4, repetitionPenalty: 2 };
  expect((await piecesOf(net, { ...options, prompt: "d" })).join("")).toBe("abca");
  expect((await piecesOf(net, { ...options, prompt: "bd" })).join("")).toBe("acaa");
  expect((await piecesOf(net, { ...options, prompt: "d", repetitionPenalty: 1 })).join("")).toBe("aaaa");
});

describe("a text that ends it", () => {
  const tokenizer = text.characters("abcdefgh🙂");
  const ids = (written: string) => [...tokenizer.encode(written)];

  it("leaks no beginning of itself, and holds nothing else back (SwiftLM#132, smg#2203)", async () => {
    const net = sayer(ids("abcdefgh"), 9);
    const options = { prompt: "h", maxTokens: 8, tokenizer };
    expect(await piecesOf(net, { ...options, stop: "def" })).toEqual(["a", "b", "c"]);
    expect(await piecesOf(net, { ...options, stop: "dex" })).toEqual(["a", "b", "c", "def", "g", "h"]);
    expect(await piecesOf(net, { ...options, stop: ["cdx", "efg", "bcd"] })).toEqual(["a"]);
    // At the end what was held back comes out.
    expect(await piecesOf(net, { ...options, stop: "ghi" })).toEqual(["a", "b", "c", "d", "e", "f", "gh"]);
    expect(await piecesOf(net, { ...options, stop: "a" })).toEqual([]);
  });

  it("cuts no character in two", async () => {
    const net = sayer(ids("a🙂bc"), 9);
    for (const stop of ["bz", "xyz", ["c", "🙂z"]]) {
      for (const piece of await piecesOf(net, { prompt: "c", maxTokens: 4, tokenizer, stop })) {
        expect(piece).not.toMatch(/\p{Surrogate}/u);
      }
    }
    expect((await piecesOf(net, { prompt: "c", maxTokens: 4, tokenizer, stop: "🙂b" })).join("")).toBe("a");
    const halves = { prompt: "c", tokenizer, stop: ["\ude42"] };
    expect(() => generate(net, halves)).toThrow("stop: half of a surrogate pair");
  });

  it("is found wherever ids are cut: any text, any stops", () => {
    const bytes: Tokenizer = {
      vocabularySize: 65536,
      encode: (given) => Array.from({ length: given.length }, (_, i) => given.charCodeAt(i)),
      decode: (codes) => Array.from(codes, (code) => String.fromCharCode(code)).join(""),
    };
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "🙂"), maxLength: 12 });
    fc.assert(
      fc.property(letters, fc.array(letters, { maxLength: 3 }), (whole, given) => {
        const stops = given.filter((stop) => stop !== "");
        // Ids are halves of surrogate pairs here.
        const writer = new Writer(bytes, stops, []);
        const pieces: string[] = [];
        for (const id of Array.from(bytes.encode(whole))) {
          if (writer.hasStopped) break;
          pieces.push(writer.add(id));
        }
        pieces.push(writer.end());
        const places = stops.map((stop) => whole.indexOf(stop)).filter((place) => place >= 0);
        // The one that is complete first ends it.
        const ends = stops.filter((stop) => whole.includes(stop)).map((stop) => whole.indexOf(stop) + stop.length);
        const until = whole.slice(0, Math.min(whole.length, ...ends));
        const starts = stops.map((stop) => until.indexOf(stop)).filter((place) => place >= 0);
        expect(pieces.join("")).toBe(places.length ? whole.slice(0, Math.min(...starts)) : whole);
        for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe("pieces together are the text of all ids", () => {
  it("of a tokenizer that puts spaces between words (sentencepiece#1043, tokenizers#1141, llama2.c#1)", async () => {
    const tokenizer = wordsOf(["the", "cat", "sat", "on", "mat", "."]);
    const net = sayer([0, 1, 2, 3, 4, 5], 6);
    const pieces = await piecesOf(net, { prompt: "the cat", maxTokens: 5, tokenizer });
    expect(pieces).toEqual([" sat", " on", " mat", " .", " the"]);
    expect((await piecesOf(net, { prompt: "on mat", maxTokens: 5, tokenizer, stop: "t s" })).join("")).toBe(
      " . the ca",
    );
  });

  it("and of one that joins what continues a word", async () => {
    const parts = ["play", "##ing", "##s", "he", "##ful"];
    const tokenizer: Tokenizer = {
      vocabularySize: 5,
      encode: (given) => [parts.indexOf(given)],
      decode: (ids) =>
        Array.from(ids, (id) => ` ${parts[id]}`)
          .join("")
          .replaceAll(" ##", "")
          .trim(),
    };
    const pieces = await piecesOf(sayer([3, 0, 4, 1, 2], 5), { prompt: "he", maxTokens: 5, tokenizer });
    expect(pieces.join("")).toBe(" playfulings he");
  });

  it("of bytes in any order: no character is lost or made twice (ferrox#124, tensai#110, llama3.java#5)", async () => {
    const bytes = await text.bytePairs("x", { vocabularySize: 256 });
    const parts = fc.constantFrom(0x41, 0xc3, 0xa9, 0xf0, 0x9f, 0x99, 0x82, 0xe2, 0x82, 0xac, 0xef, 0xbb, 0xbf, 0xff);
    const given = fc.array(fc.oneof(parts, fc.integer({ min: 0, max: 255 })), { maxLength: 40 });
    fc.assert(
      fc.property(given, (ids) => {
        const writer = new Writer(bytes, [], [0x78]);
        const written = ids.map((id) => writer.add(id)).join("") + writer.end();
        expect(written).toBe(bytes.decode(ids));
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it("a character comes out with its last byte, not later", async () => {
    const bytes = await text.bytePairs("x", { vocabularySize: 256 });
    const writer = new Writer(bytes, [], [0x78]);
    const pieces = Array.from(new TextEncoder().encode("é€🙂a"), (id) => writer.add(id));
    expect(pieces).toEqual(["", "é", "", "", "€", "", "", "", "🙂", "a"]);
  });
});

describe("a tokenizer of one's own that does not fit is an error before any step", () => {
  const net = sayer([0, 1, 2], 3);
  const words = wordsOf(["a", "b", "c"]);

  it.each<[string, Partial<Tokenizer>, string]>([
    ["an unknown word, −1", {}, "encoding the prompt: ids are whole numbers from 0 to 2, got -1 at 1"],
    ["an unknown word, undefined", { encode: () => [0, undefined as never] }, "got undefined at 1"],
    ["an id beyond the vocabulary", { encode: () => [3] }, "got 3 at 0"],
    ["half an id", { encode: () => [1.5] }, "got 1.5 at 0"],
    ["big integers", { encode: () => BigInt64Array.of(1n) as never }, "got 1n at 0"],
  ])("%s", (_, change, message) => {
    expect(() => generate(net, { prompt: "a z", tokenizer: { ...words, ...change } })).toThrow(DataError);
    expect(() => generate(net, { prompt: "a z", tokenizer: { ...words, ...change } })).toThrow(message);
  });

  it("what decodes to no text is one when it does", async () => {
    const wrong = { ...words, decode: () => undefined as never };
    await expect(generate(net, { prompt: "a", tokenizer: wrong }).next()).rejects.toThrow("must return a string");
  });
});

it("no tokens at all are refused rather than written for ever", () => {
  const options = { prompt: "a", tokenizer: text.characters("abc"), maxTokens: 0 };
  expect(() => generate(sayer([0, 1, 2], 3), options)).toThrow(ArgumentError);
  expect(() => generate(sayer([0, 1, 2], 3), { ...options, maxTokens: Infinity })).toThrow(
    "maxTokens must be an integer",
  );
});

describe("a prompt", () => {
  const size = 12;
  const tokenizer = text.characters("abcdefghijkl");

  const reader = (room?: number) => {
    const x = input({ shape: [null], dtype: "int32" });
    let y = layers.embedding({ inputDim: size, outputDim: 8, embeddingsInitializer: "randomNormal" }).apply(x);
    if (room) {
      y = layers.positionEmbedding({ sequenceLength: room }).apply(y);
      y = layers.multiHeadAttention({ numHeads: 2, keyDim: 4, useCausalMask: true }).apply(y) as never;
    } else y = layers.gru({ units: 8, returnSequences: true }).apply(y) as never;
    return model({ inputs: x, outputs: layers.dense({ units: size }).apply(y), seed: 4 }) as unknown as Model;
  };

  const letters = (length: number) => Array.from({ length }, (_, i) => tokenizer.characters[(i * i) % size]).join("");

  it.each([1, 63, 64, 65, 200])("of %i ids is read whole", async (length) => {
    for (const net of [reader(), reader(256)]) {
      const prompt = letters(length);
      const whole = (await net.predict(tensor(tokenizer.encode(prompt), [1, length]))) as Tensor;
      const scores = [...whole.data.slice(-size)];
      const [first] = await piecesOf(net, { prompt, maxTokens: 1, tokenizer });
      expect(first).toBe(tokenizer.decode([scores.indexOf(Math.max(...scores))]));
    }
  });

  it("longer than the room of the model is an error, as long as it is not (llama-cpp-python#331: no word came)", async () => {
    const net = reader(20);
    expect((await piecesOf(net, { prompt: letters(20), maxTokens: 3, tokenizer })).join("")).toHaveLength(3);
    const beyond = generate(net, { prompt: letters(21), maxTokens: 3, tokenizer }).next();
    await expect(beyond).rejects.toThrow("the prompt has 21 tokens, the model has room for 20");
  });

  it("a room of one step writes on, from the last id alone (ik_llama.cpp#694)", async () => {
    const net = reader(1);
    const written = (await piecesOf(net, { prompt: "c", maxTokens: 6, tokenizer })).join("");
    let all = "c";
    for (let i = 0; i < 6; i++) {
      const scores = [...((await net.predict(tensor(tokenizer.encode(all.at(-1)!), [1, 1]))) as Tensor).data];
      all += tokenizer.decode([scores.indexOf(Math.max(...scores))]);
    }
    expect(`c${written}`).toBe(all);
  });

  it("that is long can be stopped while it is read", async () => {
    const controller = new AbortController();
    const net = reader();
    const reading = generate(net, {
      prompt: letters(400_000),
      tokenizer,
      signal: controller.signal,
    }).next();
    setTimeout(() => controller.abort(new Error("enough")), 5);
    const start = performance.now();
    await expect(reading).rejects.toThrow("enough");
    const stopped = performance.now() - start;
    const whole = performance.now();
    await piecesOf(net, { prompt: letters(400_000), tokenizer, maxTokens: 1 });
    expect(stopped).toBeLessThan((performance.now() - whole) / 2);
  });
});

it("texts that are read side by side, or left in the middle, do not touch each other", async () => {
  const tokenizer = text.characters("abcdefgh");
  const x = input({ shape: [null], dtype: "int32" });
  const y = layers.embedding({ inputDim: 8, outputDim: 8, embeddingsInitializer: "randomNormal" }).apply(x);
  const outputs = layers.dense({ units: 8 }).apply(layers.gru({ units: 8, returnSequences: true }).apply(y));
  const net = model({ inputs: x, outputs, seed: 4 }) as unknown as Model;
  const options = (seed: number) => ({ prompt: "abc", maxTokens: 20, temperature: 1, seed, tokenizer });
  const alone = [await piecesOf(net, options(1)), await piecesOf(net, options(2))];
  for await (const _ of generate(net, options(3))) break;
  const both = [generate(net, options(1)), generate(net, options(2))];
  const together: string[][] = [[], []];
  for (let i = 0; i < 20; i++) {
    for (const which of [0, 1]) together[which].push((await both[which].next()).value as string);
  }
  expect(together).toEqual(alone);
});
