import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Model } from "wasmgrad";
import type { ForeignTensors, ImportFormat, ImportReport } from "wasmgrad/exchange";
import type { Running } from "./commands";
import { EXIT, type FileError } from "./failures";
import { MOST_TENSORS, rowsOf } from "./listing";
import { counted, fileSize } from "./numbers";
import { grid } from "./screen";

/** Formats that models come in, and those that weights come in. */
const OF_MODELS: readonly ImportFormat[] = ["keras", "h5", "tfjs", "onnx"];
const OF_WEIGHTS: readonly ImportFormat[] = ["keras", "h5", "torch", "safetensors", "npz", "npy", "gguf"];

const NAMES: Readonly<Record<ImportFormat, string>> = {
  keras: "Keras (.keras)",
  h5: "Keras (HDF5)",
  tfjs: "TensorFlow.js",
  onnx: "ONNX",
  torch: "PyTorch",
  safetensors: "safetensors",
  npz: "NumPy (.npz)",
  npy: "NumPy (.npy)",
  gguf: "GGUF",
};

/** What was found in a file. */
interface Found {
  readonly format: ImportFormat;
  readonly model?: Model;
  readonly report?: ImportReport;
  readonly tensors?: ForeignTensors;
  /** Why no model could be made. */
  readonly refusal?: Error;
}

const isOfLibrary = (error: unknown): error is Error =>
  error instanceof Error && String((error as { code?: unknown }).code).startsWith("ERR_WASMGRAD");

/** Reads a file as a model if it is one, else as weights. */
async function read(path: string, noSafetensors: FileError): Promise<Found> {
  const { formatOf, importModel, readTensors } = await import("wasmgrad/exchange");
  const format = await formatOf(path).catch((error: unknown) => {
    throw isOfLibrary(error) ? noSafetensors : error;
  });
  let refusal: Error | undefined;
  if (OF_MODELS.includes(format)) {
    try {
      return { format, ...(await importModel(path)) };
    } catch (error) {
      if (!isOfLibrary(error) || !OF_WEIGHTS.includes(format)) throw error;
      refusal = error;
    }
  }
  const tensors = await readTensors(path).catch((error: unknown) => {
    throw refusal ?? error;
  });
  return { format, tensors, ...(refusal && { refusal }) };
}

/** `wasmgrad inspect` of files of other libraries: layers, weights, and what an import says of them. */
export async function inspectForeign({ given, screen }: Running, noSafetensors: FileError): Promise<number> {
  const [path] = given.operands;
  const { size } = await stat(path);
  const found = await read(path, noSafetensors);
  const weights = await weightsOf(found);
  if (given.has("json")) {
    const { format, report, refusal } = found;
    const layers = found.model?.layers.map(({ name, kind }) => ({ name, kind }));
    const noModel = refusal?.message;
    await screen.write(
      `${JSON.stringify({ file: path, bytes: size, format, report, noModel, layers, tensors: weights })}\n`,
    );
  } else {
    const producer = found.report && found.report.producer !== "unknown" ? `, written by ${found.report.producer}` : "";
    screen.print(
      `${basename(path)}: ${NAMES[found.format]}, ${fileSize(size)}, ${counted(weights.length, "tensor")}${producer}`,
    );
    if (found.model) screen.section("layers", ...grid(rowsOf(found.model.summary()), screen.columns - 1));
    printWeights(screen, weights);
    if (found.refusal) {
      screen.section("no model");
      screen.paragraph(...found.refusal.message.split("\n").map((line) => `  ${line}`));
    }
    if (found.report) printReport(screen, found.report);
  }
  found.model?.dispose();
  return EXIT.ok;
}

interface Listed {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The weights of the model, or the tensors of the file. */
async function weightsOf({ model, tensors }: Found): Promise<Listed[]> {
  if (tensors) return Array.from(tensors, ([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const weights = await model!.getWeights();
  return Object.entries(weights).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
}

function printWeights(screen: Running["screen"], weights: readonly Listed[]): void {
  const rows = weights.slice(0, MOST_TENSORS).map(({ name, dtype, shape }) => {
    const count = shape.reduce((product, one) => product * one, 1);
    return [`  ${name || "(without a name)"}`, dtype, `[${shape.join(", ")}]`, String(count)];
  });
  screen.section("tensors", ...grid([["  name", "type", "shape", "numbers"], ...rows], screen.columns - 1));
  if (weights.length > rows.length) screen.print(`  … and ${weights.length - rows.length} more`);
}

function printReport(screen: Running["screen"], { warnings, renamed, skipped, conversions }: ImportReport): void {
  const parts: [string, readonly string[]][] = [
    ["warnings", warnings],
    ["left out", skipped],
    ["converted", conversions],
    ["renamed", Object.entries(renamed).map(([from, to]) => `${from} → ${to}`)],
  ];
  for (const [title, lines] of parts) {
    if (lines.length === 0) continue;
    screen.section(title);
    screen.paragraph(...lines.slice(0, MOST_TENSORS).map((line) => `  ${line}`));
    if (lines.length > MOST_TENSORS) screen.print(`  … and ${lines.length - MOST_TENSORS} more`);
  }
}
