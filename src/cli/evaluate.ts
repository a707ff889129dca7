import { writeFile } from "node:fs/promises";
import { type Answer, data, report, type TableSchema } from "wasmgrad";
import type { Run } from "./commands";
import { EXIT } from "./failures";
import { judge } from "./judge";
import { printJudgement } from "./judgementText";
import { checkReport } from "./modelFile";
import { counted } from "./numbers";
import { sourceOf } from "./source";
import { tableOptions } from "./tableFlags";
import { loadedTableModel } from "./tableModelFile";

/** `wasmgrad evaluate`: how good a model is on rows of which the target is known. */
export const evaluate: Run = async ({ given, screen, signal }) => {
  const [file, source] = given.operands;
  const page = given.text("report") || undefined;
  if (page !== undefined) await checkReport(page);
  const { model, steps } = await loadedTableModel(file);
  const all = await data.table(sourceOf(source), { ...tableOptions(given), schema: openClasses(steps.schema) });
  const table = all.select({ target: steps.targets.map(({ column }) => column) });
  signal.throwIfAborted();
  const answers = (await model.predict(table)) as Answer[];
  const judgements = judge(steps, table, answers, table);
  const where = source === "-" ? "the input" : source;
  if (page !== undefined) {
    const found = await report(model, table, { seed: 1, title: `${model.name} on ${where}` });
    signal.throwIfAborted();
    await writeFile(page, found.html());
  }
  screen.isQuiet = given.has("json");
  if (all.rowCount > table.rowCount) {
    screen.print(`${counted(all.rowCount - table.rowCount, "row")} without a value to compare with left out.`);
  }
  for (const judgement of judgements) printJudgement(screen, `of ${where}`, judgement);
  screen.print("");
  screen.paragraph(
    "What is always the same is the most frequent class, or the mean, of these rows themselves. If the model has learnt from some of them, it does better here than on others.",
  );
  if (page !== undefined) screen.print(`The report is ${page}.`);
  if (given.has("json")) {
    const found = { model: file, data: source, rows: table.rowCount, comparedWith: "these rows", targets: judgements };
    await screen.write(`${JSON.stringify({ ...found, ...(page === undefined ? {} : { report: page }) })}\n`);
  }
  model.dispose();
  return EXIT.ok;
};

/** The schema with targets that may be of classes that training did not have: those are mistakes. */
function openClasses({ version, columns }: TableSchema): TableSchema {
  return {
    version,
    columns: columns.map((column) => {
      if (column.role !== "target" || column.type !== "category") return column;
      const { words: _, ...open } = column;
      return open;
    }),
  };
}
