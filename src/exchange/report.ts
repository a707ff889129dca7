/** Formats that models come in and leave in. */
export type ImportFormat = "keras" | "h5" | "tfjs" | "onnx" | "torch" | "safetensors" | "npz" | "npy" | "gguf";

/** What an import found and did. */
export interface ImportReport {
  /** Told by the bytes, never by the name. */
  readonly format: ImportFormat;
  /** What wrote the file, with its version, as far as the file says; else `"unknown"`. */
  readonly producer: string;
  /** What the model does otherwise than where it comes from, or cannot tell. */
  readonly warnings: readonly string[];
  /** Names that had to change, by those in the file. */
  readonly renamed: Readonly<Record<string, string>>;
  /** What of the file was left out, such as the state of an optimizer. */
  readonly skipped: readonly string[];
  /** What was rewritten: layouts, types, patterns of nodes that became one layer. */
  readonly conversions: readonly string[];
}

/** A report while an import goes on. */
export class ReportWriter {
  producer = "unknown";
  readonly #warnings = new Set<string>();
  readonly #renamed = new Map<string, string>();
  readonly #skipped = new Set<string>();
  readonly #conversions = new Set<string>();

  /** @param format told by the bytes; a reader that learns better says so */
  constructor(public format: ImportFormat) {}

  warn(sentence: string): void {
    this.#warnings.add(sentence);
  }

  rename(from: string, to: string): void {
    if (from !== to) this.#renamed.set(from, to);
  }

  skip(what: string): void {
    this.#skipped.add(what);
  }

  convert(sentence: string): void {
    this.#conversions.add(sentence);
  }

  /** What there is to say. */
  finish(): ImportReport {
    return {
      format: this.format,
      producer: this.producer,
      warnings: [...this.#warnings],
      renamed: Object.fromEntries(this.#renamed),
      skipped: [...this.#skipped],
      conversions: [...this.#conversions],
    };
  }
}
