import { breathe, sliceEnd } from "./breathe";

/**
 * Goes through `count` things in pieces, and lets the event loop run whenever `SLICE_MILLISECONDS` are over since it last did:
 * what is done with any amount of data keeps a page alive. Returns a promise only when that was necessary.
 *
 * @param grain things done between two looks at the clock
 * @param work does those from `start` to `end`
 */
export function inSlices(
  count: number,
  grain: number,
  work: (start: number, end: number) => void,
): Promise<void> | undefined {
  let start = 0;
  /** Works until the time is over; true when all is done. */
  const slice = (): boolean => {
    const deadline = sliceEnd();
    while (start < count) {
      const end = Math.min(count, start + grain);
      work(start, end);
      start = end;
      if (start < count && performance.now() >= deadline) return false;
    }
    return true;
  };
  const rest = async () => {
    do await breathe();
    while (!slice());
  };
  return slice() ? undefined : rest();
}

/** Elements copied between two looks at the clock: a page of memory that is touched for the first time is dear. */
export const COPIED_AT_ONCE = 2 ** 16;

type Numbers = Float32Array | Int32Array | Uint8Array;

/** Copies an array in slices. Both stay as long as they are. */
export function copyInSlices(source: Numbers, target: Numbers): Promise<void> | undefined {
  if (source.length <= COPIED_AT_ONCE) {
    target.set(source);
    return undefined;
  }
  return inSlices(source.length, COPIED_AT_ONCE, (start, end) => target.set(source.subarray(start, end), start));
}
