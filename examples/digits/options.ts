import { parseArgs } from "node:util";
import { ArgumentError } from "wasmgrad";
import { didYouMean, integer, oneOf } from "../../src/options";

/** What one run of `npm start` does. */
export interface RunOptions {
  readonly dataset: "mnist" | "fashion";
  /** Layers of weights only, or convolutions before them. */
  readonly model: "mlp" | "cnn";
  readonly epochs: number;
  readonly batchSize: number;
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
  readonly seed: number;
  readonly engine: "wasm" | "js";
  /** Where the trained model is saved. */
  readonly output: string;
  /** Whether to train an epoch on the `js` engine, too, and compare. */
  readonly compares: boolean;
  /** Whether the last line is one JSON object. */
  readonly json: boolean;
}

export const HELP = `Trains a network on 60,000 images of digits or clothes; shows what it learned.

Usage: npm start -- [options]

  --dataset mnist|fashion   what to learn (mnist)
  --model mlp|cnn           dense layers, or convolutions before them (mlp)
  --epochs N                passes over the images (5)
  --batch-size N            images a step (128)
  --hidden N,N,…            units of the hidden layers, "" for none (128)
  --seed N                  same seed, same weights, bit for bit (1)
  --engine wasm|js          what to train on (wasm)
  --output PATH             where to save (wasmgrad-<dataset>.safetensors)
  --skip-js                 leave out the comparison with js (a cnn has none)
  --json                    print one JSON object as the last line
  --help                    print this and exit

Ctrl-C ends it at once. A model is saved when its training is complete.`;

const flags = {
  dataset: { type: "string" },
  model: { type: "string" },
  epochs: { type: "string" },
  "batch-size": { type: "string" },
  hidden: { type: "string" },
  seed: { type: "string" },
  engine: { type: "string" },
  output: { type: "string" },
  "skip-js": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Flag = keyof typeof flags;
type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];

/** parseArgs has no suggestions in its own errors, and they are of no type a caller could tell; so it is asked to have none. */
function checkToken(token: Token): void {
  if (token.kind === "positional") {
    throw new ArgumentError(`npm start: ${JSON.stringify(token.value)} is not an option. See --help.`);
  }
  if (token.kind !== "option") return;
  if (!Object.hasOwn(flags, token.name)) {
    throw new ArgumentError(`npm start: unknown option "${token.rawName}".${suggest(token.name)}`);
  }
  const { type } = flags[token.name as Flag];
  // Without "=", what looks like an option is one, and the value has been forgotten.
  const isMissing = token.value === undefined || (!token.inlineValue && /^--?[a-z]/.test(token.value));
  if (type === "string" && isMissing) throw new ArgumentError(`npm start: ${token.rawName} needs a value.`);
  if (type === "boolean" && token.value !== undefined) {
    throw new ArgumentError(`npm start: ${token.rawName} takes no value, got ${JSON.stringify(token.value)}.`);
  }
}

function suggest(name: string): string {
  const known = Object.keys(flags).map((flag) => `--${flag}`);
  return didYouMean(`--${name}`, known);
}

/** Digits only: `Number` would take "", "0x10" and "1e3", too. */
function wholeNumber(option: string, text: string, range?: { min: number; max?: number }): number {
  return integer("npm start", option, /^\d+$/.test(text) ? Number(text) : text, range);
}

/**
 * Reads the command line.
 *
 * @returns the options, or "help"
 * @throws ArgumentError for options that are unknown, out of range or without their value
 */
export function readOptions(args: readonly string[]): RunOptions | "help" {
  const parsed = parseArgs({ args: [...args], options: flags, strict: false, tokens: true });
  for (const token of parsed.tokens) checkToken(token);
  const values = parsed.values as { [F in Flag]?: (typeof flags)[F]["type"] extends "string" ? string : boolean };
  if (values.help) return "help";
  const dataset = oneOf("npm start", "--dataset", values.dataset ?? "mnist", ["mnist", "fashion"] as const);
  const model = oneOf("npm start", "--model", values.model ?? "mlp", ["mlp", "cnn"] as const);
  const hidden = values.hidden ?? "128";
  return {
    dataset,
    model,
    epochs: wholeNumber("--epochs", values.epochs ?? "5"),
    batchSize: wholeNumber("--batch-size", values["batch-size"] ?? "128"),
    hidden: hidden === "" ? [] : hidden.split(",").map((units) => wholeNumber("--hidden", units.trim())),
    seed: wholeNumber("--seed", values.seed ?? "1", { min: 0, max: 2 ** 32 - 1 }),
    engine: oneOf("npm start", "--engine", values.engine ?? "wasm", ["wasm", "js"] as const),
    output: values.output ?? `wasmgrad-${dataset}.safetensors`,
    // An epoch of convolutions in plain JavaScript would take half an hour.
    compares: !values["skip-js"] && model === "mlp",
    json: values.json ?? false,
  };
}
