// Random numbers of a formula, one for each place of a tensor: F.make of the places i … i + 3 and up to two options.
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { deriveKey } from "../simd/random";
import { ELEMENTWISE_GRAIN } from "./elementwise";

// @ts-ignore: decorator
@inline
export function fillRandom<F>(y: usize, count: i32, seed: i32, stream: i32, step: usize, a: v128, b: v128): void {
  const key = deriveKey(seed, stream, changetype<Step>(step).index);
  const end = shareEnd(count, ELEMENTWISE_GRAIN);
  for (let i = shareStart(count, ELEMENTWISE_GRAIN); i < end; i += 16) {
    const to = y + (<usize>i << 2);
    const y0 = changetype<F>(0).make(key, i, a, b);
    const y1 = changetype<F>(0).make(key, i + 4, a, b);
    const y2 = changetype<F>(0).make(key, i + 8, a, b);
    const y3 = changetype<F>(0).make(key, i + 12, a, b);
    v128.store(to, y0);
    v128.store(to, y1, 16);
    v128.store(to, y2, 32);
    v128.store(to, y3, 48);
  }
}
