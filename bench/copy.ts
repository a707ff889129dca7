import type { Contender } from "./measure";

/** Copies memory: reads and writes `bytes` in all, half of them each, as the best that work on so many bytes can reach. */
export function copyContender(bytes: number): Contender {
  const from = new Uint8Array(Math.max(1, bytes >> 1)).fill(1);
  const to = new Uint8Array(from.length);
  const run = (times: number) => {
    for (let i = 0; i < times; i++) to.set(from);
  };
  return { name: "copy", run };
}
