import { ArgumentError } from "../../errors";
import { isNode } from "../../platform/nodeModule";
import { show } from "../../options";

/** Most threads that can be asked for. */
const MAXIMUM_THREADS = 64;
/** Most threads that "auto" takes: more seldom help at usual batch sizes. */
const AUTO_THREADS = 8;

/** Cores of this machine, 1 where nobody says. */
export function countCores(): number {
  const os = globalThis.process?.getBuiltinModule?.("node:os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether there are workers at all: everywhere but in edge runtimes. */
function hasWorkers(): boolean {
  return isNode || typeof Worker !== "undefined";
}

/** Whether threads can work on one memory: everywhere else but on pages that are not cross-origin isolated. */
export function canShareMemory(): boolean {
  return hasWorkers() && typeof SharedArrayBuffer !== "undefined" && globalThis.crossOriginIsolated !== false;
}

/** Whether this thread may wait for others: all but the main thread of a page. Asked only where memory can be shared. */
export function canWait(): boolean {
  try {
    // The values differ, so that this never waits, but says whether it would be allowed to.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether this thread may be the first of several. In browsers it is not, even in a worker: it would not come to its event
 * loop to hear that another thread has ended.
 */
export function canLead(): boolean {
  return isNode && canWait();
}

let hasWarned = false;

/**
 * The number of threads that an option stands for: 1 where there cannot be more, which is said once.
 *
 * @throws ArgumentError for anything but a whole number from 1 to 64 or "auto"
 */
export function resolveThreads(who: string, threads: unknown): number {
  const isCount = Number.isInteger(threads) && (threads as number) >= 1 && (threads as number) <= MAXIMUM_THREADS;
  if (!isCount && threads !== "auto") {
    throw new ArgumentError(
      `${who}: threads must be a whole number from 1 to ${MAXIMUM_THREADS} or "auto", got ${show(threads)}.`,
    );
  }
  const count = threads === "auto" ? Math.min(AUTO_THREADS, countCores()) : (threads as number);
  if (count === 1 || canShareMemory()) return count;
  if (!hasWarned) {
    const reason = hasWorkers()
      ? "memory cannot be shared on this page. Serve it with the headers " +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp."
      : "this runtime has no workers.";
    console.warn(`wasmgrad: one thread instead of ${count}: ${reason}`);
  }
  hasWarned = true;
  return 1;
}
