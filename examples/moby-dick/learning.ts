import { data, generate, type Model } from "wasmgrad";
import type { Book } from "./book";
import { CONTEXT } from "./gpt";

export interface LearningOptions {
  /** Steps to do. */
  readonly steps: number;
  /** Windows of a step. */
  readonly batchSize: number;
  /** Of the order in which windows come. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called and awaited after each step, counted from 1, with the loss of its batch in nats a character. */
  readonly onStep: (step: number, loss: number) => void | Promise<void>;
}

/** Trains so many steps on windows that begin half a context after the one before, in random order. */
export async function learn(gpt: Model, book: Book, options: LearningOptions): Promise<void> {
  const { steps, batchSize, seed, signal, onStep } = options;
  const windows = data.tokens(book.train, { contextLength: CONTEXT, stride: CONTEXT / 2 });
  let done = 0;
  await gpt.fit(windows.shuffle(undefined, { seed }), {
    batchSize,
    epochs: Math.ceil((steps * batchSize) / windows.size!),
    signal,
    callbacks: [
      {
        async onBatchEnd(_batch, _logs, context) {
          await onStep(++done, context.batchLoss);
          if (done === steps) context.stop();
        },
      },
    ],
  });
}

export interface WritingOptions {
  readonly prompt: string;
  /** Characters to write at most. */
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Goes on from a prompt, character by character. */
export function write(gpt: Model, { prompt, length, temperature, seed, signal }: WritingOptions) {
  return generate(gpt, { prompt, maxTokens: length, temperature, seed, signal });
}
