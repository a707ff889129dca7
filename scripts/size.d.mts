import type { OutputAsset, OutputChunk } from "rolldown";

/** Bytes after gzip. */
export interface Size {
  /** Of all files that are loaded when the program runs. */
  readonly total: number;
  /** Of the WebAssembly binary among them. */
  readonly binary: number;
  readonly files: number;
  readonly limit: number;
  /** Of one file with everything that could ever be loaded. */
  readonly singleFile: number;
}

export const programs: Readonly<
  Record<
    "training" | "inference",
    { readonly source: string; readonly onDemand: readonly string[]; readonly limit: number }
  >
>;
export function bundle(source: string): Promise<readonly (OutputChunk | OutputAsset)[]>;
export function loadedFiles(
  files: readonly (OutputChunk | OutputAsset)[],
  onDemand: readonly string[],
): readonly OutputChunk[];
export function measure(): Promise<Readonly<Record<"training" | "inference", Size>>>;
