import { type Callback, callbacks } from "wasmgrad";
import type { Screen } from "./screen";

/** Milliseconds between two lines where nothing can be written over. */
const LINE_MILLISECONDS = 2000;

/** Shows many trainings of one command: in a terminal as one line, which goes away at the end; elsewhere now and then a line. */
export class TrainingProgress {
  #lastLine = performance.now();

  constructor(private readonly screen: Screen) {}

  /** What shows one training. */
  of(stage: string): Callback[] {
    if (this.screen.isSilent) return [];
    const { progress } = this.screen;
    const terminal = {
      write: (text: string) =>
        progress.isTerminal ? this.#writeOver(stage, text) : this.#writeSometimes(`${stage}: ${text}`),
      get columns() {
        return Math.max(30, (progress.columns ?? 80) - stage.length - 2);
      },
      isTerminal: progress.isTerminal ?? false,
    };
    return [callbacks.progressBar({ terminal })];
  }

  /** Shows how far something is that has no epochs of its own. */
  line(text: string): void {
    const { progress } = this.screen;
    if (this.screen.isSilent) return;
    if (progress.isTerminal) this.#writeLine(text);
    else this.#writeSometimes(`${text}\n`);
  }

  /** Leaves an empty line where the course was shown. */
  end(): void {
    const { progress } = this.screen;
    if (progress.isTerminal && !this.screen.isSilent) progress.write("\r\x1b[K");
  }

  /** The results of an epoch stay no longer than what comes next. A line that is longer than the terminal would not go away. */
  #writeOver(stage: string, text: string): void {
    this.#writeLine(`${stage}  ${text.replaceAll("\x1b[K", "").replaceAll(/[\r\n]/g, "")}`);
  }

  #writeLine(text: string): void {
    const { progress } = this.screen;
    const width = Math.max(1, (progress.columns ?? 80) - 1);
    progress.write(`\r${[...text].slice(0, width).join("")}\x1b[K`);
  }

  #writeSometimes(line: string): void {
    if (performance.now() - this.#lastLine < LINE_MILLISECONDS) return;
    this.#lastLine = performance.now();
    this.screen.progress.write(line);
  }
}
