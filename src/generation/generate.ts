import { ArgumentError } from "../errors";
import type { Model } from "../model/model";
import { deriveKey, RandomStream } from "../numeric/random";
import { checkOptions, finiteNumber, integer, show } from "../options";
import { seed as readSeed } from "../optionTable";
import { Tensor } from "../tensor/tensor";
import { isTokenizer, type Tokenizer } from "../text/tokenizer";
import { drawId, type Sampling } from "./sampling";
import type { Stream } from "../streams/stream";

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
    if (typeof text === "string" && text !== "") continue;
    throw new ArgumentError(`${WHO}: stop must be a text, or a list of some, none of them empty, got ${show(text)}.`);
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
  const writer = new Writer(tokenizer, plan.stops);
  let scores = await push(stream, ids);
  for (let count = 0; count < maxTokens; count++) {
    signal?.throwIfAborted();
    const id = drawId(scores, areProbabilities, seen, sampling, random.uniform53());
    ids.push(id);
    seen.add(id);
    const piece = writer.add(id);
    if (piece) yield piece;
    if (writer.hasStopped || count === maxTokens - 1) break;
    if (stream.steps < maxLength) scores = await push(stream, [id]);
    else {
      stream.reset();
      scores = await push(stream, ids.slice(-Math.max(1, Math.floor(maxLength / 2))));
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

/** The scores behind the last of these ids. */
async function push(stream: Stream, ids: readonly number[]): Promise<Tensor["data"]> {
  // One step without the axis of time is what a stream reads fastest.
  const sizes = ids.length === 1 ? [1] : [1, ids.length];
  const { data, shape } = await stream.push(new Tensor(Int32Array.from(ids), sizes));
  return data.subarray(data.length - shape[shape.length - 1]);
}

/** Most bytes of a character in UTF-8, which ids may hold parts of. */
const CHARACTER_BYTES = 4;
/** Ids that are waited for at most. */
const MOST_WAITING = 16;

/** Turns ids into pieces of text; keeps back what may be part of a character, or of a text that ends it. */
class Writer {
  #ids: number[] = [];
  #text = "";
  hasStopped = false;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly stops: readonly string[],
  ) {}

  /** What can be written now. */
  add(id: number): string {
    this.#ids.push(id);
    this.#text += this.#decodeWhole();
    return this.#take(Math.max(0, ...this.stops.map((stop) => stop.length - 1)));
  }

  /** The text of the ids that is the same whatever comes behind them: the rest of a character may be to come. Takes them away. */
  #decodeWhole(): string {
    const ids = this.#ids;
    const text = this.tokenizer.decode(ids);
    if (!text.endsWith("\ufffd") || ids.length >= MOST_WAITING) {
      this.#ids = [];
      return text;
    }
    // What is no character at all is not waited for: a part of one is at the end, and has fewer ids than a character has bytes.
    for (let count = ids.length - CHARACTER_BYTES + 1; count > 0; count--) {
      const [whole, rest] = [ids.slice(0, count), ids.slice(count)].map((part) => this.tokenizer.decode(part));
      if (whole + rest !== text) continue;
      ids.splice(0, count);
      return whole;
    }
    return "";
  }

  /** What was kept back, at the end. */
  end(): string {
    if (this.hasStopped) return "";
    if (this.#ids.length) this.#text += this.tokenizer.decode(this.#ids);
    this.#ids = [];
    return this.#take(0);
  }

  /** Takes all but the last characters, or what stands before the first text that ends it. */
  #take(kept: number): string {
    const places = this.stops.map((stop) => this.#text.indexOf(stop)).filter((place) => place >= 0);
    this.hasStopped = places.length > 0;
    const end = this.hasStopped ? Math.min(...places) : Math.max(0, this.#text.length - kept);
    const piece = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return piece;
  }
}
