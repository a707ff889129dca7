/** Models of other libraries come in here, and leave for them. */
export type { ImportSource } from "./files";
export { importModel, type ImportOptions, type ImportResult, type LayerMaker } from "./importModel";
export type { ImportFormat, ImportReport } from "./report";
