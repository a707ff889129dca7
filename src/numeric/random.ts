import { normalQuantile } from "./normalQuantile";

/**
 * The counter-based generator: a random number is a function of (key, index) and of nothing else. A key is derived from
 * the seed and whatever tells two uses apart (operation, step), so initial values, shuffles and dropout masks are the
 * same whatever was drawn before, in any order, by any number of threads. `assembly/simd/random.ts` computes the same bits.
 *
 * The hash is the three-round `triple32` of C. Wellons' Hash Prospector (bias 0.021 against 0.17 of good two-round
 * hashes), with the key entering before the first and again before the second round: were it added once only, the
 * numbers of two keys would be one sequence read from two places.
 */
const GOLDEN = 0x9e3779b9;
const TWO_TO_32 = 4294967296;

/** triple32 of x, whose second round starts from x + middle. */
function hash(x: number, middle: number): number {
  x ^= x >>> 17;
  x = Math.imul(x, 0xed5ad4bb);
  x ^= x >>> 11;
  x = (x + middle) | 0;
  x = Math.imul(x, 0xac4c1b51);
  x ^= x >>> 15;
  x = Math.imul(x, 0x31848bab);
  x ^= x >>> 14;
  return x >>> 0;
}

/**
 * The key of one use of randomness, a uint32. The seed and the words (a stream, a step) count modulo 2³²; their order
 * matters.
 */
export function deriveKey(seed: number, ...words: number[]): number {
  let key = hash(seed | 0, GOLDEN);
  for (const word of words) key = hash(key ^ hash(word | 0, GOLDEN), GOLDEN);
  return key;
}

/** The random uint32 of this key at this index. The index counts modulo 2³². */
export function randomBits(key: number, index: number): number {
  return hash((key + index) | 0, key ^ GOLDEN);
}

/** The random number of this key at this index in [0, 1): a multiple of 2⁻²⁴, so exact in float32 too. */
export function uniform(key: number, index: number): number {
  return (randomBits(key, index) >>> 8) / 16777216;
}

/**
 * Maps 32 random bits to 0 … n − 1, 1 ≤ n ≤ 2³², or to −1 for the few that would favour some results: draw again.
 * The result is the high word of bits · n, and the low word tells whether it is one too many (Lemire 2019).
 */
function boundedInteger(bits: number, n: number): number {
  const low = Math.imul(bits, n) >>> 0;
  if (low < n && low < TWO_TO_32 % n) return -1;
  // bits · n loses digits from 2⁵³ on, far fewer than the 2³¹ the rounding forgives.
  return Math.floor((bits * n - low) / TWO_TO_32 + 0.5);
}

/** The numbers of one key in the order of their index. */
export class RandomStream {
  private index = 0;

  /** @param key from `deriveKey` */
  constructor(private readonly key: number) {}

  /** A uint32. */
  bits(): number {
    return randomBits(this.key, this.index++);
  }

  /** In [0, 1), a multiple of 2⁻²⁴. */
  uniform(): number {
    return (this.bits() >>> 8) / 16777216;
  }

  /** In [0, 1), a multiple of 2⁻⁵³. */
  uniform53(): number {
    const high = this.bits() >>> 5;
    return (high * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  /** In (0, 1), an odd multiple of 2⁻⁵³: neither end, where a quantile is infinite, and symmetric about ½. */
  private uniformOpen(): number {
    const high = this.bits() >>> 6;
    return (high * 67108864 + (this.bits() >>> 6) + 0.5) / 4503599627370496;
  }

  /** An integer from 0 to n − 1, each equally likely; 1 ≤ n ≤ 2³². */
  integer(n: number): number {
    let value = -1;
    while (value < 0) value = boundedInteger(this.bits(), n);
    return value;
  }

  /** Standard normal: mean 0, variance 1. */
  normal(): number {
    return normalQuantile(this.uniformOpen());
  }

  /** Standard normal given that it lies between −2 and 2: the distribution of drawing until it does. */
  truncatedNormal(): number {
    // Φ(−2) and Φ(2) − Φ(−2).
    return normalQuantile(0.02275013194817921 + 0.9544997361036416 * this.uniformOpen());
  }
}

/** Puts the elements in random order, every order equally likely (Fisher & Yates), and returns the same array. */
export function shuffle(indices: Int32Array, key: number): Int32Array {
  let draw = 0;
  for (let i = indices.length - 1; i > 0; i--) {
    // Said to be int32, the index costs V8 a quarter of the time: 4.8 instead of 17 ns an element.
    let j = boundedInteger(randomBits(key, draw++), i + 1) | 0;
    while (j < 0) j = boundedInteger(randomBits(key, draw++), i + 1) | 0;
    const moved = indices[i];
    indices[i] = indices[j];
    indices[j] = moved;
  }
  return indices;
}
