import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../src/cli/program";
import { Screen } from "../../src/cli/screen";

/** What a command has printed, and its exit code. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the terminal is. */
export interface Around {
  readonly columns?: number;
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command line in this process. */
export async function wasmgrad(args: readonly string[], { columns, isTTY, env = {} }: Around = {}): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    columns,
    isTTY,
    once: () => undefined,
    write(text: string) {
      written[name] += text;
      return true;
    },
  });
  const screen = new Screen(stream("stdout"), stream("stderr"), env);
  const exitCode = await runProgram(args, screen, new AbortController().signal);
  return { exitCode, ...written };
}

/** A folder for the files of a test. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-cli-"));
  const path = (name: string) => join(folder, name);
  return {
    path,
    write: (name: string, content: string | Uint8Array) => {
      writeFileSync(path(name), content);
      return path(name);
    },
    read: (name: string) => readFileSync(path(name), "utf8"),
  };
}

/** Heights in two towns, one of which has the tall people; every twentieth height is missing. */
export function people(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const town = i % 2 === 0 ? "Oslo" : "Rome";
    const height = (i % 2 === 0 ? 185 : 170) + ((i * 7) % 11) - 5;
    const age = 20 + ((i * 13) % 40);
    return `${age},${i % 20 === 19 ? "" : height},${["red", "green", "blue"][i % 3]},${town}`;
  });
  return `${["age,height,colour,town", ...lines].join("\n")}\n`;
}
