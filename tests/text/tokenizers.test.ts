import { describe, expect, it } from "vitest";
import { ArgumentError, DataError, text } from "../../src";

const corpora = {
  letters: "to be or not to be",
  "many languages": "Straße, señor, Ångström. 日本語の文。 Привет, мир! 🙂👩‍👩‍👧 naïve café cafe\u0301 ",
  "white space": "  a\n\n\tb \r\n   c\u00a0d\u3000e  ",
  numbers: "1 22 333 4444 3.14159 -7 1e-5 ½ ",
  "one letter": "a".repeat(1000),
  "no letters": "!?!?!? ... --- ~~~ \u0000\u0001",
};

describe("characters", () => {
  it("have an id each, in the order of Unicode", () => {
    const tokenizer = text.characters("b🙂aéb\n");
    expect(tokenizer.characters).toEqual(["\n", "a", "b", "é", "🙂"]);
    expect([...tokenizer.encode("ab🙂")]).toEqual([1, 2, 4]);
  });

  it.each(Object.entries(corpora))("give a text back: %s", (_, corpus) => {
    const tokenizer = text.characters(corpus);
    expect(tokenizer.decode(tokenizer.encode(corpus))).toBe(corpus);
    expect(tokenizer.encode(corpus)).toHaveLength([...corpus].length);
    expect(tokenizer.vocabularySize).toBe(new Set(corpus).size);
  });

  it("refuse what the corpus has not, naming its place", () => {
    const tokenizer = text.characters("abc🙂");
    expect(() => tokenizer.encode("ab🙂ß")).toThrow(DataError);
    expect(() => tokenizer.encode("ab🙂ß")).toThrow('"ß" (U+00DF) at position 4 is not among the 4 characters');
    expect([...tokenizer.encode("")]).toEqual([]);
  });
});

/** Byte-pair encoding as it is told in one paragraph: count all pairs anew, join the most frequent one, go on. */
function learnNaively(words: string[], merges: number): (readonly [number, number])[] {
  let all = words.map((word) => [...new TextEncoder().encode(word)]);
  const found: (readonly [number, number])[] = [];
  for (let id = 256; id < 256 + merges; id++) {
    const counts = new Map<string, number>();
    for (const ids of all) {
      for (let i = 1; i < ids.length; i++) {
        const key = `${ids[i - 1]},${ids[i]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const pairs = [...counts].map(([key, count]) => ({ pair: key.split(",").map(Number) as [number, number], count }));
    pairs.sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    if (!pairs.length || pairs[0].count < 2) break;
    const [left, right] = pairs[0].pair;
    found.push([left, right]);
    all = all.map((ids) => {
      const next: number[] = [];
      for (let i = 0; i < ids.length; i++) {
        if (ids[i] === left && ids[i + 1] === right) {
          next.push(id);
          i++;
        } else next.push(ids[i]);
      }
      return next;
    });
  }
  return found;
}

const tale = `Once upon a time there was a king who had a king's daughter, and the daughter had a golden ball.
She threw the ball, and caught the ball; the ball fell, and rolled, and rolled: there was a well.
"Thou old water-splasher," said she, "I am weeping for my golden ball, which has fallen into the well." `;

describe("byte pairs", () => {
  it("joins what Wikipedia's example joins: aaabdaaabac", async () => {
    const { merges } = await text.bytePairs("aaabdaaabac", { vocabularySize: 300 });
    // aa → Z, then of Za and ab, which occur twice each, the one of smaller ids (there: ab → Y), then ZY.
    const [a, b] = [97, 98];
    expect(merges.slice(0, 3)).toEqual([
      [a, a],
      [a, b],
      [256, 257],
    ]);
  });

  it.each([0, 1, 17, 200])("finds the pairs that counting anew finds: %i", async (count) => {
    const corpus = tale + corpora["many languages"] + tale.slice(0, 200);
    // Words as they are cut: a space belongs to what follows it.
    const words = corpus.match(/ ?[\p{L}\p{M}]{1,32}| ?\p{N}{1,16}| ?[^\s\p{L}\p{M}\p{N}]{1,16}|\s{1,16}/gu)!;
    const { merges, vocabularySize } = await text.bytePairs(corpus, { vocabularySize: 256 + count });
    const expected = learnNaively(words, count);
    expect(merges).toEqual(expected);
    expect(vocabularySize).toBe(256 + expected.length);
  });

  it.each(Object.entries(corpora))("gives every text back, whatever it learned from: %s", async (_, corpus) => {
    for (const source of [corpus, tale]) {
      const tokenizer = await text.bytePairs(source, { vocabularySize: 320 });
      for (const each of Object.values(corpora)) expect(tokenizer.decode(tokenizer.encode(each))).toBe(each);
      expect(tokenizer.decode(tokenizer.encode("\ufeffmark"))).toBe("\ufeffmark");
    }
  });

  it("needs fewer ids the more it has learned", async () => {
    const lengths = [];
    for (const vocabularySize of [256, 300, 400]) {
      lengths.push((await text.bytePairs(tale, { vocabularySize })).encode(tale).length);
    }
    expect(lengths[0]).toBe(new TextEncoder().encode(tale).length);
    expect(lengths[1]).toBeLessThan(lengths[0]);
    expect(lengths[2]).toBeLessThan(lengths[1]);
  });

  it("takes time that grows with the text, not its square", async () => {
    const tokenizer = await text.bytePairs(tale, { vocabularySize: 400 });
    for (const hard of ["a".repeat(1_000_000), " ".repeat(1_000_000), "!".repeat(1_000_000), "9".repeat(1_000_000)]) {
      expect(tokenizer.decode(tokenizer.encode(hard))).toBe(hard);
    }
  }, 20_000);
});

it("refuses what is no text, and no ids", async () => {
  const tokenizers = [text.characters("abc"), await text.bytePairs("abc", { vocabularySize: 256 })];
  for (const tokenizer of tokenizers) {
    expect(() => tokenizer.encode(7 as never)).toThrow(ArgumentError);
    expect(() => tokenizer.encode("a\ud83d")).toThrow("half of a surrogate pair, U+D83D, stands alone at position 1");
    expect(() => tokenizer.decode([0, tokenizer.vocabularySize])).toThrow(DataError);
    expect(() => tokenizer.decode([0, 0.5])).toThrow("got 0.5 at 1");
    expect(() => tokenizer.decode([-1])).toThrow(DataError);
    expect(() => tokenizer.decode("ab" as never)).toThrow(ArgumentError);
    expect(() => tokenizer.decode(null as never)).toThrow(ArgumentError);
    expect(tokenizer.decode([])).toBe("");
  }
  expect(() => text.characters("")).toThrow("the corpus is empty");
  expect(() => text.characters(["a"] as never)).toThrow(ArgumentError);
  await expect(text.bytePairs("", { vocabularySize: 300 })).rejects.toThrow("the corpus is empty");
  await expect(text.bytePairs("abc", { vocabularySize: 255 })).rejects.toThrow(
    "vocabularySize must be an integer ≥ 256",
  );
  await expect(text.bytePairs("abc", { vocabSize: 300 } as never)).rejects.toThrow(ArgumentError);
  await expect(text.bytePairs("abc", undefined as never)).rejects.toThrow(ArgumentError);
});
