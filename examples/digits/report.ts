import { type Callback, callbacks } from "wasmgrad";
import type { ImageData } from "./datasets";
import { drawConfusion, drawImage, sideBySide } from "./drawing";
import type { Findings, Mistake } from "./findings";
import type { Comparison, Timing } from "./training";

/** Mistakes to draw. */
const MISTAKES_DRAWN = 4;

const grouped = (value: number) => Math.round(value).toLocaleString("en-US");

/** Prints what a person wants to read, on standard output. */
export class Report {
  readonly #output: NodeJS.WriteStream;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  print(...lines: readonly string[]): void {
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
  }

  section(title: string, ...lines: readonly string[]): void {
    this.print("", `── ${title} ──`, ...lines);
  }

  /** Leaves the line of an unfinished progress bar. */
  leaveBar(): void {
    if (this.#output.isTTY) this.print("");
  }

  progressBar(): Callback {
    const output = this.#output;
    return callbacks.progressBar({
      terminal: {
        write: (text) => output.write(text),
        get columns() {
          return output.columns;
        },
        isTerminal: output.isTTY,
      },
    });
  }

  data({ title, train, test }: ImageData): void {
    const counts = `${grouped(train.labels.size)} images to learn from, ${grouped(test.labels.size)} to test on`;
    this.print(`${title}: ${counts}`, "");
  }

  trained({ seconds, samplesPerSecond }: Timing): void {
    this.print(`trained in ${seconds.toFixed(2)} s, ${grouped(samplesPerSecond)} samples/s`);
  }

  findings(accuracy: number, { confusion, mistakes }: Findings, { classes, test }: ImageData): void {
    const wrong = `${grouped(mistakes.length)} of ${grouped(test.labels.size)} images are taken for something else`;
    this.section(`test accuracy ${(100 * accuracy).toFixed(2)} %`, wrong, "", ...drawConfusion(confusion, classes));
    const drawn = mistakes.slice(0, MISTAKES_DRAWN).map((mistake) => drawMistake(mistake, classes));
    if (drawn.length) {
      this.section("the surest mistakes", ...sideBySide(drawn, this.#output.columns ?? 80));
    }
  }

  /** Names the engine of the training that begins. */
  heading(engine: string): Callback {
    return { onTrainBegin: () => this.print(`on ${engine}:`) };
  }

  comparison({ wasm, js, ratio }: Comparison): void {
    const speeds = `${grouped(wasm.samplesPerSecond)} samples/s on wasm, ${grouped(js.samplesPerSecond)} on js`;
    this.print(
      `${speeds}: ${ratio.toFixed(1)} times as fast`,
      "(epoch 1, same seed, a new model on each; fit timed from its call to its end)",
    );
  }
}

function drawMistake({ image, label, predicted, probability }: Mistake, classes: readonly string[]): string[] {
  const caption = `${classes[label]}, taken for ${classes[predicted]}`;
  return [...drawImage(image, 28), caption, `with ${(100 * probability).toFixed(1)} %`];
}
