import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Answer, data, pipeline, type PipelineOptions, report, type Table } from "wasmgrad";
import type { Given } from "../arguments";
import type { Run, Running } from "../commands";
import { EXIT, UsageError } from "../failures";
import { judge, type Judgement } from "../judge";
import { printJudgement } from "../judgementText";
import { checkReport, checkTarget } from "../modelFile";
import { TrainingProgress } from "../progress";
import { sourceOf } from "../source";
import { tableOptions } from "../tableFlags";
import { Findings } from "./findings";
import { type Choice, choose, type Circumstances, type Learnt, learn } from "./learn";
import { planFor } from "./plan";
import { canPutAside, splitRules } from "./putAside";

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
  const settings = {
    hasReport: page !== "",
    test: given.share("test", { min: 0, below: 1 }) ?? 0.2,
    seed: given.whole("seed", SEEDS) ?? 1,
    options: pipelineOptions(given),
    name: nameOf(out),
  };
  await checkTarget(out);
  if (settings.hasReport) await checkReport(page);
  const table = await readTable(running);
  const begin = performance.now();
  const whole = await pipeline(table, settings.options);
  const findings = new Findings(source, table, whole);
  findings.print(screen);

  const progress = new TrainingProgress(screen);
  const result = await trainAndJudge(running, table, settings, progress).finally(() => progress.end());
  const { choice, saved, judgements, html, learntRows, testRows } = result;
  const seconds = (performance.now() - begin) / 1000;
  findings.printTraining(screen, { choice, seconds, testRows });
  for (const judgement of judgements) printJudgement(screen, "it had not seen", judgement);

  await saved.model.save(out);
  if (html !== undefined) await writeFile(page, html);
  const written = { out, ...(html === undefined ? {} : { report: page }) };
  findings.printSaved(screen, { ...written, learntRows });
  if (given.has("json")) {
    const { recipe, epochs, losses } = choice;
    const training = { ...recipe, epochs, losses, seed: settings.seed, seconds };
    await screen.write(
      `${JSON.stringify({ ...findings.toJSON(), training, test: judgements, learntRows, ...written })}\n`,
    );
  }
  saved.model.dispose();
  return EXIT.ok;
};

const SEEDS = { min: 0, max: 2 ** 32 - 1 };

/** The name of a file without its folder and endings. */
const nameOf = (path: string): string =>
  path === "-"
    ? "model"
    : basename(path.replace(/[?#].*$/, "")).replace(/(\.(csv|tsv|txt|json|jsonl|ndjson|safetensors|gz))+$/i, "") ||
      "model";

function pipelineOptions(given: Given): PipelineOptions {
  const task = given.choice("task", ["classification", "regression"]);
  if (task === undefined) return {};
  return { columns: new Map((given.names("target") ?? []).map((name) => [name, { task }])) };
}

/** @throws UsageError when nobody has said what is to be learnt */
async function readTable({ given }: Running): Promise<Table> {
  const target = given.names("target");
  const [features, drop] = [given.names("features"), given.names("drop")];
  const choice = { ...(features ? { features } : {}), ...(drop ? { drop } : {}) };
  const table = await data.table(sourceOf(given.operands[0]), {
    ...tableOptions(given),
    ...choice,
    ...(target ? { target } : {}),
  });
  if (target && target.length > 0) return table;
  throw new UsageError(
    `Which column is to be learnt? Give --target with one of: ${table.columnNames.slice(0, 40).join(", ")}.`,
  );
}

interface Settings {
  readonly hasReport: boolean;
  readonly test: number;
  readonly seed: number;
  readonly options: PipelineOptions;
  readonly name: string;
}

interface Result {
  readonly choice: Choice;
  readonly saved: Learnt;
  readonly judgements: readonly Judgement[];
  /** The page about the rows that it has not seen. */
  readonly html?: string | undefined;
  /** Rows that the saved model has learnt from. */
  readonly learntRows: number;
  readonly testRows: number;
}

/** Chooses, trains and judges a model, and trains it again on all rows. */
async function trainAndJudge(
  { given, signal }: Running,
  table: Table,
  { hasReport, test: share, seed, options, name }: Settings,
  progress: TrainingProgress,
): Promise<Result> {
  const rules = { seed, ...splitRules(table, options) };
  const hasTest = share > 0 && canPutAside(table, options, share);
  const parts = hasTest ? data.trainTest(table, { test: share, ...rules }) : { train: table, test: undefined };
  const hidden = given.wholes("hidden", { min: 1, max: 2 ** 14 });
  const plan = planFor(parts.train, { hidden, epochs: given.whole("epochs", { min: 1 }) });
  const circumstances: Circumstances = { plan, seed, options, name, signal, progress: (stage) => progress.of(stage) };
  const choice = await choose(parts.train, circumstances);
  const again = (rows: Table, stage: string) =>
    learn(rows, { epochs: choice.epochs }, choice.recipe, circumstances, stage);

  if (!parts.test) {
    const saved = await again(table, "learning from all rows");
    return { choice, saved, judgements: [], learntRows: table.rowCount, testRows: 0 };
  }
  const judged = choice.learnt ?? (await again(parts.train, "learning"));
  const answers = (await judged.model.predict(parts.test)) as Answer[];
  const judgements = judge(judged.steps, parts.test, answers, parts.train);
  const { rowCount: testRows } = parts.test;
  const { history } = judged.model;
  const about = { history, train: parts.train, seed, title: `${name}: how well it does` };
  const html = hasReport ? (await report(judged.model, parts.test, about)).html() : undefined;
  if (table.rowCount > MOST_REFITTED_ROWS) {
    return { choice, saved: judged, judgements, html, learntRows: parts.train.rowCount, testRows };
  }
  judged.model.dispose();
  const saved = await again(table, "learning from all rows");
  return { choice, saved, judgements, html, learntRows: table.rowCount, testRows };
}
