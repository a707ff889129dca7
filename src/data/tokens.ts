import { ArgumentError, DataError } from "../errors";
import { checkOptions, integer, show } from "../options";
import { Tensor } from "../tensor/tensor";
import type { Dataset } from "./dataset";
import { fromTensors } from "./sources";

/** Options of `tokens`. */
export interface TokensOptions {
  /** Ids in a sample. */
  contextLength: number;
  /** Ids from the start of a sample to that of the next. Default `contextLength`: every id is a target once. */
  stride?: number | undefined;
}

/** 1 GiB of int32, for x and y each. */
const MAXIMUM_IDS = 2 ** 28;

/**
 * Samples for a model that foretells the next token: x `[contextLength]` are ids that follow each other, y `[contextLength]` those
 * one place further, both int32. What is left at the end and fills no sample is left out.
 *
 *     const ids = await tokenizer.encodeAsync(corpus);
 *     await gpt.fit(data.tokens(ids, { contextLength: 64 }).shuffle(), { batchSize: 32 });
 *
 * @param ids whole numbers from 0; copied
 * @throws ArgumentError, DataError for an id that is none, or fewer of them than one sample takes
 */
export function tokens(ids: ArrayLike<number>, options: TokensOptions): Dataset {
  const who = "tokens";
  if (typeof ids !== "object" || ids === null || !Number.isSafeInteger(ids.length)) {
    throw new ArgumentError(`${who}: expects an array of ids, got ${show(ids)}.`);
  }
  checkOptions(who, options, ["contextLength", "stride"]);
  const length = integer(who, "contextLength", options?.contextLength);
  const stride = integer(who, "stride", options.stride ?? length);
  const count = Math.floor((ids.length - 1 - length) / stride) + 1;
  if (count < 1) {
    throw new DataError(`${who}: a sample takes ${length} ids and the one behind them, got ${ids.length}.`);
  }
  if (count * length > MAXIMUM_IDS) {
    throw new DataError(`${who}: ${count} samples of ${length} ids are too many. Give a larger stride.`);
  }
  const own = Int32Array.from(ids, (id) => (typeof id === "number" ? id : -1));
  const wrong = own.findIndex((id, i) => id !== ids[i] || id < 0);
  if (wrong >= 0) throw new DataError(`${who}: ids are whole numbers from 0, got ${show(ids[wrong])} at ${wrong}.`);
  const samples = (offset: number) => {
    const values = new Int32Array(count * length);
    for (let k = 0; k < count; k++) {
      const start = offset + k * stride;
      values.set(own.subarray(start, start + length), k * length);
    }
    return new Tensor(values, [count, length]);
  };
  return fromTensors(samples(0), samples(1));
}
