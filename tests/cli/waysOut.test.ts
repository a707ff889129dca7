// Questions of data.table, in the words of the command line.
import { describe, expect, test } from "vitest";
import { inWordsOfCommandLine, shellWord } from "../../src/cli/waysOut";
import { data } from "../../src/index";
import { tableOptions } from "../../src/cli/tableFlags";
import { readArguments } from "../../src/cli/arguments";
import { COMMANDS, flagsOf } from "../../src/cli/commands";

/** What data.table says of a text. */
async function messageOf(text: string, options = {}): Promise<string> {
  try {
    await data.table(text, options);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the table was read");
}

/** The options that a message says to give, each as it stands. */
const flagsIn = (message: string) =>
  [...message.matchAll(/--[\w-]+(?: (?:'[^']*'|[^\s,;]*[^\s,;.]|,))?/g)].map(([flag]) => flag);

describe("a question names ways out that the command line has", () => {
  test.each([
    [
      "an amount among numbers",
      "a,y\n0,1\n$4.99,2\n3,4\n",
      "--unit 'a=$' if all are in \"$\", or --type a=category or --type a=text",
    ],
    ["a comma that may be a decimal comma", 'a,y\n"25,649",1\n"4,870",2\n', "--decimal a=,"],
    ["days and months that cannot be told", "a,y\n1/10/2019,1\n2/3/2019,2\n", "--order a=d/m/y"],
    ["a header of numbers", "5.1,3.5,0\n4.9,3.0,1\n6.2,3.4,1\n", "--no-header"],
  ])("%s", async (_, text, way) => {
    const said = inWordsOfCommandLine(await messageOf(text), "data.csv");
    expect(said).toContain(way);
    expect(said).not.toMatch(/columns: \{|header: |type: "/);
    expect(said).toMatch(/^data\.csv: /);
  });

  test.each([
    ["an amount among numbers", "a,y\n0,1\n$4.99,2\n3,4\n", ["--type", "a=category"]],
    ["a comma", 'a,y\n"25,649",1\n"4,870",2\n', ["--decimal", "a=."]],
    ["a header of numbers", "5.1,3.5,0\n4.9,3.0,1\n6.2,3.4,1\n", ["--no-header"]],
  ])("and each of them is read: %s", async (_, text, args) => {
    const given = readArguments([...args], flagsOf(COMMANDS.describe));
    const table = await data.table(text, tableOptions(given));
    expect(table.rowCount).toBe(args[0] === "--no-header" ? 3 : text.split("\n").length - 2);
    await expect(data.table(text)).rejects.toThrow();
  });
});

test("settings of a column with blanks and quotes are words of a shell", () => {
  const message = `table: line 2, column "price (EUR)": "5kg" … Set columns: { "price (EUR)": { type: "number", unit: "kg" } }, or type: "category" or "text" for words.`;
  expect(flagsIn(inWordsOfCommandLine(message, "x.csv"))).toEqual([
    "--type 'price (EUR)=number'",
    "--unit 'price (EUR)=kg'",
    "--type 'price (EUR)=category'",
    "--type 'price (EUR)=text'",
  ]);
  expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
  expect(shellWord("a=b,c")).toBe("a=b,c");
});

test("words that stand for gaps, encodings and lists are given as they are", () => {
  expect(
    inWordsOfCommandLine('table: column "a": x. Set columns: { "a": { missing: ["?"] } } if it stands for no value.'),
  ).toBe("the table: column \"a\": x. Give --missing 'a=?' if it stands for no value.");
  const only = (words: string) =>
    inWordsOfCommandLine(`table: x. Set columns: { "a b": { missing: { only: ${words} } } } for a class.`, "x.csv");
  expect(only("[]")).toBe("x.csv: x. Give --only-missing 'a b=' for a class.");
  expect(only('["-","n/a"]')).toBe("x.csv: x. Give --only-missing 'a b=-' --only-missing 'a b=n/a' for a class.");
  expect(inWordsOfCommandLine('Name the encoding, such as encoding: "windows-1252" for files of Windows.')).toBe(
    "Name the encoding, such as --encoding windows-1252 for files of Windows.",
  );
  expect(inWordsOfCommandLine('table: target: there is no column "specie". Did you mean "species"?')).toBe(
    '--target: there is no column "specie". Did you mean "species"?',
  );
});
