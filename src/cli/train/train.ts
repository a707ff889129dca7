import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type Answer, data, pipeline, report, type SearchResult, type Table } from "wasmgrad";
import type { Run, Running } from "../commands";
import { EXIT, UsageError } from "../failures";
import { judge, type Judgement } from "../judge";
import { printJudgement } from "../judgementText";
import { checkReport, checkTarget } from "../modelFile";
import { TrainingProgress } from "../progress";
import { sourceOf } from "../source";
import { tableOptions } from "../tableFlags";
import { checkClassesOfFolds, checkFolds, crossValidated, foldsText } from "./crossValidated";
import { Findings } from "./findings";
import { type FoldFigures, forReport, printFigures } from "./foldFigures";
import { type Choice, choose, type Circumstances, type Learnt, learn } from "./learn";
import { planFor } from "./plan";
import { canPutAside, type SplitColumns, splitRules } from "./putAside";
import { checkSearch, printSearch, searched, searchJson } from "./searched";
import { checkSplitColumns, readSettings, type Settings } from "./settings";

/** Tables of more rows keep the model that was judged: a fifth more of them says little. */
const MOST_REFITTED_ROWS = 20_000;

/** `wasmgrad train`: from a table to a model file. */
export const train: Run = async (running) => {
  const { given, screen } = running;
  screen.isSilent = given.has("quiet");
  screen.isQuiet = given.has("json") || screen.isSilent;
  const [source] = given.operands;
  const out = given.text("out") ?? `${nameOf(source)}.safetensors`;
  const page = given.text("report") ?? out.replace(/(\.safetensors)?$/, ".report.html");
  const settings = readSettings(given);
  const hasReport = page !== "" && settings.test > 0;
  if (resolve(page) === resolve(out)) throw new UsageError(`--out and --report are both ${out}. Name two files.`);
  await checkTarget(out);
  if (hasReport) await checkReport(page);
  const table = await readTable(running, settings.columns);
  checkSplitColumns(table, settings.columns);
  const begin = performance.now();
  const whole = await pipeline(table, settings.options);
  checkSplits(table, settings);
  const findings = new Findings(source, table, whole, settings.columns);
  findings.print(screen);

  const progress = new TrainingProgress(screen);
  const course = { running, settings, progress, name: nameOf(out), hasReport };
  const result = await trainAndJudge(table, course).finally(() => progress.end());
  const { choice, saved, search, figures, judgements, html, learntRows, testRows } = result;
  const seconds = (performance.now() - begin) / 1000;
  if (search) printSearch(screen, search);
  findings.printTraining(screen, { choice, seconds, isJudged: testRows > 0 || figures !== undefined });
  if (figures) printFigures(screen, figures, settings.folds!, foldsText(table, settings));
  for (const judgement of judgements) printJudgement(screen, "it had not seen", judgement);

  await saved.model.save(out);
  if (html !== undefined) await writeFile(page, html);
  const written = { out, ...(html === undefined ? {} : { report: page }) };
  findings.printSaved(screen, { ...written, learntRows });
  if (given.has("json")) {
    const { recipe, epochs, losses } = choice;
    const training = { ...recipe, epochs, losses, seed: settings.seed, seconds };
    const found = {
      ...findings.toJSON(),
      training,
      ...(search ? { search: searchJson(search) } : {}),
      ...(figures ? { crossValidation: { folds: settings.folds, targets: figures } } : {}),
      test: judgements,
      learntRows,
      ...written,
    };
    await screen.write(`${JSON.stringify(found)}\n`);
  }
  saved.model.dispose();
  return EXIT.ok;
};

