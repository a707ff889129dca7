import { ArgumentError } from "../errors";
import type { Model } from "../model/model";
import { deriveKey, RandomStream } from "../numeric/random";
import { checkOptions, finiteNumber, integer, show } from "../options";
import { seed as readSeed } from "../optionTable";
import { Tensor } from "../tensor/tensor";
import { checkIds, checkText, isTokenizer, type Tokenizer } from "../text/tokenizer";
import { drawId, type Sampling } from "./sampling";
import type { Stream } from "../streams/stream";
import { Writer } from "./writer";

/** Options of `generate`. */
export interface GenerateOptions {
  /** What the text begins with; not part of what comes out. */
  prompt: string;
  /** Tokens that are written at most. Default 256. */
  maxTokens?: number | undefined;
  /** What logits are divided by: below 1 the likely gets likelier, 0 takes the most likely. Default 1. */
  temperature?: number | undefined;
  /** Only so many of the most likely are drawn from. Default: all. */
  topK?: number | undefined;
  /** Only the most likely are drawn from that together are as likely as this, in (0, 1]. Default: all. */
  topP?: number | undefined;
  /**
   * Divides the logits of tokens that are there already where they are above 0, multiplies them where they are below (Keskar et al.
   * 2019). Default 1.
   */
  repetitionPenalty?: number | undefined;
  /** Where one of these texts comes up, the text ends in front of it. Default: none. */
  stop?: string | readonly string[] | undefined;
  /** Of what is drawn: the same seed writes the same text. Default 0. */
  seed?: number | undefined;
  /** Turns text into ids. Default: that of the model. */
  tokenizer?: Tokenizer | undefined;
  /** Ends it: the iterator throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

const OPTIONS = [
  ...["prompt", "maxTokens", "temperature", "topK", "topP", "repetitionPenalty", "stop", "seed", "tokenizer", "signal"],
] as const;
const WHO = "generate";
/** Tells random numbers of texts from those of other uses of a seed. */
const TEXT_STREAM = 0x7e87;

interface Plan {
  readonly tokenizer: Tokenizer;
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly stops: readonly string[];
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

function readStops(stop: unknown): readonly string[] {
  const stops: readonly unknown[] = stop === undefined ? [] : Array.isArray(stop) ? [...stop] : [stop];
  for (const text of stops) {
    if (typeof text !== "string" || text === "") {
      throw new ArgumentError(`${WHO}: stop must be a text, or a list of some, none of them empty, got ${show(text)}.`);
    }
    // Half of a character would be found within whole ones.
    checkText(`${WHO}: stop`, text);
  }
  return stops as readonly string[];
}

function readPlan(model: Model, options: GenerateOptions): Plan {
  checkOptions(WHO, options, OPTIONS);
  const { prompt, topK, topP, signal, tokenizer = model?.tokenizer } = options ?? {};
  if (typeof model?.stream !== "function") throw new ArgumentError(`${WHO}: expects a model, got ${show(model)}.`);
  if (!isTokenizer(tokenizer)) {
    throw new ArgumentError(
      `${WHO}: the model has no tokenizer. Set model.tokenizer = text.characters(corpus), or give one as an option.`,
    );
  }
  if (typeof prompt !== "string" || prompt === "") {
    throw new ArgumentError(`${WHO}: prompt must be a text that is not empty, got ${show(prompt)}.`);
  }
  const ids = Array.from(tokenizer.encode(prompt));
  if (ids.length === 0) throw new ArgumentError(`${WHO}: the tokenizer makes no ids of the prompt ${show(prompt)}.`);
  checkIds(`${WHO}: the tokenizer, encoding the prompt`, ids, tokenizer.vocabularySize);
  return {
    tokenizer,
    prompt: ids,
    maxTokens: integer(WHO, "maxTokens", options.maxTokens ?? 256),
    sampling: {
      temperature: finiteNumber(WHO, "temperature", options.temperature ?? 1, { min: 0 }),
      topK: topK === undefined ? undefined : integer(WHO, "topK", topK),
      topP: topP === undefined ? undefined : finiteNumber(WHO, "topP", topP, { above: 0, max: 1 }),
      repetitionPenalty: finiteNumber(WHO, "repetitionPenalty", options.repetitionPenalty ?? 1, { above: 0 }),
    },
    stops: readStops(options.stop),
    seed: readSeed(options.seed ?? 0, WHO, "seed"),
    signal,
  };
}

/**
 * Writes text: a model that foretells the next token of all before reads the prompt, and from then on what it has written itself. It
 * is read step by step, so that a token costs the same wherever it stands.
 *
 *     for await (const piece of generate(model, { prompt: "Call me", maxTokens: 200, temperature: 0.8 })) write(piece);
 *
 * The model takes ids `[batch, time]` and puts out logits or probabilities `[batch, time, ids]`. Where it has room for fewer steps
 * than the text has, it begins anew with the later half of what it has seen. The same seed writes the same text on every machine.
 *
 * @returns an async iterable of pieces of text, without the prompt
 * @throws ArgumentError, DataError at the call; when the first piece is asked for ArgumentError for a model that cannot write step by
 *   step, puts out another number of scores than the tokenizer has ids, or has no room for the prompt
 */
export function generate(model: Model, options: GenerateOptions): AsyncGenerator<string, void, undefined> {
  return write(model, readPlan(model, options));
}

async function* write(model: Model, plan: Plan): AsyncGenerator<string, void, undefined> {
  const { tokenizer, prompt, maxTokens, sampling, seed, signal } = plan;
  signal?.throwIfAborted();
  const stream = await model.stream({ batchSize: 1, maxLength: prompt.length + maxTokens });
  checkPorts(stream, plan);
  const { maxLength = Number.POSITIVE_INFINITY } = stream;
  const { areProbabilities } = stream.ports.outputs[0];
  const random = new RandomStream(deriveKey(seed, TEXT_STREAM));
  const ids = [...prompt];
  const seen = new Set(prompt);
  const writer = new Writer(tokenizer, plan.stops, prompt);
  let scores = await push(stream, ids, signal);
  for (let count = 0; count < maxTokens; count++) {
    signal?.throwIfAborted();
    const id = drawId(scores, areProbabilities, seen, sampling, random.uniform53());
    ids.push(id);
    seen.add(id);
    const piece = writer.add(id);
    if (piece) yield piece;
    if (writer.hasStopped || count === maxTokens - 1) break;
    if (stream.steps < maxLength) scores = await push(stream, [id], signal);
    else {
      stream.reset();
      scores = await push(stream, ids.slice(-Math.max(1, Math.floor(maxLength / 2))), signal);
    }
  }
  const rest = writer.end();
  if (rest) yield rest;
}

function checkPorts({ ports: { inputs, outputs }, maxLength }: Stream, { tokenizer, prompt }: Plan): void {
  const [input, output] = [inputs[0], outputs[0]];
  const isTextModel =
    inputs.length === 1 &&
    outputs.length === 1 &&
    input.hasTime &&
    input.shape.length === 0 &&
    output.shape.length === 1;
  if (!isTextModel) {
    throw new ArgumentError(`${WHO}: expects a model of ids [batch, time] whose output is [batch, time, ids].`);
  }
  if (output.shape[0] !== tokenizer.vocabularySize) {
    throw new ArgumentError(
      `${WHO}: the model puts out scores of ${output.shape[0]} ids, the tokenizer has ${tokenizer.vocabularySize}.`,
    );
  }
  if (maxLength === undefined || prompt.length <= maxLength) return;
  throw new ArgumentError(`${WHO}: the prompt has ${prompt.length} tokens, the model has room for ${maxLength}.`);
}

/** Ids that are pushed at once: all their scores come back, and a signal is heard between. */
const PUSHED_IDS = 64;

/** The scores behind the last of these ids. */
async function push(stream: Stream, ids: readonly number[], signal: AbortSignal | undefined): Promise<Tensor["data"]> {
  let scores: Tensor["data"] | undefined;
  for (let from = 0; from < ids.length; from += PUSHED_IDS) {
    signal?.throwIfAborted();
    const part = Int32Array.from(ids.slice(from, from + PUSHED_IDS));
    // One step without the axis of time is what a stream reads fastest.
    const sizes = part.length === 1 ? [1] : [1, part.length];
    const { data, shape } = await stream.push(new Tensor(part, sizes));
    scores = data.subarray(data.length - shape[shape.length - 1]);
  }
  return scores!;
}
