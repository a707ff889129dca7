import type { Answer, Pipeline, Table } from "wasmgrad";

/** How good answers are to a target of classes. */
export interface ClassJudgement {
  readonly target: string;
  readonly rows: number;
  /** The share of rows that are right. */
  readonly accuracy: number;
  /** That of the most frequent class of training. */
  readonly trivialAccuracy: number;
  readonly trivial: string;
  /** Rows of each class: how many, and how many of them are right. */
  readonly classes: readonly { readonly name: string; readonly rows: number; readonly right: number }[];
}

/** How good answers are to a target that is a quantity. */
export interface QuantityJudgement {
  readonly target: string;
  readonly rows: number;
  readonly unit?: string;
  /** 1 − the squared error's part of the variance. */
  readonly r2: number;
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** What is guessed without looking: the mean of training. */
  readonly trivial: number;
  readonly trivialR2: number;
  readonly trivialMeanAbsoluteError: number;
}

export type Judgement = ClassJudgement | QuantityJudgement;

/**
 * Compares answers to rows with what the rows say, for each target.
 *
 * @param known rows that the guess of those who do not look is made from
 */
export function judge(steps: Pipeline, rows: Table, answers: readonly Answer[], known: Table): Judgement[] {
  return steps.targets.map(({ column, classes }) => {
    const given = answers.map((answer) => answer[column]);
    return classes
      ? judgeClasses(column, rows, given.map(wordOf), known)
      : judgeQuantity(column, rows, given as never, known);
  });
}

const wordOf = ({ value }: { readonly value: unknown }) => String(value);

function wordsOf(table: Table, name: string): string[] {
  const column = table.column(name);
  return Array.from({ length: column.length }, (_, row) => String(column.at(row)));
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function judgeClasses(target: string, rows: Table, said: readonly string[], known: Table): ClassJudgement {
  const real = wordsOf(rows, target);
  const [[trivial]] = [...counted(wordsOf(known, target))].sort(([, a], [, b]) => b - a);
  const share = (isRight: (word: string, row: number) => boolean) => real.filter(isRight).length / real.length;
  const right = counted(real.filter((word, row) => word === said[row]));
  const classes = [...counted(real)].map(([name, rows]) => ({ name, rows, right: right.get(name) ?? 0 }));
  return {
    target,
    rows: real.length,
    accuracy: share((word, row) => word === said[row]),
    trivialAccuracy: share((word) => word === trivial),
    trivial,
    classes: classes.sort((a, b) => b.rows - a.rows),
  };
}

function judgeQuantity(
  target: string,
  rows: Table,
  said: readonly { readonly value: number; readonly unit?: string }[],
  known: Table,
): QuantityJudgement {
  const numbers = (table: Table) => Float64Array.from(wordsOf(table, target), numberOf);
  const real = numbers(rows);
  const trivial = mean(numbers(known));
  const center = mean(real);
  const ofAll = (error: (y: number, row: number) => number) => mean(real.map(error));
  // Where all are the same nothing can be explained.
  const variance = ofAll((y) => (y - center) ** 2) || Number.NaN;
  const squared = ofAll((y, row) => (y - said[row].value) ** 2);
  const unit = said[0]?.unit;
  return {
    target,
    rows: real.length,
    ...(unit === undefined ? {} : { unit }),
    r2: 1 - squared / variance,
    meanAbsoluteError: ofAll((y, row) => Math.abs(y - said[row].value)),
    rootMeanSquaredError: Math.sqrt(squared),
    trivial,
    trivialR2: 1 - ofAll((y) => (y - trivial) ** 2) / variance,
    trivialMeanAbsoluteError: ofAll((y) => Math.abs(y - trivial)),
  };
}

const numberOf = (word: string) => (word === "true" ? 1 : word === "false" ? 0 : Number(word));

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value - values[0];
  return values[0] + sum / values.length;
}
