import { statSync } from "node:fs";
import type { Pipeline, Table, TableDescription, TableNote } from "wasmgrad";
import { counted, fileSize } from "../numbers";
import type { Screen } from "../screen";
import { shellWord } from "../waysOut";
import type { Choice } from "./learn";
import type { SplitColumns } from "./putAside";

/** More columns are not named one by one. */
const MOST_NAMES = 30;

/** What was recognised, left out and filled, for people and for programs. */
export class Findings {
  readonly #description: TableDescription;

  constructor(
    private readonly source: string,
    private readonly table: Table,
    private readonly steps: Pipeline,
    private readonly columns: SplitColumns = {},
  ) {
    this.#description = table.describe({ rows: 0 });
  }

  /** What was recognised. */
  print(screen: Screen): void {
    const { rowCount, columns, notes } = this.#description;
    screen.print(`${this.source}: ${counted(rowCount, "row")}, ${counted(columns.length, "column")}`);
    const { features } = this.steps;
    const embedded = new Set(this.steps.embeddings.map(({ column }) => column));
    const typed = features.map((name) => {
      const { type, unit } = columns.find((column) => column.name === name)!;
      return `${name} (${embedded.has(name) ? "many words" : type}${unit ? `, ${unit}` : ""})`;
    });
    screen.paragraph(`  learnt from: ${listed(typed)}`);
    const out = this.#leftOut();
    if (out.length > 0) screen.paragraph(`  left out: ${listed(out)}`);
    const gaps = columns.filter(({ name, gaps }) => gaps > 0 && features.includes(name));
    if (gaps.length > 0) {
      screen.paragraph(`  gaps, filled and marked: ${listed(gaps.map(({ name, gaps: n }) => `${name} ${n}`))}`);
    }
    for (const text of gathered(notes, this.#description)) screen.paragraph(`  ${text}`);
    for (const hint of this.#hints()) screen.paragraph(`  ${hint}`);
    for (const target of this.steps.targets) screen.paragraph(`  to learn: ${this.#targetText(target.column)}`);
  }

  #targetText(name: string): string {
    const { words, distinct, min, max, unit } = this.#description.columns.find((column) => column.name === name)!;
    const isOfClasses = this.steps.targets.find(({ column }) => column === name)!.classes !== undefined;
    if (!isOfClasses) return `${name}, ${short(min)} … ${short(max)}${unit ? ` ${unit}` : ""}`;
    if (!words) return `${name}, ${counted(distinct, "class").replace(/classs$/, "classes")}`;
    const rest = distinct > words.length ? `, … (${distinct})` : "";
    return `${name}, ${words.map(({ word, count }) => `${word} ${count}`).join(", ")}${rest}`;
  }

  /** Rows without a target are left out: what stood there may have been a class after all, as "None" may. */
  #hints(): string[] {
    const isTarget = (name: string | undefined) => this.steps.targets.some(({ column }) => column === name);
    return this.#description.notes
      .filter(({ column, text }) => isTarget(column) && text.endsWith("read as no value."))
      .map(({ column }) => `Where that is a value of ${column} after all: --only-missing ${shellWord(`${column}=`)}`);
  }

  /** Columns that are not learnt from, and why. */
  #leftOut(): string[] {
    const { features, targets, notes } = this.steps;
    const taken = new Set([...features, ...targets.map(({ column }) => column)]);
    const said = (name: string) => notes.find((note) => note.startsWith(`column ${JSON.stringify(name)} `));
    return this.#description.columns
      .filter(({ name }) => !taken.has(name))
      .map(({ name, type, role }) => {
        if (name === this.columns.group) return `${name} (says which rows belong together)`;
        const note = said(name)?.slice(`column ${JSON.stringify(name)} `.length);
        if (note) return `${name} (${note.replace(/,? and was left out\.$|\.$/, "")})`;
        const why =
          type === "text" ? "texts" : type === "identifier" ? "tells rows apart" : role === "none" ? "" : type;
        return why ? `${name} (${why})` : name;
      });
  }

  /** What was trained. */
  printTraining(
    screen: Screen,
    { choice, seconds, isJudged }: { choice: Choice; seconds: number; isJudged: boolean },
  ): void {
    const { recipe, epochs, losses } = choice;
    const layers = recipe.hidden.length === 0 ? "no hidden layer" : `hidden layers of ${recipe.hidden.join(", ")}`;
    const chosen = losses.length > 1 ? `, the best of ${losses.length} networks` : "";
    screen.print("");
    screen.paragraph(
      `Trained in ${seconds.toFixed(1)} s: ${layers}, ${epochs} ${epochs === 1 ? "pass" : "passes"}${chosen}.`,
    );
    if (!isJudged) screen.paragraph("No rows were put aside, so nothing is known of how good it is.");
  }

  /** Where the model is, and what comes next. */
  printSaved(screen: Screen, { out, report, learntRows }: { out: string; report?: string; learntRows: number }): void {
    const all = learntRows === this.table.rowCount ? "all " : "";
    screen.print("");
    screen.paragraph(
      `Saved ${out}, ${fileSize(statSync(out).size)}, which has learnt from ${all}${counted(learntRows, "row")}.`,
    );
    if (report) screen.print(`The report is ${report}.`);
    screen.print(`Next: wasmgrad predict ${shellWord(out)} new.csv > out.csv`);
  }

  toJSON(): object {
    const { rowCount, columns, notes } = this.#description;
    return {
      data: this.source,
      rows: rowCount,
      targets: this.steps.targets.map(({ column }) => column),
      features: this.steps.features,
      columns,
      notes: [...notes.map(({ text }) => text), ...this.steps.notes],
    };
  }
}

/** A number in at most six digits. */
const short = (value: unknown): string => String(typeof value === "number" ? Number(value.toPrecision(6)) : value);

const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMES).join(", ")}, … (${names.length} columns)`;

/** Notes as sentences: what holds of several columns is said once, and nothing of columns that are left out. */
function gathered(notes: readonly TableNote[], { columns }: TableDescription): string[] {
  const byText = new Map<string, string[]>();
  for (const { column, text } of notes) {
    if (columns.some(({ name, role }) => name === column && role === "none")) continue;
    const said = column === undefined ? text : text.replace(`column ${JSON.stringify(column)}: `, "");
    byText.set(said, [...(byText.get(said) ?? []), ...(column === undefined || said === text ? [] : [column])]);
  }
  return [...byText].map(([text, names]) => (names.length === 0 ? text : `${listed(names)}: ${text}`));
}
