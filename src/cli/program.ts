import { readFileSync } from "node:fs";
import { readArguments } from "./arguments";
import { COMMANDS, flagsOf } from "./commands";
import { EXIT, explain, UsageError, unknownName } from "./failures";
import { commandHelp, programHelp } from "./help";
import type { Screen } from "./screen";
import { inWordsOfCommandLine } from "./waysOut";

/** The version in the manifest, which is the same two folders above the source and one above the bundle. */
function version(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
      if (name === "wasmgrad") return version;
    } catch {
      // It is in the other one.
    }
  }
  return "unknown";
}

async function run(args: readonly string[], screen: Screen, signal: AbortSignal): Promise<number> {
  const [name, ...rest] = args;
  const width = Math.min(100, screen.columns - 1);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const asked = name === "help" ? rest[0] : undefined;
    if (asked !== undefined && !Object.hasOwn(COMMANDS, asked)) {
      throw unknownName("command", asked, Object.keys(COMMANDS));
    }
    const lines = asked === undefined ? programHelp(width) : commandHelp(asked, COMMANDS[asked], width);
    if (name !== undefined) screen.print(...lines);
    else screen.say(...lines);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "--version") {
    screen.print(version());
    return EXIT.ok;
  }
  if (!Object.hasOwn(COMMANDS, name)) throw unknownName("command", name, Object.keys(COMMANDS));
  const command = COMMANDS[name];
  const given = readArguments(rest, flagsOf(command));
  if (given.has("help")) {
    screen.print(...commandHelp(name, command, width));
    return EXIT.ok;
  }
  const [least, most] = command.count;
  if (given.operands.length < least || given.operands.length > most) {
    const usage = `wasmgrad ${name} ${command.operands}`.trimEnd();
    throw new UsageError(`${usage}: ${given.operands.length} given. See wasmgrad ${name} --help.`);
  }
  return (await command.load())({ given, screen, signal });
}

/**
 * Runs the program; answers its exit code.
 *
 * @throws what no fault of the user's explains
 */
export async function runProgram(args: readonly string[], screen: Screen, signal: AbortSignal): Promise<number> {
  try {
    return await run(args, screen, signal);
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      screen.say("Interrupted: nothing was saved.");
      return EXIT.interrupted;
    }
    const known = explain(error);
    if (!known) throw error;
    const operands = args.slice(1).filter((arg) => !arg.startsWith("-") || arg === "-");
    // Where a model and a table are given, questions are about the table.
    const file = operands[args[0] === "predict" || args[0] === "evaluate" ? 1 : 0];
    const table = file === undefined || file === "-" ? "the input" : file;
    screen.say(`wasmgrad: ${inWordsOfCommandLine(known.message, table)}`);
    return known.exitCode;
  }
}
