import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors";
import { type JsonValue, parseJson } from "../../src/formats/json";

const seed = 20240607;

/** The same value with ordinary objects, to compare with what `JSON.parse` makes. */
function ordinary(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(ordinary);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, ordinary(member)]));
}

function nativeOrUndefined(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Reasons for which parseJson refuses a text that is JSON. */
const ownRules = /stands twice|not allowed|not valid Unicode|nested more than/;

/** Holds parseJson against JSON.parse: the same value, or a refusal by one of our own rules, or both refuse. */
function compare(text: string): void {
  const native = nativeOrUndefined(text);
  let value: JsonValue;
  try {
    value = parseJson(text, "test");
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    if (native !== undefined) expect((error as Error).message).toMatch(ownRules);
    return;
  }
  expect(native).toEqual({ value: ordinary(value) });
}

describe("parseJson", () => {
  it("agrees with JSON.parse on any JSON", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, stringUnit: "binary" }), fc.constantFrom(undefined, 2), (text, indent) => {
        const parsed = JSON.parse(text);
        const layout = JSON.stringify(parsed, null, indent);
        if (layout.includes('"__proto__"'))
          expect(() => parseJson(layout, "test")).toThrow(/"__proto__" is not allowed/);
        else expect(ordinary(parseJson(layout, "test"))).toEqual(parsed);
      }),
      { seed, numRuns: 1000 },
    );
  });

  it("agrees with JSON.parse on damaged JSON", () => {
    const piece = fc.constantFrom(
      ...'{ } [ ] , : " \\ 0 1 - + . e E 1e5 -0 01 1. .5 1e true tru null nul false a \\u0041 \\ud800 \\x \t \n \u00a0 \0'.split(
        " ",
      ),
    );
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(2), piece), { maxLength: 3 }),
        (text, edits) => {
          let damaged = text;
          for (const [position, removed, inserted] of edits) {
            const at = position % (damaged.length + 1);
            damaged = damaged.slice(0, at) + inserted + damaged.slice(at + removed);
          }
          compare(damaged);
        },
      ),
      { seed, numRuns: 5000 },
    );
  });

  it("agrees with JSON.parse on strings of JSON's own characters", () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[],:"\\/01-+.eEtruefalsn \t\n\r'), maxLength: 12 });
    fc.assert(fc.property(text, compare), { seed, numRuns: 5000 });
  });

  it("makes objects without a prototype", () => {
    const value = parseJson('{"constructor":{"toString":1}}', "test") as Record<string, JsonValue>;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect("hasOwnProperty" in value).toBe(false);
    expect(ordinary(value)).toEqual({ constructor: { toString: 1 } });
  });

  const refused: [why: string, text: string, message: RegExp][] = [
    ["an empty text", "", /expected a value, got the end/],
    ["__proto__", '{"a":[{"__proto__":{"x":1}}]}', /m: the name "__proto__" is not allowed/],
    ["__proto__, escaped", '{"\\u005f_proto__":1}', /"__proto__" is not allowed/],
    ["a name twice", '{"a":1,"\\u0061":2}', /"a" stands twice/],
    ["a lone surrogate", '"\\ud83d"', /not valid Unicode/],
    ["deep arrays", "[".repeat(1_000_000), /nested more than 64 deep/],
    ["deep objects", '{"a":'.repeat(1_000_000), /nested more than 64 deep/],
    ["too many values", `[${"0,".repeat(1_000_000)}0]`, /more than 1000000 values/],
    ["two values", "1 2", /expected the end, got "2"/],
    ["NaN", "NaN", /expected a value/],
    ["an escaped quote at the end", '"\\"', /does not end/],
    ["a long number", "1".repeat(1_000_000).concat("x"), /expected the end/],
  ];
  it.each(refused)("refuses %s", (_, text, message) => {
    expect(() => parseJson(text, "m")).toThrow(FormatError);
    expect(() => parseJson(text, "m")).toThrow(message);
  });

  it("takes other limits, and reaches them", () => {
    expect(parseJson("[[1]]", "m", { depth: 2, values: 3 })).toEqual([[1]]);
    expect(() => parseJson("[[1]]", "m", { depth: 1 })).toThrow(/nested more than 1 deep/);
    expect(() => parseJson("[[1]]", "m", { values: 2 })).toThrow(/more than 2 values/);
  });
});
