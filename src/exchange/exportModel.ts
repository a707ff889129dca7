import { checkOptions, oneOf } from "../options";
import { boolean } from "../options";
import { partsOf } from "./export/modelParts";
import type { OnnxExportOptions } from "./export/onnx/exportOnnx";
import type { Model } from "wasmgrad";

/** What each format is exported as. */
export interface ExportedFormats {
  /** A file of ONNX, opset 17. */
  onnx: Uint8Array<ArrayBuffer>;
}

/** Formats that models leave in. */
export type ExportFormat = keyof ExportedFormats;

/** Options of each format. */
export interface ExportOptions {
  onnx: OnnxExportOptions;
}

const WHO = "exportModel";

/**
 * A model as other runtimes take it.
 *
 * @throws FormatError that names all layers which the format has no form for, before any work
 */
export async function exportModel<Format extends ExportFormat>(
  model: Model,
  format: Format,
  options: ExportOptions[Format] = {} as ExportOptions[Format],
): Promise<ExportedFormats[Format]> {
  const { channelsFirst } = options as OnnxExportOptions;
  checkOptions(WHO, options, ["channelsFirst"]);
  boolean(WHO, "channelsFirst", channelsFirst ?? false);
  oneOf(WHO, "format", format, ["onnx"]);
  const parts = partsOf(model);
  const { exportOnnx } = await import("./export/onnx/exportOnnx");
  return exportOnnx(parts, options as OnnxExportOptions) as ExportedFormats[Format];
}
