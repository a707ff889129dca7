import { type Answer, data, type Pipeline, type Table } from "wasmgrad";
import type { Run } from "./commands";
import { EXIT } from "./failures";
import { counted } from "./numbers";
import { sourceOf } from "./source";
import { tableOptions } from "./tableFlags";
import { loadedTableModel } from "./tableModelFile";

/** What the table calls words that it does not know. */
const OTHER = "other";

/** `wasmgrad predict`: what a model thinks of rows, which stream through. */
export const predict: Run = async ({ given, screen, signal }) => {
  const [file, source = "-"] = given.operands;
  const { model, steps } = await loadedTableModel(file);
  const form = given.has("json") ? jsonLines : csvLines(steps, given.has("probabilities"));
  const doubts = new Doubts(steps);
  let rowCount = 0;
  const options = { ...tableOptions(given), schema: steps.schema };
  try {
    for await (const part of data.tableStream(sourceOf(source), options)) {
      signal.throwIfAborted();
      const answers = (await model.predict(part)) as Answer[];
      doubts.count(part);
      // Of what cannot be read at all there is no output.
      if (rowCount === 0) await screen.write(form.header);
      rowCount += answers.length;
      await screen.write(answers.map(form.line).join(""));
    }
  } catch (error) {
    if (rowCount > 0) screen.say(`wasmgrad: ${counted(rowCount, "row")} were predicted, then:`);
    throw error;
  }
  model.dispose();
  if (!given.has("quiet")) for (const line of doubts.lines()) screen.say(`wasmgrad: ${line}`);
  return EXIT.ok;
};

/** How answers are written. */
interface Form {
  readonly header: string;
  line(answer: Answer): string;
}

const jsonLines: Form = { header: "", line: (answer) => `${JSON.stringify(flattened(answer))}\n` };

/** The answer to one target without its name. */
function flattened(answer: Answer): unknown {
  const targets = Object.entries(answer);
  if (targets.length > 1) return answer;
  const [[name, { value, ...rest }]] = targets;
  return { [name]: value, ...rest };
}

function csvLines({ targets, schema }: Pipeline, hasAll: boolean): Form {
  const unitOf = (column: string) => schema.columns.find(({ name }) => name === column)?.unit;
  const isAlone = targets.length === 1;
  const header = targets.flatMap(({ column, classes }) => {
    const of = isAlone ? "" : `${column} `;
    if (!classes) return unitOf(column) === undefined ? [column] : [column, `${of}unit`];
    const all = hasAll ? classes.map((word) => `${of}probability of ${word}`) : [];
    return [column, `${of}probability`, ...all];
  });
  const line = (answer: Answer) =>
    targets.flatMap(({ column, classes }) => {
      const { value, unit, probability, probabilities } = answer[column];
      if (!classes) return unitOf(column) === undefined ? [inDigits(value)] : [inDigits(value), unit ?? ""];
      const all = hasAll ? classes.map((word) => inDigits(probabilities![word])) : [];
      return [String(value), inDigits(probability!), ...all];
    });
  return { header: csvLine(header), line: (answer) => csvLine(line(answer)) };
}

/** As many digits as float32 has. */
const inDigits = (value: unknown): string =>
  typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);

const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\n`;

const csvCell = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Counts what a model has to guess: gaps, and words that training did not have. */
class Doubts {
  readonly #gaps = new Map<string, number>();
  readonly #unknown = new Map<string, number>();
  readonly #features: readonly string[];
  /** Columns of which a word "other" is none of training. */
  readonly #closed: ReadonlySet<string>;

  constructor(steps: Pipeline) {
    this.#features = steps.features;
    const { steps: described } = JSON.parse(JSON.stringify(steps)) as { steps: { column: string; words?: string[] }[] };
    const known = new Set(described.filter(({ words }) => words?.includes(OTHER)).map(({ column }) => column));
    this.#closed = new Set(this.#features.filter((name) => !known.has(name)));
  }

  count(table: Table): void {
    for (const name of this.#features) {
      const column = table.column(name);
      const isClosed = column.type === "category" && this.#closed.has(name);
      for (let row = 0; row < column.length; row++) {
        if (column.isGap(row)) add(this.#gaps, name);
        else if (isClosed && column.at(row) === OTHER) add(this.#unknown, name);
      }
    }
  }

  *lines(): Generator<string> {
    const list = (counts: ReadonlyMap<string, number>) => [...counts].map(([name, n]) => `${name} ${n}`).join(", ");
    if (this.#unknown.size > 0) yield `words that training did not have count as others: ${list(this.#unknown)}`;
    if (this.#gaps.size > 0) yield `gaps were filled: ${list(this.#gaps)}`;
  }
}

const add = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
