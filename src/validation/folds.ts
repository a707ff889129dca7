import { ArgumentError, DataError } from "../errors";
import { checkOptions, finiteNumber, integer, show } from "../options";
import type { SplitSettings } from "../splits/options";
import { foldRows, type RowParts, settingsOf, trainTestRows } from "../splits/rows";
import type { Examples, RowRules } from "./examples";

/** A fold by the numbers of its rows, counted from 0. */
export interface FoldRows {
  /** The rows to learn from. */
  readonly train: ArrayLike<number>;
  /** The rows to test with. */
  readonly test: ArrayLike<number>;
}

/** A fold: no row is in two of its parts. */
export interface RowsOfFold {
  /** What `makeModel` sees and the model learns from. */
  readonly train: readonly number[];
  /** What early stopping looks at; undefined without it. */
  readonly validation: readonly number[] | undefined;
  readonly test: readonly number[];
}

/** What is said of folds. */
interface FoldOptions extends RowRules {
  folds?: number | readonly FoldRows[] | undefined;
  test?: number | undefined;
}

/**
 * The rows of all folds. Those that early stopping looks at come from the rows to learn from, by the same rules: classes keep their
 * shares, groups stay together, and of times it is the last ones.
 *
 * @throws ArgumentError; DataError when a part would be empty
 */
export function readFolds(who: string, examples: Examples, options: FoldOptions, validation?: number): RowsOfFold[] {
  const { seed, stratify, groups, time, folds, test } = options;
  const settings = examples.rules(who, { seed, stratify, groups, time });
  if (folds !== undefined && test !== undefined) throw new ArgumentError(`${who}: give folds or test, not both.`);
  const parts = (): readonly RowParts[] => {
    if (Array.isArray(folds)) return readGiven(who, folds, examples.count);
    if (test !== undefined) {
      return [trainTestRows(examples.count, finiteNumber(who, "test", test, { above: 0, below: 1 }), settings)];
    }
    return foldRows(examples.count, integer(who, "folds", folds ?? 5, { min: 2 }), settings);
  };
  return parts().map(({ train, test }) => {
    if (validation === undefined) return { train, validation: undefined, test };
    const inner = settingsOf(settings, train);
    const parts = withAllClasses(who, trainTestRows(train.length, validation, inner), inner);
    const rowsOf = (places: readonly number[]) => places.map((place) => train[place]);
    return { train: rowsOf(parts.train), validation: rowsOf(parts.test), test };
  });
}

/** A class of which no row would be learnt from is learnt from instead of looked at: a model has to know it. */
function withAllClasses(who: string, { train, test }: RowParts, { classes, groups }: SplitSettings): RowParts {
  if (!classes || groups) return { train, test };
  const known = new Set(train.map((place) => classes[place]));
  const looked = test.filter((place) => known.has(classes[place]));
  if (looked.length === 0) {
    throw new DataError(
      `${who}: earlyStopping: no class has enough rows to put some aside. Give more rows, or no earlyStopping.`,
    );
  }
  const isLooked = new Set(looked);
  const learnt = Array.from(classes.keys()).filter((place) => !isLooked.has(place));
  return { train: learnt, test: looked };
}

function readGiven(who: string, folds: readonly unknown[], count: number): RowParts[] {
  if (folds.length === 0) throw new ArgumentError(`${who}: folds is an empty array.`);
  return folds.map((fold, i) => {
    const name = `${who}: folds[${i}]`;
    checkOptions(name, fold ?? null, ["train", "test"]);
    const read = (part: "train" | "test") => {
      const rows = (fold as FoldRows)[part] as unknown;
      if (!(Array.isArray(rows) || ArrayBuffer.isView(rows)) || (rows as unknown as ArrayLike<number>).length === 0) {
        throw new ArgumentError(`${name}.${part} must be numbers of rows, got ${show(rows)}.`);
      }
      const all = Array.from(rows as ArrayLike<number>, (row) => integer(name, part, row, { min: 0, below: count }));
      const seen = new Set<number>();
      const again = all.find((row) => seen.size === seen.add(row).size);
      if (again !== undefined) throw new ArgumentError(`${name}.${part} has row ${again} twice.`);
      return all;
    };
    const [train, test] = [read("train"), read("test")];
    const learnt = new Set(train);
    const both = test.find((row) => learnt.has(row));
    if (both !== undefined) {
      throw new ArgumentError(`${name}: row ${both} is both in train and in test. What is tested must not be learnt.`);
    }
    return { train, test };
  });
}
