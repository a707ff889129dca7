/** Options of `data.table` that the command line has, by their names there. */
const FLAGS: Readonly<Record<string, string>> = {
  decimal: "decimal",
  thousands: "thousands",
  order: "order",
  missing: "missing",
  onlyMissing: "only-missing",
  unknown: "unknown",
  type: "type",
  unit: "unit",
  epoch: "epoch",
  magnitudes: "magnitudes",
  bounds: "bounds",
  hexadecimal: "hexadecimal",
  asWritten: "as-written",
  words: "words",
  header: "header",
  encoding: "encoding",
  format: "format",
  path: "path",
  names: "names",
  delimiter: "delimiter",
  quote: "quote",
  comment: "comment",
  skipRows: "skip-rows",
  skipFooter: "skip-footer",
};

/** Options that are said of one column. */
const OF_COLUMNS = new Set(
  "decimal thousands order missing onlyMissing unknown type unit epoch magnitudes bounds hexadecimal asWritten words".split(
    " ",
  ),
);

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const VALUE = String.raw`${TEXT}|\[[^\]]*\]|true|false|\d+`;
const NAMES = Object.keys(FLAGS).join("|");
const PAIR = new RegExp(String.raw`\b(${NAMES}): (${VALUE})`, "g");
const ALTERNATIVES = new RegExp(String.raw`\b(${NAMES}): (${TEXT}) or (${TEXT})`, "g");
const ONLY_MISSING = /missing: \{ only: (\[[^\]]*\]) \}/g;
const OF_COLUMN = new RegExp(String.raw`columns: \{ (${TEXT}): (?:(${TEXT})|\{ ([^{}]*) \}) \}`, "g");

/** A word of a command line, in quotes where a shell would read it otherwise. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** One setting as options of the command line. */
function flagOf(name: string, json: string, column: string | undefined): string {
  const flag = `--${FLAGS[name]}`;
  const value: unknown = JSON.parse(json);
  if (name === "header") return value === true ? flag : "--no-header";
  const of = column !== undefined && OF_COLUMNS.has(name) ? `${column}=` : "";
  if (value === true) return `${flag} ${shellWord(column ?? "COLUMN")}`;
  const all = Array.isArray(value) && name !== "words" ? value : [Array.isArray(value) ? value.join(",") : value];
  // No word at all is the empty cell alone.
  if (all.length === 0) all.push("");
  return all.map((one) => `${flag} ${shellWord(`${of}${one}`)}`).join(" ");
}

/**
 * A message of the library in the words of the command line: `columns: { "zip": { type: "number", decimal: "," } }` becomes
 * `--type zip=number --decimal zip=,`.
 *
 * @param file what the table is called
 */
export function inWordsOfCommandLine(message: string, file = "the table"): string {
  const flat = message.replace(ONLY_MISSING, "onlyMissing: $1");
  const [, quoted] = new RegExp(`column (${TEXT})`).exec(flat) ?? [];
  const column = quoted === undefined ? undefined : (JSON.parse(quoted) as string);
  const pairs = (text: string, of: string | undefined) =>
    text.replace(PAIR, (_, name: string, json: string) => flagOf(name, json, of));
  const settings = (_: string, name: string, type: string | undefined, rest: string | undefined) => {
    const of = JSON.parse(name) as string;
    return type === undefined ? pairs(rest!, of).replaceAll(", --", " --") : flagOf("type", type, of);
  };
  // Of one column all else that its ways out name is said of it, too.
  return pairs(flat.replace(ALTERNATIVES, "$1: $2 or $1: $3").replace(OF_COLUMN, settings), column)
    .replace(/^(?:table(?:Stream)?|table\.select|pipeline): (target|features|drop|columns): /, (_, option: string) =>
      option === "columns" ? "" : `--${option}: `,
    )
    .replaceAll(" of the schema is missing.", " is missing, which the model was trained with.")
    .replace(/^table(?:Stream)?: /, () => `${file}: `)
    .replace(/\bRead (?:it|the table) with data\.table\(…, (.*?)\)/g, "Give $1")
    .replace(/\b(?:Set|Read it with) (?=--)/g, "Give ");
}
