// What is given on a command line, and what is refused.
import { describe, expect, test } from "vitest";
import { readArguments } from "../../src/cli/arguments";
import { COMMANDS, flagsOf } from "../../src/cli/commands";
import { grid, wrapped } from "../../src/cli/screen";
import { tableOptions } from "../../src/cli/tableFlags";
import { wasmgrad } from "./inProcess";

const ofTrain = (...args: string[]) => readArguments(args, flagsOf(COMMANDS.train));

describe("options", () => {
  test("names go between commas, a comma within one behind a backslash", () => {
    expect(ofTrain("--drop", "a, b,c\\,d").names("drop")).toEqual(["a", "b", "c,d"]);
    expect(ofTrain("--target", "a", "--target", "b").names("target")).toEqual(["a", "b"]);
    expect(ofTrain().names("drop")).toBeUndefined();
  });

  test("numbers are whole, of digits alone, and within their range", () => {
    expect(ofTrain("--hidden", "64,32").wholes("hidden", { min: 1 })).toEqual([64, 32]);
    expect(ofTrain("--hidden=").wholes("hidden", { min: 1 })).toEqual([]);
    for (const text of ["0", "1e3", "0x10", "2.5", "many"]) {
      expect(() => ofTrain("--epochs", text).whole("epochs", { min: 1 })).toThrow(`got "${text}"`);
    }
    expect(ofTrain("--test", "0.25").share("test", { min: 0, below: 1 })).toBe(0.25);
    expect(() => ofTrain("--test", "1").share("test", { min: 0, below: 1 })).toThrow("below 1");
  });

  test("an unknown one is refused with the nearest; one without its value, too", () => {
    expect(() => ofTrain("--traget", "y")).toThrow('option "--traget" is not known. Did you mean "--target"?');
    expect(() => ofTrain("--target")).toThrow("--target needs a value: --target COLUMN");
    expect(() => ofTrain("--target", "--drop", "a")).toThrow("--target needs a value");
    expect(() => ofTrain("--json=yes")).toThrow("--json takes no value");
    expect(() => ofTrain("--seed", "1", "--seed", "2")).toThrow("--seed is given twice");
  });

  test("settings of columns are those of data.table, the last = parts name and value", () => {
    const args = ["--type", "zip=category", "--type", "a=b=number", "--decimal", ",", "--thousands", "price=."];
    const more = ["--missing", "?", "--missing", "zip=0", "--delimiter", "tab", "--no-header", "--skip-rows", "2"];
    const options = tableOptions(ofTrain(...args, ...more, "--words", "size=S,M,L", "--bounds", "income"));
    expect(options.columns).toEqual(
      new Map<string, object>([
        ["zip", { type: "category", missing: ["0"] }],
        ["a=b", { type: "number" }],
        ["price", { thousands: "." }],
        ["size", { words: ["S", "M", "L"] }],
        ["income", { bounds: true }],
      ]),
    );
    expect({ ...options, columns: undefined }).toEqual({
      decimal: ",",
      missing: ["?"],
      delimiter: "\t",
      header: false,
      skipRows: 2,
      columns: undefined,
    });
    expect(() => tableOptions(ofTrain("--type", "zip=categroy"))).toThrow('Did you mean "category"?');
    expect(() => tableOptions(ofTrain("--unit", "kg"))).toThrow("--unit needs a column: --unit COLUMN=UNIT");
    expect(() => tableOptions(ofTrain("--header", "--no-header"))).toThrow("exclude each other");
  });
});

describe("the program", () => {
  test("without a command says what there is, on the standard error, and that this is wrong usage", async () => {
    const { exitCode, stdout, stderr } = await wasmgrad([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    for (const name of Object.keys(COMMANDS)) expect(stderr).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test("has a help for every command, which names every option, in lines that fit", async () => {
    for (const columns of [60, 80, 120]) {
      for (const [name, command] of Object.entries(COMMANDS)) {
        const { exitCode, stdout } = await wasmgrad([name, "--help"], { columns });
        expect(exitCode).toBe(0);
        for (const flag of Object.keys(flagsOf(command))) expect(stdout).toContain(`--${flag}`);
        for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThan(columns);
        expect((await wasmgrad(["help", name], { columns })).stdout).toBe(stdout);
      }
      const { stdout } = await wasmgrad(["--help"], { columns });
      for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThan(columns);
    }
  });

  test("refuses a command, an operand and an option that it does not know, with exit code 2", async () => {
    const refused = async (...args: string[]) => {
      const { exitCode, stderr } = await wasmgrad(args);
      expect(exitCode).toBe(2);
      return stderr;
    };
    expect(await refused("trian")).toBe('wasmgrad: command "trian" is not known. Did you mean "train"?\n');
    expect(await refused("help", "predcit")).toContain('Did you mean "predict"?');
    expect(await refused("train")).toContain("wasmgrad train DATA: 0 given");
    expect(await refused("inspect", "a", "b")).toContain("2 given");
    expect(await refused("describe", "a.csv", "--targte", "y")).toContain('Did you mean "--target"?');
  });
});

test("texts are broken between words, and grids are cut, at the width", () => {
  expect(wrapped("  one two three", 10)).toEqual(["  one two", "    three"]);
  expect(
    grid(
      [
        ["name", "n"],
        ["a", "5"],
        ["bc", "12"],
      ],
      80,
    ),
  ).toEqual(["name   n", "a      5", "bc    12"]);
  expect(grid([["a long name of a column", "x"]], 12)).toEqual(["a long name…"]);
});
