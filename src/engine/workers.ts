import { ThreadError } from "../errors";
import { isNode, nodeModule } from "../node/nodeModule";

/** A worker, of Node or of a browser. */
export interface Member {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Whether the process is to wait for it, which matters in Node only. */
  hold(isAwaited: boolean): void;
  end(): void;
}

/** What a worker tells. */
export interface Reports {
  readonly onMessage?: (message: unknown) => void;
  /** It has ended, by itself or because somebody ended it. */
  readonly onEnd: () => void;
}

interface Signals {
  readonly onMessage: (message: unknown) => void;
  readonly onEnd: (reason: unknown) => void;
}

/** Milliseconds within which a worker must have begun to listen. */
const START_MILLISECONDS = 20_000;

async function startInNode(source: string, { onMessage, onEnd }: Signals): Promise<Member> {
  const { Worker } = await nodeModule<typeof import("node:worker_threads")>("node:worker_threads");
  // In a block, because in Deno names like `exports` are taken.
  const script = `{ const port = require("node:worker_threads").parentPort;\n${source} }`;
  // Loaders that the process was started with are not for this script.
  const worker = new Worker(script, { eval: true, execArgv: [] });
  worker.on("message", onMessage);
  worker.once("error", onEnd);
  worker.once("exit", (code) => onEnd(new Error(`it ended with code ${code}`)));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: (isAwaited) => (isAwaited ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  };
}

/**
 * Messages go through ports of their own: what a worker posts to a worker that it has started leaves it, in Chromium, when
 * it comes back to its event loop only, and it waits for its threads before.
 */
async function startInBrowser(source: string, { onMessage, onEnd }: Signals): Promise<Member> {
  const script = `onmessage = ({ ports: [port] }) => {\n${source} };`;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url);
  const { port1: port, port2 } = new MessageChannel();
  port.onmessage = ({ data }) => {
    URL.revokeObjectURL(url);
    onMessage(data);
  };
  worker.onerror = ({ message }) => onEnd(new Error(message));
  worker.postMessage(undefined, [port2]);
  return {
    post: (message, transfer = []) => port.postMessage(message, [...transfer]),
    hold: () => {},
    end: () => {
      worker.terminate();
      port.close();
    },
  };
}

/**
 * Starts a worker and waits until it has said that it listens, by its first message. It is started from text, because
 * bundlers lose files that only an address refers to, and speaks through `port`. From then on it does not keep a process
 * alive.
 *
 * @throws ThreadError when it does not start in time
 */
export async function startWorker(source: string, reports: Reports): Promise<Member> {
  let isReady = false;
  let member: Member | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const onMessage = (message: unknown) => {
        if (isReady) reports.onMessage?.(message);
        isReady = true;
        resolve();
      };
      const onEnd = (reason: unknown) => {
        reject(reason);
        if (isReady) reports.onEnd();
      };
      timer = setTimeout(() => reject(new Error(`none in ${START_MILLISECONDS} ms`)), START_MILLISECONDS);
      (isNode ? startInNode : startInBrowser)(source, { onMessage, onEnd }).then((started) => {
        member = started;
      }, reject);
    });
  } catch (cause) {
    member?.end();
    throw new ThreadError("a worker thread did not start. Use threads: 1 and worker: false.", { cause });
  } finally {
    clearTimeout(timer);
  }
  member!.hold(false);
  return member!;
}
