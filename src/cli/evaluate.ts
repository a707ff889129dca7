import { type Answer, data } from "wasmgrad";
import type { Run } from "./commands";
import { EXIT } from "./failures";
import { judge } from "./judge";
import { printJudgement } from "./judgementText";
import { counted } from "./numbers";
import { sourceOf } from "./source";
import { tableOptions } from "./tableFlags";
import { loadedTableModel } from "./tableModelFile";

/** `wasmgrad evaluate`: how good a model is on rows of which the target is known. */
export const evaluate: Run = async ({ given, screen }) => {
  const [file, source] = given.operands;
  const { model, steps } = await loadedTableModel(file);
  const all = await data.table(sourceOf(source), { ...tableOptions(given), schema: steps.schema });
  const table = all.select({ target: steps.targets.map(({ column }) => column) });
  const answers = (await model.predict(table)) as Answer[];
  const judgements = judge(steps, table, answers, table);
  screen.isQuiet = given.has("json");
  if (all.rowCount > table.rowCount) {
    screen.print(`${counted(all.rowCount - table.rowCount, "row")} without a value to compare with left out.`);
  }
  for (const judgement of judgements) printJudgement(screen, `of ${source === "-" ? "the input" : source}`, judgement);
  if (given.has("json")) {
    await screen.write(`${JSON.stringify({ model: file, data: source, rows: table.rowCount, targets: judgements })}\n`);
  }
  model.dispose();
  return EXIT.ok;
};
