import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A library in a process of its own that answers one JSON object a line with one. */
export class Child {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #command: string;

  constructor(command: readonly string[], folder: URL) {
    const [program, ...parameters] = command;
    this.#command = command.join(" ");
    // These keep old OpenBLAS builds off processors they do not know, and slow down those that do.
    const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...env } = process.env;
    this.#process = spawn(program, parameters, { cwd: folder, env, stdio: ["pipe", "pipe", "inherit"] });
    this.#process.on("error", () => {});
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws Error when the process ended instead of answering; what it printed stands above. */
  async ask<Answer>(command: string, parameters: object = {}): Promise<Answer> {
    this.#process.stdin!.write(`${JSON.stringify({ command, ...parameters })}\n`);
    for (;;) {
      const { value, done } = await this.#answers.next();
      if (done) throw new Error(`${this.#command} ended before it answered "${command}".`);
      // Some libraries greet on standard output.
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }

  end(): void {
    this.#process.stdin!.end();
  }
}
