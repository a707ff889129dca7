// predict goes through files of any size: what is in memory does not grow with the rows.
import { closeSync, openSync, writeSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { runProgram } from "../../src/cli/program";
import { Screen } from "../../src/cli/screen";
import { makeFolder, people, wasmgrad } from "./inProcess";

const folder = makeFolder();
const model = folder.path("people.safetensors");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A file of so many rows, the last of which may be broken. */
function rowsFile(name: string, blocks: number, last = ""): string {
  const rows = Array.from(
    { length: 10_000 },
    (_, i) => `${20 + (i % 50)},${160 + (i % 30)},red,"a note that nobody reads, ${i}"`,
  );
  const file = openSync(folder.path(name), "w");
  writeSync(file, "age,height,colour,note\n");
  for (let i = 0; i < blocks; i++) writeSync(file, `${rows.join("\n")}\n`);
  writeSync(file, last);
  closeSync(file);
  return folder.path(name);
}

/** Predicts, and measures what is in use, without garbage, whenever rows are written. */
async function peakBytes(file: string) {
  let [peak, lines, errors] = [0, 0, ""];
  const once = () => undefined;
  const output = {
    once,
    write(text: string) {
      lines += text.split("\n").length - 1;
      collect();
      const { heapUsed, external } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + external);
      return true;
    },
  };
  const said = {
    once,
    write(text: string) {
      errors += text;
      return true;
    },
  };
  const exitCode = await runProgram(
    ["predict", model, file],
    new Screen(output, said, {}),
    new AbortController().signal,
  );
  return { exitCode, peak, lines, errors };
}

test("memory stays where it is for five times the rows, and a broken row at the end names its line", async () => {
  const table = folder.write("people.csv", people(60));
  await wasmgrad(["train", table, "--target", "town", "--epochs", "3", "--hidden", "4", "--out", model, "--quiet"]);
  const [few, many] = [rowsFile("few.csv", 5), rowsFile("many.csv", 25, "30,tall,red,x\n")];
  await peakBytes(few);
  const small = await peakBytes(few);
  const large = await peakBytes(many);
  expect([small.exitCode, small.lines, small.errors]).toEqual([0, 50_001, ""]);
  expect(large.exitCode).toBe(1);
  expect(large.lines).toBeGreaterThan(230_000);
  expect(large.errors).toMatch(
    /2\d\d,\d{3} rows were predicted, then:\n.*many\.csv: line 250002, column "height": expected a number, got "tall"/,
  );
  // Each row of the answers kept would be more than 16 bytes, 3 MB of 200,000 rows more; of the file, 9 MB.
  expect(large.peak - small.peak).toBeLessThan(2_000_000);
  expect(large.peak / small.peak).toBeLessThan(1.05);
}, 180_000);
