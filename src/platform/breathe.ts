import { builtinModule } from "./nodeModule";

/**
 * Lets everything else that waits run: timers, events, a page's next frame. `setImmediate` where there is one;
 * a message to oneself in browsers, whose `setTimeout` waits at least 4 ms. In Node with the globals of a browser, which Jest
 * makes with jsdom, both are missing: Node's module has the first.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
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
