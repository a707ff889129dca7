import type { FormatError } from "../errors";
import type { JsonField } from "../formats/jsonField";
import { BytePairs, MAXIMUM_IDS } from "./bytePairs";
import { Characters } from "./characters";
import type { Tokenizer } from "./tokenizer";

/** Tokenizers in model files. */

/** Bytes of the longest word, which no id can be longer than. */
const LONGEST = 128;

/**
 * A tokenizer that a file describes.
 *
 * @throws FormatError when it is none
 */
export function readTokenizer(field: JsonField): Tokenizer {
  const name = field.record().name;
  if (name === "characters") return readCharacters(field);
  if (name === "bytePairs") return readBytePairs(field);
  throw field.error("must be characters or bytePairs.");
}

function readCharacters(field: JsonField): Characters {
  const characters = [...field.members(["name", "characters"]).characters.string()];
  const isRising = characters.every(
    (character, i) => i === 0 || character.codePointAt(0)! > characters[i - 1].codePointAt(0)!,
  );
  if (characters.length === 0 || !isRising) {
    throw field.error("must have characters, each once and in the order of Unicode.");
  }
  return new Characters(characters);
}

function readBytePairs(field: JsonField): BytePairs {
  const seen = new Set<string>();
  const lengths: number[] = new Array(256).fill(1);
  const merges = field
    .members(["name", "merges"])
    .merges.elements(MAXIMUM_IDS)
    .map((merge): [number, number] => {
      const [left, right, ...more] = merge.elements(2).map((id) => id.integer(lengths.length - 1));
      const key = `${left},${right}`;
      const length = lengths[left] + lengths[right];
      if (right === undefined || more.length || seen.has(key) || length > LONGEST) throw wrongMerge(merge);
      seen.add(key);
      lengths.push(length);
      return [left, right];
    });
  return new BytePairs(merges);
}

function wrongMerge(field: JsonField): FormatError {
  return field.error(`must be two ids that were there before, of at most ${LONGEST} bytes together, joined once.`);
}
