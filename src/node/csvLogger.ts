import { appendFile, readFile, writeFile } from "node:fs/promises";
import { ArgumentError } from "../errors";
import { boolean, checkOptions, show } from "../options";
import { isA } from "../platform/realm";
import { readyMade } from "../training/callbacks/readyMade";
import type { Callback } from "wasmgrad";

/** Options of `csvLogger`. */
export interface CsvLoggerOptions {
  /** The file to write. */
  path: string | URL;
  /** Whether to go on behind what the file holds, such as the epochs of a training that is resumed. Default false. */
  append?: boolean;
  /** Default ",". */
  separator?: string;
}

/** A cell as RFC 4180 writes it: in quotes where it could be taken for more than one. */
function quoted(cell: string, separator: string): string {
  return cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The first line of a file, "" when there is none. */
async function firstLine(path: string | URL): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause) => {
    if (cause.code === "ENOENT") return "";
    throw cause;
  });
  return text.split(/\r?\n/, 1)[0];
}

/**
 * Writes a line an epoch to a CSV file, with the epoch (counted from 0) and everything measured; what is written is in the
 * file before the next epoch begins. Callbacks before it in the list have added their numbers, those behind it have not.
 *
 * @throws ArgumentError for options, and from `fit` when `append` meets a file with other columns; what Node throws when
 *   the file cannot be written, before the first epoch
 */
export function csvLogger(options: CsvLoggerOptions): Callback {
  const who = "csvLogger";
  checkOptions(who, options, ["path", "append", "separator"]);
  const path = options?.path;
  if (!isA("URL", path) && (typeof path !== "string" || path === "")) {
    throw new ArgumentError(`${who}: path must be the name of a file, got ${show(path)}.`);
  }
  const append = boolean(who, "append", options.append ?? false);
  const separator = options.separator ?? ",";
  if (typeof separator !== "string" || separator.length !== 1 || '"\r\n'.includes(separator)) {
    throw new ArgumentError(`${who}: separator must be one character other than a quote, got ${show(separator)}.`);
  }
  const lineOf = (cells: readonly string[]) => `${cells.map((cell) => quoted(cell, separator)).join(separator)}\n`;
  let names: string[] | undefined;

  return readyMade({
    async onTrainBegin() {
      names = undefined;
      await (append ? appendFile(path, "") : writeFile(path, ""));
    },
    async onEpochEnd(epoch, logs) {
      let text = "";
      if (!names) {
        names = Object.keys(logs);
        const header = lineOf(["epoch", ...names]);
        const existing = append ? await firstLine(path) : "";
        if (existing === "") text = header;
        else if (`${existing}\n` !== header) {
          throw new ArgumentError(`${who}: ${path} has the columns ${existing}, not ${header.trimEnd()}.`);
        }
      }
      text += lineOf([String(epoch), ...names.map((name) => String(logs[name] ?? ""))]);
      await appendFile(path, text);
    },
  });
}
