import { EXIT, explain } from "./failures";
import { runProgram } from "./program";
import { Screen } from "./screen";

const { stdout, stderr } = process;
const screen = new Screen(stdout, stderr, process.env);

// A reader that has enough closes the pipe, as `head` does; anything else is an error as good as one of a file.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  screen.say(`wasmgrad: ${explain(Object.assign(error, { path: "standard output" }))?.message ?? error.message}`);
  process.exit(EXIT.failure);
});
stderr.on("error", () => process.exit(EXIT.failure));

// Only the first Ctrl-C is caught: a second one ends the process at once.
const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());

process.exitCode = await runProgram(process.argv.slice(2), screen, interruption.signal);
