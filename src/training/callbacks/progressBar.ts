import { ArgumentError } from "../../errors";
import { checkOptions, show } from "../../options";
import { readyMade } from "./readyMade";
import type { Callback, Progress } from "../callback";
import type { FitParams, Logs } from "../history";
import { defaultTerminal, formatDuration, formatRate, formatResult, type Terminal } from "./terminal";

/** Options of `progressBar`. */
export interface ProgressBarOptions {
  /** Default: the standard output of the process; in browsers the console. */
  terminal?: Terminal | undefined;
}

/** Milliseconds between two drawings of the bar, and between two lines of short epochs. */
const REFRESH_MILLISECONDS = 50;

/** Back to the beginning of the line; and erase from here to its end (ECMA-48). */
const LINE_START = "\r";
const ERASE_REST = "\x1b[K";

/** Fewer characters are not worth a bar. */
const SMALLEST_BAR = 5;

/** When and where the training and its epoch began, and how fast it goes. */
interface Course {
  params: FitParams;
  firstEpoch?: number;
  trainStart: number;
  epochStart: number;
  /** Samples a second of this epoch, without what comes after its last step. */
  samplesPerSecond?: number;
}

function showResults(logs: Logs): string[] {
  return Object.entries(logs)
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `${name} ${formatResult(value)}`);
}

/** Seconds that all epochs still to come will take, at the mean speed so far; undefined while a stream has not told its size. */
function secondsLeft({ params, firstEpoch = 0, trainStart }: Course, { epoch, samples }: Progress, now: number) {
  if (params.samples === undefined) return undefined;
  const done = (epoch - firstEpoch) * params.samples + samples;
  const total = (params.epochs - firstEpoch) * params.samples;
  return (((now - trainStart) / done) * (total - done)) / 1000;
}

function drawBar(width: number, fraction: number): string {
  const filled = Math.round(width * Math.min(1, fraction));
  return `${"━".repeat(filled)}${"─".repeat(width - filled)}`;
}

function runningLine(course: Course, progress: Progress, now: number, columns: number): string {
  const { params, samplesPerSecond } = course;
  const left = secondsLeft(course, progress, now);
  const label = `epoch ${progress.epoch + 1}/${params.epochs}`;
  const facts = [...showResults(progress.logs), `${formatRate(samplesPerSecond!)} samples/s`];
  const amount = left === undefined ? `${progress.samples} samples` : `${formatDuration(left)} left`;
  const text = [...facts, amount].join("  ");
  // The last column stays empty: writing there makes some terminals begin a new line.
  const width = columns - 1 - label.length - text.length - 3;
  const canDraw = params.samples !== undefined && width >= SMALLEST_BAR;
  const bar = canDraw ? `${drawBar(width, progress.samples / params.samples!)}  ` : " ";
  return `${label} ${bar}${text}`.slice(0, columns - 1);
}

function finishedLine(
  { params, epochStart, samplesPerSecond }: Course,
  epoch: number,
  logs: Logs,
  now: number,
): string {
  const seconds = (now - epochStart) / 1000;
  const rate = samplesPerSecond ?? (params.samples === undefined ? undefined : params.samples / seconds);
  const speed = rate === undefined ? [] : [`${formatRate(rate)} samples/s`];
  return [`epoch ${epoch + 1}/${params.epochs}`, ...showResults(logs), ...speed, formatDuration(seconds)].join("  ");
}

/**
 * Shows how the training goes. In a terminal a bar with loss, metrics, samples a second and the time all epochs will
 * still take; when an epoch is over its results stay as a line. Elsewhere the lines only, one an epoch. Of epochs that
 * take less than 50 ms some lines are left out, never the last. Samples a second do not count validation, the time does.
 *
 * @throws ArgumentError when `terminal` has no `write`
 */
export function progressBar(options: ProgressBarOptions = {}): Callback {
  const who = "callbacks.progressBar";
  checkOptions(who, options, ["terminal"]);
  const terminal = options.terminal ?? defaultTerminal();
  if (typeof terminal?.write !== "function") {
    throw new ArgumentError(`${who}: terminal must have a function write, got ${show(terminal)}.`);
  }
  let course: Course;
  let lastDrawing: number;
  let lastLine: number;
  let waitingLine: string | undefined;

  const writeLine = (line: string) => {
    terminal.write(terminal.isTerminal ? `${LINE_START}${line}${ERASE_REST}\n` : `${line}\n`);
    waitingLine = undefined;
  };

  return readyMade({
    onTrainBegin({ params }) {
      const now = performance.now();
      course = { params, trainStart: now, epochStart: now };
      lastDrawing = now;
      lastLine = Number.NEGATIVE_INFINITY;
      waitingLine = undefined;
    },
    onEpochBegin(epoch) {
      course.firstEpoch ??= epoch;
      course.epochStart = performance.now();
      course.samplesPerSecond = undefined;
    },
    onProgress(progress) {
      const now = performance.now();
      course.samplesPerSecond = (progress.samples / (now - course.epochStart)) * 1000;
      if (!terminal.isTerminal || now - lastDrawing < REFRESH_MILLISECONDS) return;
      lastDrawing = now;
      const line = runningLine(course, progress, now, terminal.columns ?? 80);
      terminal.write(`${LINE_START}${line}${ERASE_REST}`);
    },
    onEpochEnd(epoch, logs) {
      const now = performance.now();
      waitingLine = finishedLine(course, epoch, logs, now);
      if (now - lastLine < REFRESH_MILLISECONDS) return;
      lastLine = now;
      writeLine(waitingLine);
    },
    onTrainEnd() {
      if (waitingLine !== undefined) writeLine(waitingLine);
    },
  });
}
