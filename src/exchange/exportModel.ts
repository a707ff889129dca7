import { ArgumentError } from "../errors";
import { boolean, checkOptions, oneOf, show } from "../options";
import { type ModelParts, partsOf } from "./export/modelParts";
import type { OnnxExportOptions } from "./export/onnx/exportOnnx";
import type { SafetensorsExportOptions } from "./export/exportSafetensors";
import type { TfjsFiles } from "./export/tfjs/exportTfjs";
import type { Model } from "wasmgrad";

/** What a model is in each format. */
export interface ExportedModel {
  /** A file of ONNX: opset 17, IR version 8, with the whole model in its metadata. */
  onnx: Uint8Array<ArrayBuffer>;
  /** A `.keras` file of Keras 3. */
  keras: Uint8Array<ArrayBuffer>;
  /** The files of a layers model of TensorFlow.js by their names: `model.json` and `weights.bin`. */
  tfjs: TfjsFiles;
  /** A file of weights, in float32. */
  safetensors: Uint8Array<ArrayBuffer>;
  /** The text of a module that needs nothing else, with `export function predict(input)`. */
  javascript: string;
}

/** Formats that models leave in. */
export type ExportFormat = keyof ExportedModel;

/** Options of each format. */
export interface ExportOptions {
  /** How images stand. */
  onnx: OnnxExportOptions;
  /** It has none. */
  keras: Readonly<Record<string, never>>;
  /** It has none. */
  tfjs: Readonly<Record<string, never>>;
  /** Names of weights. */
  safetensors: SafetensorsExportOptions;
  /** It has none. */
  javascript: Readonly<Record<string, never>>;
}

const WHO = "exportModel";

/** What writes a format, loaded when it is asked for, and the names of its options. */
interface Writer<Format extends ExportFormat> {
  readonly options: readonly string[];
  write(parts: ModelParts, options: ExportOptions[Format]): Promise<ExportedModel[Format]>;
}

const writers: { readonly [Format in ExportFormat]: Writer<Format> } = {
  onnx: {
    options: ["channelsFirst"],
    async write(parts, options) {
      boolean(WHO, "channelsFirst", options.channelsFirst ?? false);
      return (await import("./export/onnx/exportOnnx")).exportOnnx(parts, options);
    },
  },
  keras: {
    options: [],
    write: async (parts) => (await import("./export/keras/exportKeras")).exportKeras(parts),
  },
  tfjs: {
    options: [],
    write: async (parts) => (await import("./export/tfjs/exportTfjs")).exportTfjs(parts),
  },
  safetensors: {
    options: ["names"],
    write: async (parts, options) => (await import("./export/exportSafetensors")).exportSafetensors(parts, options),
  },
  javascript: {
    options: [],
    write: async (parts) => (await import("./export/javascript/exportJavaScript")).exportJavaScript(parts),
  },
};

/**
 * A model as other runtimes take it.
 *
 *     await writeFile("model.onnx", await exportModel(model, "onnx"));
 *
 * - `"onnx"`: bytes of ONNX. `importModel` makes the same model of them, to the bit.
 * - `"keras"`: bytes of a `.keras` file.
 * - `"tfjs"`: `model.json` and `weights.bin` of TensorFlow.js, as bytes by their names.
 * - `"safetensors"`: bytes of the weights alone.
 * - `"javascript"`: the text of a module without dependencies that predicts, weights and all.
 *
 * @returns what the format is written as: see `ExportedModel`
 * @throws FormatError that names all layers which the format has no form for; ArgumentError for options that it does not have;
 *   DataError for weights that are not finite; for ONNX what `model.toBytes` throws, as its file has all of the model
 */
export async function exportModel<Format extends ExportFormat>(
  model: Model,
  format: Format,
  options: ExportOptions[Format] = {} as ExportOptions[Format],
): Promise<ExportedModel[Format]> {
  const writer: Writer<Format> = writers[oneOf(WHO, "format", format, Object.keys(writers) as Format[])];
  checkOptions(`${WHO}: ${format}`, options, writer.options);
  if (typeof (model as { toBytes?: unknown } | null)?.toBytes !== "function") {
    throw new ArgumentError(`${WHO}: expects a model, got ${show(model)}.`);
  }
  return writer.write(await partsOf(model), options);
}
