import type { Flag, Flags, Given } from "./arguments";
import type { Screen } from "./screen";
import { TABLE_FLAGS } from "./tableFlags";

/** What a command is run with. */
export interface Running {
  readonly given: Given;
  readonly screen: Screen;
  /** Interrupted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Does what a command does; answers the exit code. */
export type Run = (running: Running) => Promise<number>;

/** A command. */
export interface Command {
  readonly summary: string;
  /** The operands, as they stand behind the name. */
  readonly operands: string;
  /** How many operands, at least and at most. */
  readonly count: readonly [number, number];
  readonly flags: Flags;
  /** Whether it reads tables. */
  readonly readsTables?: boolean;
  /** Paragraphs below the options. */
  readonly notes: readonly string[];
  load(): Promise<Run>;
}

const HELP: Flag = { short: "h", help: "print this and exit" };
const JSON_FLAG: Flag = { help: "print JSON for programs" };
const SEED: Flag = { value: "N", help: "same seed, same bytes (1)" };

export const COMMANDS: Readonly<Record<string, Command>> = {
  train: {
    summary: "learn a column of a table from the others",
    operands: "DATA",
    count: [1, 1],
    readsTables: true,
    flags: {
      target: { value: "COLUMN", isList: true, help: "what is to be learnt; several with commas" },
      features: { value: "A,B,…", isList: true, help: "learn from these only" },
      drop: { value: "A,B,…", isList: true, help: "leave these out" },
      task: { value: "KIND", help: "of a target of numbers: classification or regression" },
      test: { value: "SHARE", help: "of the rows, put aside to judge the model (0.2); 0 for none" },
      folds: { value: "N", help: "also judges by N parts of the rows, each once put aside" },
      group: { value: "COLUMN", help: "rows of the same value are put aside together" },
      time: { value: "COLUMN", help: "later rows are put aside, earlier ones learnt from" },
      search: {
        value: "[N]",
        isOptional: true,
        help: "looks for the network among N that are drawn (20), instead of a few usual ones",
      },
      workers: { value: "N", help: "trainings of a search at once (as many as there are cores); changes no result" },
      epochs: { value: "N", help: "passes over the rows, at most (by the number of rows)" },
      hidden: { value: "N,N,…", help: 'units of the hidden layers; "" for none' },
      seed: SEED,
      out: { value: "FILE", short: "o", help: "where the model goes (NAME.safetensors, in this folder)" },
      report: { value: "FILE", help: 'where the report goes (NAME.report.html, beside the model); "" for none' },
      json: JSON_FLAG,
      quiet: { short: "q", help: "print nothing" },
    },
    notes: [
      "DATA is a file or an address of CSV, TSV, JSON or JSON lines, gzipped or not; - is the standard input.",
      "Part of the rows is put aside to judge the model, part of the others to see when to stop. How well it does is said on rows that it has not seen. Then it learns from all rows for as long as was found best, and is saved; tables of more than 20,000 rows keep the model that was judged.",
      "With --folds all that is done to learn is done anew for each fold, without the rows that judge it; what is found is the mean over folds ± their standard deviation. Folds have the same shares of classes; with --group no group is in two of them; with --time each is judged by what was learnt from earlier rows.",
      "The file has everything in it that predicting takes: how columns are read, filled and scaled. The report is a page about the rows put aside: where the model errs, what each column is worth, how a simple model does.",
    ],
    load: async () => (await import("./train/train")).train,
  },
  predict: {
    summary: "say what a model thinks of rows",
    operands: "MODEL [ROWS]",
    count: [1, 2],
    readsTables: true,
    flags: {
      probabilities: { help: "the probability of every class, not only of the likeliest" },
      json: { help: "a JSON object for each row, instead of CSV" },
      quiet: { short: "q", help: "say nothing of gaps and unknown words" },
    },
    notes: [
      "ROWS is a table like that of training: the same columns, in any order, the target may be missing; - or nothing is the standard input, which may be a table, an object of JSON for one row, or an array of objects. Rows stream: a file may be larger than the memory.",
      "The output is CSV: a header, then a line for each row with what is predicted, in words and units, and how probable it is.",
    ],
    load: async () => (await import("./predict")).predict,
  },
  evaluate: {
    summary: "judge a model by rows of which the target is known",
    operands: "MODEL DATA",
    count: [2, 2],
    readsTables: true,
    flags: {
      report: { value: "FILE", help: "writes the page of a report about these rows" },
      json: JSON_FLAG,
    },
    notes: [
      "Says how often it is right, or how far off, beside a guess that does not look at a row: the most frequent class, or the mean, of DATA itself.",
    ],
    load: async () => (await import("./evaluate")).evaluate,
  },
  inspect: {
    summary: "show what is in a file of a model or of weights",
    operands: "FILE",
    count: [1, 1],
    flags: { json: JSON_FLAG },
    notes: [
      "FILE is a model of wasmgrad, of Keras (.keras, .h5), TensorFlow.js (model.json) or ONNX, or weights: safetensors, PyTorch (.pt, .pth), NumPy (.npz, .npy), Keras (.weights.h5) or GGUF. Its bytes tell what it is. Nothing in it is ever run.",
    ],
    load: async () => (await import("./inspect")).inspect,
  },
  describe: {
    summary: "show what a table holds, and how it is read",
    operands: "DATA",
    count: [1, 1],
    readsTables: true,
    flags: {
      target: { value: "COLUMN", isList: true, help: "what is to be learnt" },
      rows: { value: "N", help: "how many of the first rows are shown (5)" },
      json: JSON_FLAG,
    },
    notes: [],
    load: async () => (await import("./describe")).describe,
  },
  demo: {
    summary: "train on a small table that the program makes up itself",
    operands: "",
    count: [0, 0],
    flags: { seed: SEED },
    notes: [
      "Writes flowers.csv and flowers.safetensors into a temporary folder, trains on one, predicts with the other, and says each command that it runs.",
    ],
    load: async () => (await import("./demo")).demo,
  },
};

/** All options of a command. */
export const flagsOf = ({ flags, readsTables }: Command): Flags => ({
  ...flags,
  ...(readsTables ? TABLE_FLAGS : {}),
  help: HELP,
});
