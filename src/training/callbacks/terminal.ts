/** Where progress is written. Node's `process.stdout` fits once its `isTTY` is called `isTerminal`. */
export interface Terminal {
  /** Receives whole lines with their line feed, and in a terminal also lines that are written over. */
  write(text: string): unknown;
  /** Characters in a line, read anew for every line. Default 80. */
  readonly columns?: number;
  /** Whether a carriage return goes back to the beginning of the line. Default false: whole lines only. */
  readonly isTerminal?: boolean;
}

interface StandardOutput {
  write(text: string): unknown;
  readonly columns?: number;
  readonly isTTY?: boolean;
}

/** The standard output of the process; where there is none, as in browsers, the console. */
export function defaultTerminal(): Terminal {
  const { process } = globalThis as { process?: { stdout?: StandardOutput } };
  const stdout = process?.stdout;
  if (!stdout?.write) return { write: (text) => console.log(text.trimEnd()) };
  return {
    write: (text) => stdout.write(text),
    get columns() {
      return stdout.columns;
    },
    get isTerminal() {
      return stdout.isTTY;
    },
  };
}

/** A loss or a metric in few characters: `0.0974`, `1.23e-7`. */
export function formatResult(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e4)) return value.toFixed(4);
  return value.toExponential(2);
}

/** `0.8 s`, `12 s`, `3 min 05 s`, `2 h 40 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const twoDigits = (count: number) => String(count).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${twoDigits(Math.floor((whole % 3600) / 60))} min`;
}

/** `53,312`; below ten with a decimal. */
export function formatRate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en-US");
}
