// What the page shows of a file whose rows are predicted.
import type { Answer, Predictor } from "wasmgrad/inference";
import { wordsOf } from "./answer";
import { csvLine, FileProblem, predictFile } from "./csvRows";
import { figure, percent } from "./figures";

type Target = NonNullable<Predictor["pipeline"]>["targets"][number];

/** Rows that are shown. */
const PREVIEW = 5;

const find = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;

export class FilePanel {
  #targets: readonly Target[] = [];
  #running: AbortController | undefined;
  #address: string | undefined;

  constructor(private readonly modelOf: () => Predictor | undefined) {}

  /** Forgets the file before: another model has been opened. */
  reset(targets: readonly Target[]): void {
    this.#targets = targets;
    this.#clear();
    find("file-text").textContent =
      "Drop a CSV file anywhere on this page. Its header names the columns, in any order; further columns are kept.";
  }

  stop(): void {
    this.#running?.abort(new FileProblem("Stopped. Nothing was kept."));
  }

  #clear(): void {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = undefined;
    for (const id of ["preview", "read", "stop"]) find(id).hidden = true;
    for (const id of ["file-status", "file-problem"]) find(id).textContent = "";
    for (const id of ["preview", "download"]) find(id).replaceChildren();
  }

  /** Predicts the rows of a file and offers them for download. */
  async predict(file: File, textOf: (error: unknown) => string): Promise<void> {
    const model = this.modelOf();
    if (!model) return;
    this.stop();
    this.#clear();
    const mine = new AbortController();
    this.#running = mine;
    for (const id of ["read", "stop"]) find(id).hidden = false;
    const progress = find<HTMLProgressElement>("read");
    progress.value = 0;
    const lines: string[] = [];
    const shown: (readonly string[])[] = [];
    let count = 0;
    try {
      let header: readonly string[] = [];
      await predictFile(file, model, {
        signal: mine.signal,
        onHeader: (names) => {
          header = names;
          lines.push(csvLine([...names, ...this.#names()]));
        },
        onPart: ({ rows, answers, done }) => {
          lines.push(...rows.map((cells, i) => csvLine([...cells, ...this.#cells(answers[i])])));
          for (let i = 0; i < rows.length && shown.length < PREVIEW; i++)
            shown.push(this.#preview(rows[i], answers[i]));
          count += rows.length;
          progress.value = done;
          find("file-status").textContent = `${file.name}: ${figure(count)} rows predicted so far.`;
        },
      });
      this.#offer(file, lines, count);
      this.#showPreview(header, shown);
    } catch (error) {
      if (this.#running !== mine) return;
      find("file-status").textContent = "";
      find("file-problem").textContent = `${file.name}: ${textOf(error)}`;
    } finally {
      if (this.#running === mine) for (const id of ["read", "stop"]) find(id).hidden = true;
    }
  }

  #offer(file: File, lines: readonly string[], count: number): void {
    const link = document.createElement("a");
    this.#address = URL.createObjectURL(new Blob([...lines], { type: "text/csv" }));
    link.href = this.#address;
    link.download = `${file.name.replace(/\.[^.]*$/, "")}.predicted.csv`;
    link.className = "button";
    link.textContent = "Save the predictions";
    find("download").replaceChildren(link);
    find("file-status").textContent = `${file.name}: ${figure(count)} ${count === 1 ? "row" : "rows"} predicted.`;
  }

  /** What is written behind the columns of the file. */
  #names(): string[] {
    return this.#targets.flatMap(({ column, classes }) => [
      `predicted ${column}`,
      ...(classes ? [`probability of ${column}`] : []),
    ]);
  }

  #cells(answer: Answer): string[] {
    return this.#targets.flatMap(({ column, classes }) => {
      const { value, probability } = answer[column];
      return classes ? [String(value), inDigits(probability!)] : [inDigits(value)];
    });
  }

  #preview(cells: readonly string[], answer: Answer): string[] {
    const said = this.#targets.map(({ column }) => {
      const { probability, unit } = answer[column];
      const more = probability === undefined ? unit : percent(probability);
      return `${wordsOf(answer[column])}${more ? ` ${more}` : ""}`;
    });
    return [...said, ...cells];
  }

  #showPreview(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const table = document.createElement("table");
    const caption = table.createCaption();
    caption.textContent = rows.length === 1 ? "The first row" : `The first ${rows.length} rows`;
    const head = table.createTHead().insertRow();
    for (const name of [...this.#targets.map(({ column }) => `predicted ${column}`), ...header]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const cells of rows) {
      const row = body.insertRow();
      for (const text of cells) row.insertCell().textContent = text;
    }
    const preview = find("preview");
    preview.replaceChildren(table);
    // What scrolls must be reached with keys.
    preview.tabIndex = 0;
    preview.hidden = false;
  }
}

/** As many digits as float32 has. */
const inDigits = (value: unknown): string =>
  typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);