/** The name of a file without its folder and endings. */
const nameOf = (path: string): string =>
  path === "-"
    ? "model"
    : basename(path.replace(/[?#].*$/, "")).replace(/(\.(csv|tsv|txt|json|jsonl|ndjson|safetensors|gz))+$/i, "") ||
      "model";

/** @throws UsageError when nobody has said what is to be learnt */
async function readTable({ given }: Running, { group, time }: SplitColumns): Promise<Table> {
  const target = given.names("target");
  const [features, drop] = [given.names("features"), given.names("drop")];
  // What rows are told apart by is read in any case; groups are not learnt from unless they are asked for.
  const kept = drop?.filter((name) => name !== group && name !== time);
  const choice = { ...(features ? { features } : {}), ...(kept ? { drop: kept } : {}) };
  const table = await data.table(sourceOf(given.operands[0]), {
    ...tableOptions(given),
    ...choice,
    ...(target ? { target } : {}),
  });
  if (!target || target.length === 0) {
    throw new UsageError(
      `Which column is to be learnt? Give --target with one of: ${table.columnNames.slice(0, 40).join(", ")}.`,
    );
  }
  const unlearnt = new Set([...(features ? [] : [group]), ...(drop ?? [])]);
  const learnt = table.features.filter((name) => !unlearnt.has(name));
  return learnt.length === table.features.length ? table : table.select({ features: learnt });
}

/** The rows to learn from, and those put aside to judge by, if any are. */
function testParts(table: Table, { test: share, seed, options, columns }: Settings) {
  const hasTest = share > 0 && canPutAside(table, options, share, columns);
  if (!hasTest) return { train: table, test: undefined };
  return data.trainTest(table, { test: share, seed, ...splitRules(table, options, columns) });
}

/** @throws UsageError when there are too few rows for what is asked */
function checkSplits(table: Table, settings: Settings): void {
  const { folds, trials, options, columns } = settings;
  if (folds !== undefined) {
    checkFolds(table, folds, settings);
    checkClassesOfFolds(foldParts(table, folds, settings), table, options);
  }
  if (trials !== undefined) {
    const { train } = testParts(table, settings);
    checkSearch(train, { plan: planFor(train, settings), options, columns });
  }
}

/** @throws UsageError in the words of the command line where groups or times cannot be cut so */
function foldParts(table: Table, folds: number, { seed, options, columns }: Settings) {
  try {
    return data.kFold(table, { folds, seed, ...splitRules(table, options, columns) });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code !== "ERR_WASMGRAD_DATA") throw error;
    throw new UsageError(message.replace(/^kFold/, `--folds ${folds}`));
  }
}

/** A training, and how it is shown. */
interface Course {
  readonly running: Running;
  readonly settings: Settings;
  readonly progress: TrainingProgress;
  /** Of the model. */
  readonly name: string;
  readonly hasReport: boolean;
}

interface Result {
  readonly choice: Choice;
  readonly saved: Learnt;
  readonly search?: SearchResult | undefined;
  readonly figures?: readonly FoldFigures[] | undefined;
  readonly judgements: readonly Judgement[];
  /** The page about the rows that it has not seen. */
  readonly html?: string | undefined;
  /** Rows that the saved model has learnt from. */
  readonly learntRows: number;
  readonly testRows: number;
}

/** Chooses, trains and judges a model, and trains it again on all rows. */
async function trainAndJudge(table: Table, course: Course): Promise<Result> {
  const { running, settings, progress, name, hasReport } = course;
  const { seed, options, columns, folds } = settings;
  const parts = testParts(table, settings);
  const plan = planFor(parts.train, settings);
  const circumstances: Circumstances = {
    ...{ plan, seed, options, columns, name },
    signal: running.signal,
    progress: (stage) => progress.of(stage),
  };
  const { choice, search } = await chosen(parts.train, course, circumstances);
  const folding = { folds: folds!, plan: settings, found: search && choice };
  const figures = folds === undefined ? undefined : await crossValidated(table, folding, circumstances);
  const found = { choice, search, figures };
  const again = (rows: Table, stage: string) =>
    learn(rows, { epochs: choice.epochs }, choice.recipe, circumstances, stage);

  if (!parts.test) {
    const saved = await again(table, "learning from all rows");
    return { ...found, saved, judgements: [], learntRows: table.rowCount, testRows: 0 };
  }
  const judged = choice.learnt ?? (await again(parts.train, "learning"));
  const answers = (await judged.model.predict(parts.test)) as Answer[];
  const judgements = judge(judged.steps, parts.test, answers, parts.train);
  const { rowCount: testRows } = parts.test;
  const { history } = judged.model;
  const about = {
    ...{ history, train: parts.train, seed, title: `${name}: how well it does` },
    ...(columns.time === undefined ? {} : { time: columns.time }),
    ...(figures ? { crossValidation: forReport(figures, folds!, foldsText(table, settings)) } : {}),
  };
  const html = hasReport ? (await report(judged.model, parts.test, about)).html() : undefined;
  if (table.rowCount > MOST_REFITTED_ROWS) {
    return { ...found, saved: judged, judgements, html, learntRows: parts.train.rowCount, testRows };
  }
  judged.model.dispose();
  const saved = await again(table, "learning from all rows");
  return { ...found, saved, judgements, html, learntRows: table.rowCount, testRows };
}

/** The network that does best on rows put aside: of those that a search draws, or of a few usual ones. */
async function chosen(
  rows: Table,
  { settings: { trials, workers, hidden }, progress }: Course,
  circumstances: Circumstances,
): Promise<{ readonly choice: Choice; readonly search?: SearchResult }> {
  if (trials === undefined) return { choice: await choose(rows, circumstances) };
  const onProgress = (finished: number, total: number) => progress.line(`search: ${finished} of ${total} trainings`);
  const { choice, result } = await searched(rows, { trials, workers, hidden, onProgress }, circumstances);
  return { choice, search: result };
}
