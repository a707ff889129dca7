// A form for one row: a field for each column.
import type { RawRow } from "wasmgrad/inference";
import type { ChoiceColumn, DateColumn, FormColumn, NumberColumn, TextColumn } from "./columns";
import { figure } from "./figures";

/** What a field holds: undefined for a gap. Texts of numbers are read as the table's were. */
type Read = () => string | Date | undefined;

/**
 * Fills a form with fields, begins with a usual row, and tells of every change.
 *
 * @returns what the fields hold, by the names of the columns
 */
export function makeForm(form: HTMLFormElement, columns: readonly FormColumn[], onChange: () => void): () => RawRow {
  const readers: [string, Read][] = [];
  const fields = columns.map((column, i) => {
    const field = document.createElement("div");
    field.className = "field";
    readers.push([column.name, fill(field, column, `field-${i}`, onChange)]);
    return field;
  });
  form.replaceChildren(...fields);
  // Unlike an assignment, this makes a property of any name.
  return () => Object.fromEntries(readers.map(([name, read]) => [name, read() ?? null]));
}

function fill(field: HTMLElement, column: FormColumn, id: string, onChange: () => void): Read {
  const label = document.createElement("label");
  label.htmlFor = id;
  label.textContent = column.kind === "number" && column.unit ? `${column.name}, ${column.unit}` : column.name;
  field.append(label);
  if (column.kind === "number") return numberField(field, column, id, onChange);
  if (column.kind === "choice") return choiceField(field, column, id, onChange);
  return inputField(field, column, id, onChange);
}

function numberField(field: HTMLElement, column: NumberColumn, id: string, onChange: () => void): Read {
  const { from, to, step, middle } = column;
  const input = inputOf("text", id, String(middle));
  input.inputMode = "decimal";
  input.placeholder = "not known";
  const slider = inputOf("range", `${id}-slider`, "");
  Object.assign(slider, { min: String(from), max: String(to), step: String(step), value: String(middle) });
  slider.setAttribute("aria-label", `${column.name}, from ${figure(from)} to ${figure(to)}`);
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.id = `${id}-hint`;
  hint.textContent = `mostly ${figure(from)} to ${figure(to)}`;
  input.setAttribute("aria-describedby", hint.id);
  slider.addEventListener("input", () => {
    input.value = slider.value;
    onChange();
  });
  input.addEventListener("input", () => {
    const value = Number(input.value.replace(",", "."));
    if (input.value.trim() !== "" && Number.isFinite(value)) slider.value = String(value);
    onChange();
  });
  field.append(slider, input, hint);
  return () => input.value.trim() || undefined;
}

function choiceField(field: HTMLElement, { words }: ChoiceColumn, id: string, onChange: () => void): Read {
  const select = document.createElement("select");
  select.id = id;
  select.className = "wide";
  const options = ["", ...words].map((word, i) => new Option(i === 0 ? "not known" : word, String(i)));
  select.append(...options);
  select.selectedIndex = Math.min(1, words.length);
  select.addEventListener("change", onChange);
  field.append(select);
  return () => (select.selectedIndex === 0 ? undefined : words[select.selectedIndex - 1]);
}

function inputField(field: HTMLElement, column: DateColumn | TextColumn, id: string, onChange: () => void): Read {
  const isDate = column.kind === "date";
  const type = isDate ? (column.hasTime ? "datetime-local" : "date") : "text";
  const middle = isDate && column.middle !== undefined ? new Date(column.middle).toISOString() : "";
  const input = inputOf(type, id, middle.slice(0, isDate && column.hasTime ? 16 : 10));
  input.className = "wide";
  input.addEventListener("input", onChange);
  field.append(input);
  if (!isDate) return () => input.value || undefined;
  // Tables without zones are read as UTC.
  return () => (input.value ? new Date(column.hasTime ? `${input.value}Z` : input.value) : undefined);
}

function inputOf(type: string, id: string, value: string): HTMLInputElement {
  const input = document.createElement("input");
  Object.assign(input, { type, id, value, spellcheck: false });
  return input;
}
