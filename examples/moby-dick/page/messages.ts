import type { Bounds } from "../book";
import type { sizes } from "../gpt";

export type SizeName = keyof typeof sizes;

/** How the model is asked to write; holds from the next text on. */
export interface Wishes {
  readonly prompt: string;
  readonly temperature: number;
  /** Steps from one text to the next. */
  readonly writeEvery: number;
}

/** A new model. */
export interface NewModel {
  readonly size: SizeName;
  readonly seed: number;
}

/** What the page asks of the trainer. */
export type Request =
  | {
      readonly type: "open";
      readonly corpusUrl: string;
      readonly model: NewModel;
      readonly wishes: Wishes;
      readonly steps: number;
    }
  | { readonly type: "restart"; readonly model: NewModel; readonly steps: number }
  | { readonly type: "load"; readonly bytes: Uint8Array; readonly steps: number }
  | { readonly type: "wishes"; readonly wishes: Wishes }
  | { readonly type: "more"; readonly steps: number }
  | { readonly type: "pause" | "resume" | "write" | "save" };

/** A step: its number, the loss of its batch in nats a character, and how long it took in seconds. */
export interface Step {
  readonly step: number;
  readonly loss: number;
  readonly seconds: number;
}

/** What the trainer tells the page. */
export type Report =
  | { readonly type: "loading"; readonly loaded: number; readonly total: number | undefined }
  | { readonly type: "reading" }
  | {
      readonly type: "book";
      readonly characters: number;
      readonly alphabet: readonly string[];
      readonly bounds: Bounds;
    }
  | {
      readonly type: "began";
      readonly step: number;
      readonly steps: number;
      readonly weights: number;
      /** Windows of a step, and characters of a window. */
      readonly batchSize: number;
      readonly context: number;
      readonly threads: number;
      readonly hasWebAssembly: boolean;
    }
  | { readonly type: "state"; readonly state: "running" | "paused" | "finished"; readonly steps: number }
  | { readonly type: "steps"; readonly steps: readonly Step[] }
  | { readonly type: "validation"; readonly step: number; readonly loss: number }
  | {
      readonly type: "text";
      readonly id: number;
      readonly step: number;
      readonly prompt: string;
      readonly temperature: number;
    }
  | { readonly type: "piece"; readonly id: number; readonly piece: string }
  | { readonly type: "written"; readonly id: number; readonly shareOfWords: number | undefined }
  | { readonly type: "saved"; readonly step: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "refused"; readonly message: string }
  | { readonly type: "failed"; readonly message: string };

/** A worker's scope, a worker, or an end of a channel. */
export interface Port {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}
