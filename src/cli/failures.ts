import { didYouMean } from "../options";

/** What the command line gives back to the shell. */
export const EXIT = {
  ok: 0,
  /** Of data, of a model, of a file. */
  failure: 1,
  /** Of the command line itself. */
  usage: 2,
  /** What shells report of a program that was interrupted: 128 + the number of SIGINT. */
  interrupted: 130,
} as const;

/** The command line says something that means nothing. */
export class UsageError extends Error {}

/** Something is wrong with a file; the library has no error for it. */
export class FileError extends Error {}

/** The error of a name that is none of those known: the nearest one, or all. */
export function unknownName(what: string, name: string, known: readonly string[]): UsageError {
  return new UsageError(`${what} ${JSON.stringify(name)} is not known.${didYouMean(name, known)}`);
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "it may not be read or written",
  EPERM: "it may not be read or written",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk can only be read",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
};

/** What an error may have besides its message. */
interface Failure {
  readonly code?: string;
  readonly path?: string;
}

/** The nearest error of the file system among an error and what led to it. */
function fileProblem(error: Error): string | undefined {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const { code = "", path = "output" } = one as Failure;
    if (Object.hasOwn(FILE_PROBLEMS, code)) return `${path}: ${FILE_PROBLEMS[code]}.`;
  }
  return undefined;
}

/** What a person reads of an error, and the exit code; undefined when it is a fault of the program. */
export function explain(error: unknown): { readonly message: string; readonly exitCode: number } | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof UsageError) return { message: error.message, exitCode: EXIT.usage };
  if (error instanceof FileError) return { message: error.message, exitCode: EXIT.failure };
  const problem = fileProblem(error);
  if (problem) return { message: problem, exitCode: EXIT.failure };
  const { code = "" } = error as Failure;
  // By their codes: the package's classes are those of another file than this one's.
  if (!code.startsWith("ERR_WASMGRAD") || code === "ERR_WASMGRAD_INTERNAL") return undefined;
  const isUsage = code === "ERR_WASMGRAD_ARGUMENT";
  return { message: error.message, exitCode: isUsage ? EXIT.usage : EXIT.failure };
}
