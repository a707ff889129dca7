import { ArgumentError } from "../errors";
import { integer, show } from "../options";
import { type Dimension, followLength, type Length, OpenSize, sizeAt } from "./dimension";

/** Largest numbers of a size, and most axes that can be multiplied. */
const MOST = { factor: 2 ** 30, power: 4 } as const;

/**
 * A size that a file describes.
 *
 * @throws ArgumentError when it is none
 */
export function readSize(who: string, given: unknown): Dimension {
  if (typeof given === "number") return integer(who, "a size", given, { min: 0, max: MOST.factor });
  const [factor, power, lengths = [], ...rest]: unknown[] = Array.isArray(given) ? given : [];
  const isList = Array.isArray(lengths) && lengths.length <= MOST.power && rest.length === 0;
  const isEmpty = isList && lengths.length === 0 && (power === 0 || (given as unknown[]).length > 2);
  if (!isList || isEmpty) {
    throw new ArgumentError(
      `${who}: a size must be a number, [factor, power of the batch] or [factor, power, lengths], got ${show(given)}.`,
    );
  }
  return new OpenSize(
    integer(who, "the factor of a size", factor, { min: 1, max: MOST.factor }),
    integer(who, "the power of a size", power, { min: 0, max: MOST.power }),
    lengths.map((length) => readLength(who, length)),
  );
}

/** What follows an open length, only as this library writes it: two that are equal are written alike. */
function readLength(who: string, given: unknown): Length {
  const least = [1, 0, 1, 1, -MOST.factor];
  if (!Array.isArray(given) || given.length !== least.length) {
    throw new ArgumentError(`${who}: a length must be five numbers, got ${show(given)}.`);
  }
  const length = least.map((min, i) =>
    integer(who, "each number of a length", given[i], { min, max: i === 2 ? 16 : 2 ** 20 }),
  ) as unknown as Length;
  const size = new OpenSize(1, 0, [length]);
  const followed = followLength((at) => sizeAt(size, { batchSize: 1, length: at }));
  const isPlain =
    typeof followed === "object" && followed.factor === 1 && String(followed.lengths) === String([length]);
  if (!isPlain) throw new ArgumentError(`${who}: a length must be in its lowest terms, got ${show(given)}.`);
  return length;
}
