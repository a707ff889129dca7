/** Models of other libraries come in here, and leave for them. */
export type { OnnxExportOptions } from "./export/onnx/exportOnnx";
export type { SafetensorsExportOptions } from "./export/exportSafetensors";
export type { TfjsFiles } from "./export/tfjs/exportTfjs";
export { type ExportedModel, type ExportFormat, exportModel, type ExportOptions } from "./exportModel";
export type { ImportSource } from "./files";
export { formatOf } from "./formatOf";
export { importModel, type ImportOptions, type ImportResult, type LayerMaker } from "./importModel";
export { importWeights, type ImportWeightsOptions, type ImportWeightsResult, type WeightNames } from "./importWeights";
export { readTensors, type ReadTensorsOptions } from "./readTensors";
export type { ForeignTensor, ForeignTensors } from "./tensors";
export type { ImportFormat, ImportReport } from "./report";
