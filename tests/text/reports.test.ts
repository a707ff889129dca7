// What users of other libraries have reported of tokenizers, rebuilt in our words.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, DataError, data, text } from "../../src";

const corpus = "The cat sat on the mat, and the dog on the log; nobody knows why. Ça va? 42 times 17 is 714.\n".repeat(
  4,
);
/** Texts that are hard on tokenizers: any code points that are no halves of pairs, those that look alike, controls, joined signs. */
const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: "binary" }).map((given) => given.replace(/\p{Surrogate}/gu, "")),
    fc.constantFrom(
      ...[
        "\ufeff",
        "\u0000",
        "\r\n",
        " \t ",
        "\u00a0",
        "\u200b",
        "\u200d",
        "\u2028",
        "\u0301",
        "e\u0301",
        "é",
        "ﬁ",
        "Å",
        "Å",
      ],
      ...[
        "🙂",
        "👩‍👩‍👧",
        "🇩🇪",
        "\ufffd",
        "\uffff",
        "\u{10ffff}",
        "ſ",
        "ẞ",
        "İ",
        "٣",
        "½",
        "##",
        "</s>",
        "<|endoftext|>",
        "Ġ",
        "▁",
      ],
    ),
  ),
  { maxLength: 12 },
);
const written = hostile.map((parts) => parts.join(""));

