import type { ReportWriter } from "../report";

/** Why a layer cannot be taken over. */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
}

/** What translations of layers have to know of the file. */
export interface Origin {
  /** As written, such as `"2.3.1"`. */
  readonly version: string;
  /** Of Keras; that of files of TensorFlow.js is 2. */
  readonly major: number;
  readonly report: ReportWriter;
}
