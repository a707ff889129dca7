import { type Answer, crossValidate, type Model, type Pipeline, type Table, type Tensor } from "wasmgrad";
import { UsageError } from "../failures";
import { judge, type Judgement } from "../judge";
import { counted } from "../numbers";
import { type FoldFigures, figuresOf } from "./foldFigures";
import { type Choice, choose, type Circumstances, untrained } from "./learn";
import { planFor, type PlanOptions } from "./plan";
import { canPutAside, classSizes, mostFolds, type SplitColumns, splitRules } from "./putAside";

/** What the folds of a table are cut by, in words. */
export function foldsText(table: Table, { options, columns = {} }: Pick<Circumstances, "options" | "columns">): string {
  if (columns.time !== undefined) return `, each later by ${columns.time} than what was learnt from`;
  if (columns.group !== undefined) return `, each ${columns.group} in one of them`;
  return splitRules(table, options).stratify === undefined ? "" : ", classes in equal shares";
}

/**
 * Makes sure, before anything is trained, that a table can be cut into so many folds.
 *
 * @throws UsageError that says what is too few
 */
export function checkFolds(
  table: Table,
  folds: number,
  { options, columns = {} }: Pick<Circumstances, "options" | "columns">,
): void {
  const { group, time }: SplitColumns = columns;
  const most = mostFolds(table, columns);
  if (folds > most) {
    const what =
      time !== undefined
        ? `${counted(most + 1, "different time")} in ${JSON.stringify(time)}, of which the first is for learning only`
        : group === undefined
          ? counted(most, "row")
          : `${counted(most, "group")} in ${JSON.stringify(group)}`;
    throw new UsageError(`--folds ${folds}: the table has ${what}. ${waysOut(most)}`);
  }
  const sizes = group === undefined && time === undefined ? classSizes(table, options) : undefined;
  if (sizes && sizes[0][1] < folds) {
    const [[word, rows]] = sizes;
    throw new UsageError(
      `--folds ${folds}: the class ${JSON.stringify(word)} of ${JSON.stringify(table.targets[0])} has ${counted(rows, "row")}, ` +
        `too few to stand in every fold. ${waysOut(rows)}`,
    );
  }
  if (!canPutAside(table, options, 1 / folds, columns)) {
    throw new UsageError(`--folds ${folds}: ${counted(table.rowCount, "row")} are too few to put some aside.`);
  }
}

const waysOut = (most: number): string =>
  most >= 2 ? `Give --folds ${most} or fewer.` : "Leave --folds out, or leave those rows out of the table.";

/**
 * Refuses folds with a class that no other fold has: nothing can be learnt of it.
 *
 * @throws UsageError
 */
export function checkClassesOfFolds(
  parts: readonly { readonly train: Table; readonly test: Table }[],
  table: Table,
  options: Circumstances["options"],
): void {
  if (classSizes(table, options) === undefined) return;
  const [target] = table.targets;
  const wordsOf = (rows: Table) => {
    const column = rows.column(target);
    return new Set(Array.from({ length: column.length }, (_, row) => String(column.at(row))));
  };
  for (const [i, { train, test }] of parts.entries()) {
    const known = wordsOf(train);
    const unknown = [...wordsOf(test)].find((word) => !known.has(word));
    if (unknown === undefined && known.size > 1) continue;
    const what =
      unknown === undefined
        ? `the rows to learn from have one class of ${JSON.stringify(target)} only`
        : `the class ${JSON.stringify(unknown)} of ${JSON.stringify(target)} is not among the rows to learn from`;
    throw new UsageError(`--folds ${parts.length}: of fold ${i + 1}, ${what}. Give fewer folds, or other ones.`);
  }
}

/** How a table is cross-validated. */
export interface Folding {
  readonly folds: number;
  /** What was set of the plan; each fold has one by its own rows. */
  readonly plan: PlanOptions;
  /** What was found before; undefined: each fold chooses by its own rows. */
  readonly found?: Choice | undefined;
}

/** Does for each fold what is done to learn, without the rows that judge it. */
export async function crossValidated(
  table: Table,
  { folds, plan: planOptions, found }: Folding,
  { seed, options, columns, name, signal, progress }: Omit<Circumstances, "plan">,
): Promise<FoldFigures[]> {
  const judgements: Judgement[][] = [];
  const learntFrom = new WeakMap<object, { readonly rows: Table; readonly steps: Pipeline }>();
  const make = async (rows: Table) => {
    const plan = planFor(rows, planOptions);
    const ofFold = (stage: string) => progress(`fold ${judgements.length + 1} of ${folds}, ${stage}`);
    const circumstances = { plan, seed, options, columns, name, signal, progress: ofFold };
    const choice = found ?? (await choose(rows, circumstances));
    choice.learnt?.model.dispose();
    const { model, steps } = await untrained(rows, choice.recipe, circumstances);
    learntFrom.set(model, { rows, steps });
    const batchSize = Math.min(plan.batchSize, rows.rowCount);
    return { model, fit: { epochs: choice.epochs, batchSize, callbacks: ofFold("learning") } };
  };
  // Folds are tested one after the other, so that judgements are in their order.
  const score = async (model: Model<Tensor | Tensor[]>, test: Table) => {
    const { rows, steps } = learntFrom.get(model)!;
    const answers = (await model.predict(test)) as Answer[];
    judgements.push(judge(steps, test, answers, rows));
    const [first] = judgements.at(-1)!;
    return "accuracy" in first ? 1 - first.accuracy : first.meanAbsoluteError;
  };
  const rules = splitRules(table, options, columns);
  await crossValidate(make as never, table, { ...rules, folds, seed, metric: score, better: "min", signal });
  return figuresOf(judgements);
}