describe("decode(encode(text)) is the text", () => {
  it("of byte pairs, whatever it learned from (sentencepiece#185, tokenizers#563, transformers#5738)", async () => {
    const all = [
      await text.bytePairs(corpus, { vocabularySize: 340 }),
      await text.bytePairs("🙂é", { vocabularySize: 300 }),
    ];
    fc.assert(
      fc.property(written, (given) => {
        for (const tokenizer of all) expect(tokenizer.decode(tokenizer.encode(given))).toBe(given);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("of byte pairs learned from just such texts, of which they know every pair", async () => {
    await fc.assert(
      fc.asyncProperty(written, written, async (source, other) => {
        const tokenizer = await text.bytePairs(`${source}${source}x`, { vocabularySize: 400 });
        for (const given of [source, other, source + other]) {
          expect(tokenizer.decode(tokenizer.encode(given))).toBe(given);
        }
      }),
      { seed: 2, numRuns: 30 },
    );
  });

  it("of characters, where the corpus has them", () => {
    fc.assert(
      fc.property(written, written, (source, other) => {
        const tokenizer = text.characters(`${source}${other}x`);
        expect(tokenizer.decode(tokenizer.encode(source))).toBe(source);
        expect(tokenizer.encode(source)).toHaveLength([...source].length);
        expect(tokenizer.vocabularySize).toBe(new Set(`${source}${other}x`).size);
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

it("what looks alike is not the same: nothing is normalised (anthropic-tokenizer#2, transformers#5738)", async () => {
  const pairs = await text.bytePairs(corpus, { vocabularySize: 340 });
  for (const [one, other] of [
    ["é", "e\u0301"],
    ["ﬁ", "fi"],
    ["Å", "\u212b"],
    ["a b", "a\u00a0b"],
    ["The", "the"],
  ]) {
    expect(pairs.encode(one)).not.toEqual(pairs.encode(other));
    const characters = text.characters(one + other);
    expect(characters.encode(one)).not.toEqual(characters.encode(other));
  }
  expect(() => text.characters("café").encode("cafe\u0301")).toThrow('"e" (U+0065) at position 3');
});

it("bytes that no corpus had are written by themselves (tokenizers#751)", async () => {
  const pairs = await text.bytePairs("aaaa", { vocabularySize: 257 });
  expect([...pairs.encode("ænə")]).toEqual([...new TextEncoder().encode("ænə")]);
  for (let byte = 0; byte < 128; byte++) expect([...pairs.encode(String.fromCharCode(byte))]).toEqual([byte]);
});

it("an empty text is no ids, and no ids are an empty text", async () => {
  for (const tokenizer of [text.characters("ab"), await text.bytePairs("abab", { vocabularySize: 257 })]) {
    expect(tokenizer.encode("")).toEqual(new Int32Array());
    expect(await tokenizer.encodeAsync("")).toEqual(new Int32Array());
    expect(tokenizer.decode([])).toBe("");
  }
});

it("half of a pair of surrogates is an error that names its place (tiktoken#82, #541, transformers#8886)", async () => {
  const all = [text.characters("ab🙂 "), await text.bytePairs("ab 🙂", { vocabularySize: 256 })];
  for (const tokenizer of all) {
    for (const [given, place] of [
      ["\udbc0", 0],
      ["a b\ud83d", 3],
      ["🙂\ude42b", 2],
      ["a\ud83d🙂", 1],
      [`${"ab ".repeat(30_000)}\ud800`, 90_000],
    ] as const) {
      const message = `stands alone at position ${place}`;
      expect(() => tokenizer.encode(given)).toThrow(message);
      await expect(tokenizer.encodeAsync(given)).rejects.toThrow(message);
      // Also where whole ones have been met.
      tokenizer.encode("a🙂b");
      expect(() => tokenizer.encode(given)).toThrow(DataError);
    }
    await expect(tokenizer.encodeAsync(7 as never)).rejects.toThrow(ArgumentError);
  }
});

describe("text without white space", () => {
  // A file in one line, DNA, Chinese: words of any length.
  it.each<[string, string]>([
    ["DNA (tokenizers#1313)", Array.from({ length: 20_000 }, (_, i) => "ACGT"[(i * i + (i >> 3)) % 4]).join("")],
    ["a file in one line (tokenizers#497)", JSON.stringify(Array.from({ length: 2000 }, (_, i) => `key${i % 97}`))],
    ["one letter (tokenizers#814)", "z".repeat(20_000)],
    ["no letters", "=-".repeat(10_000)],
    [
      "Chinese (tokenizers#165)",
      Array.from({ length: 20_000 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7) % 300))).join(""),
    ],
  ])("is learned and encoded in a moment: %s", async (_, corpus) => {
    const start = performance.now();
    const tokenizer = await text.bytePairs(corpus, { vocabularySize: 600 });
    const ids = tokenizer.encode(corpus);
    expect(tokenizer.decode(ids)).toBe(corpus);
    expect(ids.length).toBeLessThan(new TextEncoder().encode(corpus).length / 2);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

it("pairs are joined in the order they were learned in, not the longest first", async () => {
  // Of "abc" the pair bc is learned first, so that ab is not there to be joined: a + bc.
  const tokenizer = await text.bytePairs("bc\nbc\nbc\nab\nab", { vocabularySize: 260 });
  const [a, b, c] = [97, 98, 99];
  const first = tokenizer.merges.findIndex(([left, right]) => left === b && right === c);
  const second = tokenizer.merges.findIndex(([left, right]) => left === a && right === b);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(second).toBeGreaterThan(first);
  expect([...tokenizer.encode("abc")]).toEqual([a, 256 + first]);
});

describe("texts of megabytes", () => {
  /** How often the event loop ran while a promise was not done, and what came of it. */
  const ticksDuring = async <T>(promise: Promise<T>): Promise<[number, T]> => {
    let ticks = 0;
    let goesOn = true;
    const tick = () => {
      ticks++;
      if (goesOn) setImmediate(tick);
    };
    setImmediate(tick);
    const result = await promise;
    goesOn = false;
    return [ticks, result];
  };
  const words = Array.from({ length: 40_000 }, (_, i) => `w${((i * 7919) % 39_989).toString(36)} `).join("");

  it("are encoded with pauses, to the same ids", async () => {
    for (const tokenizer of [
      text.characters(words),
      await text.bytePairs(words.slice(0, 5000), { vocabularySize: 400 }),
    ]) {
      const long = words.repeat(40);
      const ids = tokenizer.encode(long);
      const [ticks, same] = await ticksDuring(tokenizer.encodeAsync(long));
      expect(Buffer.from(same.buffer).equals(Buffer.from(ids.buffer))).toBe(true);
      expect(ticks).toBeGreaterThan(0);
    }
  });

  it("are learned from with pauses", async () => {
    const start = performance.now();
    const [ticks] = await ticksDuring(text.bytePairs(words, { vocabularySize: 300 }));
    expect(ticks).toBeGreaterThan((performance.now() - start) / 100);
  });
});

describe("data.tokens", () => {
  it("refuses big integers, which tokenizers of other libraries return, by a sentence", () => {
    expect(() => data.tokens(BigInt64Array.of(1n, 2n, 3n) as never, { contextLength: 1 })).toThrow(DataError);
    expect(() => data.tokens([1, 2n as never, 3], { contextLength: 1 })).toThrow("got 2n at 1");
    expect(() => data.tokens([1, null as never, 3], { contextLength: 1 })).toThrow("got null at 1");
    expect(() => data.tokens(["1", "2"] as never, { contextLength: 1 })).toThrow('got "1" at 0');
    expect(() => data.tokens([1, 2 ** 31, 3], { contextLength: 1 })).toThrow("got 2147483648 at 1");
  });

  it("x and y are one apart everywhere, and the last id is a target (keras#21305, spacetimeformer#32)", async () => {
    for (const [count, contextLength, stride] of [
      [10, 3, 1],
      [10, 3, 3],
      [11, 5, 5],
      [4, 3, 100],
      [100, 7, 2],
    ]) {
      const ids = Array.from({ length: count }, (_, i) => 1000 - 7 * i);
      let start = 0;
      let samples = 0;
      for await (const { x, y } of data.tokens(ids, { contextLength, stride })) {
        expect([...(x as { data: Int32Array }).data]).toEqual(ids.slice(start, start + contextLength));
        expect([...(y as { data: Int32Array }).data]).toEqual(ids.slice(start + 1, start + 1 + contextLength));
        start += stride;
        samples++;
      }
      // The next sample would want an id that there is not.
      expect(start + contextLength + 1).toBeGreaterThan(count);
      expect(samples).toBe(Math.floor((count - 1 - contextLength) / stride) + 1);
    }
  });
});
