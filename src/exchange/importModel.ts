import { ArgumentError, FormatError } from "../errors";
import { readLayout } from "../formats/safetensors/decode";
import { allElementBytes } from "../formats/safetensors/dtypes";
import { bytesAtHand } from "../io/bytes";
import { checkOptions, show } from "../options";
import type { Layer, Model, Tensor } from "wasmgrad";
import { type ImportFiles, type ImportSource, readFiles } from "./files";
import { Problems } from "./problems";
import { type ImportFormat, type ImportReport, ReportWriter } from "./report";
import { sniff } from "./sniff";

/** Makes a layer for one that wasmgrad does not have, of its configuration and its weights by their names in the file. */
export type LayerMaker = (
  config: Readonly<Record<string, unknown>>,
  weights: Readonly<Record<string, Tensor<"float32">>>,
) => Layer;

/** Options of `importModel`. */
export interface ImportOptions {
  /** Layers or nodes that wasmgrad does not have, by their types in the file. What is made takes their place. */
  layers?: Readonly<Record<string, LayerMaker>> | undefined;
  /** Layers or tensors that the model ends with, by name: what is behind them is cut off. Default: those of the file. */
  outputs?: readonly string[] | undefined;
  /** Tensors that the model begins with, by name: what is before them is cut off. Default: those of the file. */
  inputs?: readonly string[] | undefined;
  /** Sizes of inputs without the batch where the file leaves them open, by the input's name; null stays open. */
  shapes?: Readonly<Record<string, readonly (number | null)[]>> | undefined;
  /** Of ONNX: the files that weights stand in, by the names that the model gives them. */
  externalData?: Readonly<Record<string, Uint8Array | ArrayBuffer>> | undefined;
  /** Of ONNX: takes images as `[batch, height, width, channels]` where the file has channels before height. Default false. */
  channelsLast?: boolean | undefined;
  /**
   * Of ONNX: the axis of inputs that is the batch, for all or by their names; it becomes the first here, also of outputs. With null
   * the file's tensors have no batch: each is one sample. Default: the axis that the file names so, else the first.
   */
  batchAxis?: number | null | Readonly<Record<string, number | null>> | undefined;
  /** Whether loss, optimizer and metrics of the file come along, where it has them. Default true. */
  compile?: boolean | undefined;
  /** Bytes that a file has at most. Default 2³¹. */
  maximumBytes?: number | undefined;
}

/** What `importModel` gives. */
export interface ImportResult {
  /** Predicts, trains on and is saved as any other. */
  readonly model: Model;
  /** What had to be changed or left out. */
  readonly report: ImportReport;
}

/** What the reader of a format is given. */
export interface ImportContext {
  readonly options: ImportOptions;
  readonly report: ReportWriter;
  readonly problems: Problems;
}

/** Makes a model of files of one format. Finds all that it cannot take over before it builds anything. */
export type ModelReader = (files: ImportFiles, context: ImportContext) => Promise<Model>;

const WHO = "importModel";
const OPTIONS = [
  ...["layers", "outputs", "inputs", "shapes", "externalData", "channelsLast", "compile", "maximumBytes"],
  "batchAxis",
] as const;
/** What has a meaning for files of ONNX alone. */
const OF_ONNX = ["externalData", "channelsLast", "batchAxis"] as const;
const MAXIMUM_BYTES = 2 ** 31;

/** Each is loaded when its bytes are met. */
const readers: Readonly<Partial<Record<ImportFormat, () => Promise<ModelReader>>>> = {
  keras: async () => (await import("./keras/readKeras")).readKeras,
  h5: async () => (await import("./keras/readH5")).readH5,
  tfjs: async () => (await import("./tfjs/readTfjs")).readTfjs,
  onnx: async () => (await import("./onnx/readOnnx")).readOnnx,
};

function checkImportOptions(options: ImportOptions): void {
  checkOptions(WHO, options, OPTIONS);
  for (const [name, make] of Object.entries(options.layers ?? {})) {
    if (typeof make === "function") continue;
    throw new ArgumentError(`${WHO}: layers.${name} must be a function (config, weights) => layer, got ${show(make)}.`);
  }
  for (const name of ["outputs", "inputs"] as const) {
    const names: unknown = options[name];
    if (
      names === undefined ||
      (Array.isArray(names) && names.length > 0 && names.every((one) => typeof one === "string"))
    ) {
      continue;
    }
    throw new ArgumentError(`${WHO}: ${name} must be a list of names, got ${show(names)}.`);
  }
}

/** Files in memory as they are at the call: their giver may fill that memory anew meanwhile. */
function copied(files: ImportOptions["externalData"]): Readonly<Record<string, Uint8Array>> | undefined {
  if (files === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(files).map(([name, source]) => {
      const bytes = bytesAtHand(source, `${WHO}: externalData ${show(name)}`);
      if (bytes) return [name, bytes.slice()];
      throw new ArgumentError(`${WHO}: externalData ${show(name)} must be bytes, got ${show(source)}.`);
    }),
  );
}

/** Why there is no model in a file of weights; a file of wasmgrad's own looks like one, too. */
function withoutModel(format: ImportFormat, bytes: Uint8Array): FormatError {
  const isOwn = format === "safetensors" && readLayout(bytes, allElementBytes).metadata.wasmgrad !== undefined;
  return new FormatError(
    isOwn
      ? `${WHO}: the file is a model of wasmgrad itself: loadModel(file).`
      : `${WHO}: a file of ${format} has weights but no model. Build the model here, then: importWeights(model, file).`,
  );
}

/**
 * Makes a model of a file of another library: `.keras` and `.h5` of Keras 2 and 3, what `to_json` of Keras writes with the weights of
 * `save_weights` beside it, `model.json` of TensorFlow.js with its shards, ONNX. The bytes tell the format, names do not. The model
 * predicts, trains on, is saved and streams as any other.
 *
 *     const { model, report } = await importModel("mobilenet.keras");
 *
 * @param source a path, URL, `File`, bytes, a list of `File`s, or sources by their names
 * @returns the model, and what had to be changed or left out
 * @throws FormatError for broken files, and with all layers or nodes that cannot be taken over and what to do about them;
 *   ArgumentError for options that do not fit; DataError, and the errors of reading
 */
export async function importModel(source: ImportSource, options: ImportOptions = {}): Promise<ImportResult> {
  checkImportOptions(options);
  const externalData = copied(options.externalData);
  const files = await readFiles(WHO, source, options.maximumBytes ?? MAXIMUM_BYTES);
  const format = sniff(WHO, files.main);
  const useless = format === "onnx" ? undefined : OF_ONNX.find((name) => options[name] !== undefined);
  if (useless !== undefined) {
    throw new ArgumentError(`${WHO}: ${useless} is an option for files of ONNX, this is one of ${format}.`);
  }
  const load = readers[format];
  if (!load) throw withoutModel(format, files.main);
  const report = new ReportWriter(format);
  const read = await load();
  const own = externalData ? { ...options, externalData } : options;
  const model = await read(files, { options: own, report, problems: new Problems() });
  return { model, report: report.finish() };
}
