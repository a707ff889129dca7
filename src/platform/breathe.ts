import { builtinModule } from "./nodeModule";

/**
 * Lets everything else that waits run: timers, events, a page's next frame. `setImmediate` where there is one;
 * a message to oneself in browsers, whose `setTimeout` waits at least 4 ms. In Node with the globals of a browser, which Jest
 * makes with jsdom, both are missing: Node's module has the first.
 */
export function breathe(): Promise<void> {
  return new Promise((done) => {
    const resolve = () => {
      lastBreath = performance.now();
      done();
    };
    if (typeof setImmediate === "function") setImmediate(resolve);
    else if (typeof MessageChannel === "function") {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    } else (builtinModule<typeof import("node:timers")>("node:timers")?.setImmediate ?? setTimeout)(resolve);
  });
}

/** Milliseconds of work between two breaths. */
export const SLICE_MILLISECONDS = 10;

/** When this thread's event loop last ran because of us, whoever of us it was. */
let lastBreath = Number.NEGATIVE_INFINITY;

/**
 * When work done in slices is to give way. All that is done on this thread counts together: two pieces of work of 10 ms that
 * follow each other without a breath between would be one of 20.
 */
export function sliceEnd(): number {
  return lastBreath + SLICE_MILLISECONDS;
}

/**
 * A breath before work that cannot be divided, unless there was one a moment ago. Undefined when none is due, so that nothing
 * has to be awaited.
 */
export function breatheBefore(): Promise<void> | undefined {
  return performance.now() < lastBreath + SLICE_MILLISECONDS / 4 ? undefined : breathe();
}
