/** Random numbers from 0 to 1, the same for the same seed (xorshift, Marsaglia 2003). */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Normal random numbers, of two uniform ones each (Box and Muller 1958). */
export function normalFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A number below 2^24 for each pair of a seed and an index, without a state: the mixer lowbias32 (Wellons 2018), its upper bits. */
export function hashOf(seed: number, index: number): number {
  let bits = index + Math.imul(seed, 0x9e3779b9);
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 8;
}

/** The numbers from 0 to `count` − 1, sorted by their hashes. */
export function shuffledIndexes(seed: number, count: number): number[] {
  const hashes = Array.from({ length: count }, (_, i) => hashOf(seed, i));
  return hashes.map((_, i) => i).sort((a, b) => hashes[a] - hashes[b] || a - b);
}
