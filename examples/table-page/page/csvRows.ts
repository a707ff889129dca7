// Predicts the rows of a CSV file, some at a time, so that a file may be larger than memory allows and the page stays alive.
import type { Answer, Predictor, RawRow } from "wasmgrad/inference";

/** Bytes of the file that are looked at together. */
const CHUNK_BYTES = 2 ** 16;

/** What has been predicted so far. */
export interface Part {
  /** As they stand in the file. */
  readonly rows: readonly (readonly string[])[];
  readonly answers: readonly Answer[];
  /** From 0 to 1. */
  readonly done: number;
}

/** A file that cannot be predicted, and why. */
export class FileProblem extends Error {}

/**
 * Shows the header, then parts in their order.
 *
 * @throws FileProblem where the file is no table; what `predict` throws, with the row of the file
 */
export async function predictFile(
  file: File,
  model: Predictor,
  {
    onHeader,
    onPart,
    signal,
  }: {
    readonly onHeader: (names: readonly string[]) => void;
    readonly onPart: (part: Part) => void;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { default: papaparse } = await import("papaparse");
  let names: readonly string[] | undefined;
  let count = 0;
  const add = async (lines: readonly (readonly string[])[], done: number): Promise<void> => {
    const rows = [...lines];
    if (!names) {
      names = headerOf(rows.shift());
      onHeader(names);
    }
    if (rows.length === 0) return;
    const objects = rows.map((cells, i) => rowOf(names!, cells, count + i + 1));
    onPart({ rows, answers: await answersOf(model, objects, count), done });
    count += rows.length;
  };
  await new Promise<void>((resolve, reject) => {
    papaparse.parse<string[]>(file, {
      chunkSize: CHUNK_BYTES,
      skipEmptyLines: "greedy",
      chunk: ({ data, meta }, parser) => {
        parser.pause();
        const done = file.size === 0 ? 1 : Math.min(1, meta.cursor / file.size);
        add(data, done).then(
          () => (signal.aborted ? reject(signal.reason) : parser.resume()),
          (error: unknown) => reject(error),
        );
      },
      complete: () => resolve(),
      error: reject,
    });
  });
  if (count === 0) throw new FileProblem("There is no row below the header.");
  return count;
}

function headerOf(cells: readonly string[] | undefined): readonly string[] {
  if (!cells) throw new FileProblem("The file is empty.");
  const names = cells.map((cell, i) => (i === 0 ? cell.replace(/^\ufeff/, "") : cell).trim());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new FileProblem(`Two columns are called “${twice}”.`);
  return names;
}

function rowOf(names: readonly string[], cells: readonly string[], row: number): RawRow {
  if (cells.length !== names.length)
    throw new FileProblem(`Row ${row} has ${cells.length} cells, the header has ${names.length}.`);
  return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
}

/** The answers to rows; where one is refused, the error says which row of the file it is. */
async function answersOf(model: Predictor, rows: readonly RawRow[], before: number): Promise<readonly Answer[]> {
  try {
    return await model.predict(rows);
  } catch (error) {
    for (const [i, row] of rows.entries()) {
      try {
        await model.predict(row);
      } catch (cause) {
        throw new FileProblem(`Row ${before + i + 1}: ${(cause as Error).message.replace(/^(\w+: )row 1, /, "$1")}`, {
          cause,
        });
      }
    }
    throw error;
  }
}

const csvCell = (text: string): string => (/[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A line of CSV. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\n`;
