// npx tsx examples/exchange/outcomes.ts [folder]
// Writes what becomes of every file of a collection of foreign models into README.md beside this script: what was expected, by the
// libraries that wrote the files, stands in the collection.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Model, Tensor } from "../../src";
import { type ImportSource, importModel, readTensors } from "../../src/exchange";

const folder = process.argv[2] ?? fileURLToPath(new URL("../../../shared/exchange", import.meta.url));
const readme = new URL("./README.md", import.meta.url);

interface Numbers {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data?: readonly number[];
  readonly formula?: { readonly k: number; readonly modulus: number | null };
  /** Of large outputs the numbers at multiples of a step. */
  readonly sample?: { readonly step: number; readonly data: readonly number[] };
}

interface Expected {
  readonly inputs: readonly Numbers[];
  readonly outputs: readonly Numbers[];
  readonly mustFail?: string;
}

interface Entry {
  readonly file: string;
  readonly real: boolean;
  readonly expected?: string;
  readonly mustFail?: string;
}

/** Whole models, and files of weights alone. */
const MODELS = ["keras", "h5", "tfjs", "onnx"];

function valuesOf({ shape, dtype, data, formula }: Numbers): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const { k, modulus } = formula ?? { k: 0, modulus: null };
  const at = (i: number) => {
    if (data) return data[i];
    const number = i * 7919 + 13 + 31 * k;
    return modulus === null ? ((number % 2001) - 1000) / 1000 : number % modulus;
  };
  const isWhole = dtype.startsWith("int");
  const values = isWhole
    ? Int32Array.from({ length: count }, (_, i) => at(i))
    : Float32Array.from({ length: count }, (_, i) => at(i));
  return new Tensor(values, shape);
}

/** A file, or a folder of files by their names. */
function sourceOf(path: string): ImportSource {
  if (!statSync(path).isDirectory()) return readFileSync(path) as Uint8Array<ArrayBuffer>;
  return Object.fromEntries(
    readdirSync(path).map((name) => [name, readFileSync(join(path, name)) as Uint8Array<ArrayBuffer>]),
  );
}

/** The largest difference from what is expected, relative to the largest number that is. */
async function differenceOf(model: Model, { inputs, outputs }: Expected): Promise<number> {
  const given = inputs.map(valuesOf);
  const predicted = await model.predict((given.length === 1 ? given[0] : given) as Tensor);
  const results = (Array.isArray(predicted) ? predicted : [predicted]) as readonly Tensor[];
  let [difference, largest] = [0, 0];
  outputs.forEach(({ shape, data, sample }, i) => {
    const found = results[i]?.data;
    if (found?.length !== shape.reduce((product, size) => product * size, 1)) {
      throw new Error(`output ${i} has another size than expected`);
    }
    const { step, data: values } = sample ?? { step: 1, data: data ?? [] };
    values.forEach((value, j) => {
      largest = Math.max(largest, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - found[j * step]));
    });
  });
  return difference / Math.max(largest, 1e-30);
}

const firstLine = (error: unknown) =>
  String((error as Error).message ?? error)
    .split("\n")
    .slice(0, 2)
    .join(" ")
    .slice(0, 160);

async function outcomeOf(entry: Entry, expected: Expected): Promise<string> {
  const path = join(folder, entry.file);
  const kind = entry.file.split("/")[0];
  try {
    if (!MODELS.includes(kind) || /weights/.test(entry.file)) {
      const tensors = await readTensors(readFileSync(path) as Uint8Array<ArrayBuffer>);
      return `${tensors.size} tensors read`;
    }
    const { model } = await importModel(sourceOf(path));
    return `outputs differ by ${(await differenceOf(model, expected)).toExponential(1)}`;
  } catch (error) {
    return `refused: ${firstLine(error)}`;
  }
}

const { files } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as { files: readonly Entry[] };
const rows: string[] = [];
for (const entry of files) {
  if (!entry.expected || entry.file.endsWith(".zip") || !existsSync(join(folder, entry.expected))) continue;
  const expected = JSON.parse(readFileSync(join(folder, entry.expected), "utf8")) as Expected;
  const outcome = await outcomeOf(entry, expected);
  const wanted = entry.mustFail
    ? "an error"
    : expected.outputs.length && MODELS.includes(entry.file.split("/")[0])
      ? "outputs"
      : "tensors";
  rows.push(`| \`${entry.file}\` | ${wanted} | ${outcome.replaceAll("|", "\\|")} |`);
  console.error(rows.at(-1));
}
const [before, rest] = readFileSync(readme, "utf8").split("<!-- outcomes: written by outcomes.ts -->\n");
const [, after] = rest.split("<!-- /outcomes -->");
const table = `| file | expected | outcome |\n|---|---|---|\n${rows.join("\n")}\n`;
writeFileSync(readme, `${before}<!-- outcomes: written by outcomes.ts -->\n${table}<!-- /outcomes -->${after}`);
