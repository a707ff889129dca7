import type { Flags } from "./arguments";
import { COMMANDS, type Command } from "./commands";
import { wrapped } from "./screen";
import { TABLE_FLAGS } from "./tableFlags";

/** Rows of a name and what it means, the meanings below each other where there is room for them. */
function meanings(rows: readonly (readonly [string, string])[], width: number): string[] {
  const widest = Math.min(24, Math.max(...rows.map(([name]) => name.length)));
  const indent = " ".repeat(widest + 4);
  return rows.flatMap(([name, meaning]) => {
    const lines = wrapped(meaning, Math.max(20, width - indent.length)).map((line) => `${indent}${line.trim()}`);
    const head = `  ${name}`;
    return head.length + 2 > indent.length
      ? [head, ...lines]
      : [head.padEnd(indent.length) + lines[0].trimStart(), ...lines.slice(1)];
  });
}

const flagRows = (flags: Flags) =>
  Object.entries(flags).map(([name, { value, short, help }]): [string, string] => [
    `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`,
    help,
  ]);

/** The help of a command. */
export function commandHelp(name: string, { summary, operands, flags, readsTables, notes }: Command, width: number) {
  return [
    `Usage: wasmgrad ${name}${operands ? ` ${operands}` : ""} [options]`,
    "",
    ...wrapped(`${summary[0].toUpperCase()}${summary.slice(1)}.`, width),
    "",
    "Options:",
    ...meanings(flagRows({ ...flags, help: { short: "h", help: "print this and exit" } }), width),
    ...(readsTables
      ? ["", "How the table is read, where that is not recognised:", ...meanings(flagRows(TABLE_FLAGS), width)]
      : []),
    ...notes.flatMap((note) => ["", ...wrapped(note, width).map((line) => line.trim())]),
  ];
}

/** The help of the program. */
export function programHelp(width: number): string[] {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]): [string, string] => [name, summary]);
  return [
    "Usage: wasmgrad COMMAND …",
    "",
    ...wrapped("Trains neural networks on tables, and predicts with them.", width),
    "",
    "  wasmgrad train penguins.csv --target species",
    "  wasmgrad predict penguins.safetensors new.csv > out.csv",
    "",
    "Commands:",
    ...meanings(commands, width),
    "",
    "Options:",
    ...meanings(
      [
        ["-h, --help", "print this and exit; behind a command, its help"],
        ["--version", "print the version and exit"],
      ],
      width,
    ),
    "",
    ...wrapped("Exit codes: 0; 1 for a fault of data, model or file; 2 for one of the command line.", width),
  ];
}
