import type { Terminal } from "../training/callbacks/terminal";

/** A stream to write on: the standard output of the process, or one that a test reads. */
export interface Output {
  write(text: string): boolean;
  once(event: "drain", listener: () => void): unknown;
  readonly columns?: number | undefined;
  readonly isTTY?: boolean | undefined;
}

/** How a command writes: what it found on the standard output, what happens meanwhile on the standard error. */
export class Screen {
  constructor(
    private readonly output: Output,
    private readonly errors: Output,
    private readonly environment: Readonly<Record<string, string | undefined>>,
  ) {}

  /** Whether what a person reads is left out: with --quiet, and with --json. */
  isQuiet = false;
  /** Whether the course of a training is not shown either: with --quiet. */
  isSilent = false;

  /** Characters of a line. */
  get columns(): number {
    const given = this.output.columns ?? Number(this.environment.COLUMNS);
    return Math.max(40, given > 0 ? given : 80);
  }

  /** Whether letters may be bold. */
  get #hasStyles(): boolean {
    const { NO_COLOR, TERM } = this.environment;
    return this.output.isTTY === true && !NO_COLOR && TERM !== "dumb";
  }

  /** Lines for a person. */
  print(...lines: readonly string[]): void {
    if (!this.isQuiet && lines.length > 0) this.output.write(`${lines.join("\n")}\n`);
  }

  /** A title above lines for a person, with an empty line before it. */
  section(title: string, ...lines: readonly string[]): void {
    this.print("", this.#hasStyles ? `\x1b[1m${title}\x1b[22m` : title, ...lines);
  }

  /** Paragraphs for a person, broken between words. */
  paragraph(...texts: readonly string[]): void {
    this.print(...texts.flatMap((text) => wrapped(text, this.columns - 1)));
  }

  /** What a program reads. Waits while the reader is slower. */
  async write(text: string): Promise<void> {
    if (this.output.write(text)) return;
    await new Promise<void>((resolve) => this.output.once("drain", resolve));
  }

  /** Lines beside the output. */
  say(...lines: readonly string[]): void {
    this.errors.write(`${lines.join("\n")}\n`);
  }

  /** Where the course of a training is shown. */
  get progress(): Terminal {
    const { errors } = this;
    return {
      write: (text) => errors.write(text),
      get columns() {
        return errors.columns ?? 80;
      },
      isTerminal: errors.isTTY === true && this.environment.TERM !== "dumb",
    };
  }
}

/** Lines of at most `width` characters; from the second on indented as the first and by two more. */
export function wrapped(text: string, width: number): string[] {
  const [indent] = /^ */.exec(text)!;
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(/\s+/)) {
    const start = lines.length === 0 ? indent : `${indent}  `;
    if (line === "") line = `${start}${word}`;
    else if ([...line].length + 1 + [...word].length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = `${indent}  ${word}`;
    }
  }
  return [...lines, line];
}

/** Rows of cells below each other: texts to the left, numbers to the right; the last column is cut at `width`. */
export function grid(rows: readonly (readonly string[])[], width: number): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => [...row[i]].length)));
  const isNumber = (i: number) => rows.slice(1).every((row) => /^[−\-\d.,%\s]*$/.test(row[i]));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => {
        const blank = " ".repeat(widths[i] - [...cell].length);
        return isNumber(i) ? blank + cell : cell + blank;
      })
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line) => ([...line].length <= width ? line : `${[...line].slice(0, width - 1).join("")}…`));
}
