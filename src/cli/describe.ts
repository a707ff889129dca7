import { data } from "wasmgrad";
import type { Run } from "./commands";
import { EXIT } from "./failures";
import { sourceOf } from "./source";
import { tableOptions } from "./tableFlags";

/** `wasmgrad describe`: what a table holds, and how it is read. */
export const describe: Run = async ({ given, screen }) => {
  const target = given.names("target");
  const options = { ...tableOptions(given), ...(target ? { target } : {}) };
  const table = await data.table(sourceOf(given.operands[0]), options);
  const description = table.describe({ rows: given.whole("rows", { min: 0 }) ?? 5 });
  if (given.has("json")) await screen.write(`${JSON.stringify(description)}\n`);
  else screen.print(description.toString(screen.columns - 1));
  return EXIT.ok;
};
