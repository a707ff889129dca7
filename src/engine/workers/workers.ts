import { ThreadError } from "../../errors";
import { isNode, nodeModule } from "../../platform/nodeModule";
import { GREETING, workerScript } from "./workerScript";
import { workerScriptAddress } from "./workerScriptAddress";

/** A worker, of Node or of a browser. */
export interface Member {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Whether the process is to wait for it, which matters in Node only. */
  hold(isAwaited: boolean): void;
  end(): void;
  /**
   * Whether it is known to have ended, while this thread does nothing but ask. Only Node can tell; elsewhere it is false, and
   * `onEnd` is called when this thread comes back to its event loop.
   */
  hasEnded(): boolean;
}

/** What a worker tells. */
export interface Reports {
  readonly onMessage: (message: unknown) => void;
  /** It has ended, by itself or because somebody ended it. */
  readonly onEnd: () => void;
}

interface Signals {
  readonly onMessage: (message: unknown) => void;
  readonly onEnd: (reason: unknown) => void;
}

/** Milliseconds within which a worker must have begun to listen. */
const START_MILLISECONDS = 20_000;

/** What a worker says first. */
interface Greeting {
  readonly greeting?: string;
  /** Whether it holds the lock of its name as long as it lives. */
  readonly isLocked?: boolean;
}

async function startInNode({ onMessage, onEnd }: Signals): Promise<Member> {
  const { MessageChannel, Worker } = await nodeModule<typeof import("node:worker_threads")>("node:worker_threads");
  const { port1: port, port2 } = new MessageChannel();
  // Loaders that the process was started with are not for this script.
  const options = { eval: true, execArgv: [], workerData: port2, transferList: [port2] };
  const worker = new Worker(workerScript, options);
  worker.on("message", onMessage);
  worker.once("error", onEnd);
  worker.once("exit", (code) => onEnd(new Error(`it ended with code ${code}`)));
  // Node says at once whether anybody can receive a message: true, false, and undefined once this end is closing, too. The
  // event comes to the event loop only.
  const isReceived = () => port.postMessage(0) as unknown;
  const tells = isReceived() === true;
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: (isAwaited) => (isAwaited ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
    hasEnded: () => tells && isReceived() !== true,
  };
}

let lockCount = 0;

/** A name that no other worker of this origin has. */
function lockName(): string {
  const random = crypto.getRandomValues(new Uint32Array(4)).join("-");
  return `wasmgrad worker ${random} ${lockCount++}`;
}

/**
 * Messages go through ports of their own: what a worker posts to a worker that it has started leaves it, in Chromium, when
 * it comes back to its event loop only, and it waits for its threads before.
 *
 * No browser tells that a worker was ended, by whoever it was. Where there are locks (in secure contexts) this thread asks
 * for the one that the worker holds, and gets it when the worker is gone. Elsewhere the port tells, where browsers know its
 * event `close` (Chromium 122); where they do not, an abort ends the wait.
 */
async function startInBrowser({ onMessage, onEnd }: Signals): Promise<Member> {
  if (typeof Worker === "undefined") throw new ThreadError("this runtime has none");
  const scriptAddress = workerScriptAddress();
  const url = scriptAddress ?? URL.createObjectURL(new Blob([workerScript], { type: "text/javascript" }));
  // The script of the package is a module, the text is none.
  const worker = new Worker(url, { type: scriptAddress ? "module" : "classic" });
  const { port1: port, port2 } = new MessageChannel();
  const lock = lockName();
  const watching = new AbortController();
  const onGone = () => onEnd(new Error("it was ended"));
  port.onmessage = ({ data }) => {
    if (!scriptAddress) URL.revokeObjectURL(String(url));
    if ((data as Greeting)?.isLocked) {
      // Rejects when this thread no longer wants to know.
      navigator.locks.request(lock, { signal: watching.signal }, onGone).catch(() => {});
    }
    onMessage(data);
  };
  port.addEventListener("close", onGone);
  worker.onerror = ({ message = "" }) => onEnd(new Error(message));
  worker.postMessage(lock, [port2]);
  return {
    post: (message, transfer = []) => port.postMessage(message, [...transfer]),
    hold: () => {},
    end: () => {
      watching.abort();
      worker.terminate();
      port.close();
    },
    hasEnded: () => false,
  };
}

/** Browsers do not say why they block a worker. */
function reasonOf(cause: unknown): string {
  const { message } = cause as Error;
  return message ? ` (${message})` : "";
}

function adviceFor(): string {
  const alone = "Use threads: 1 and worker: false.";
  if (isNode || typeof Worker === "undefined") return alone;
  const scriptAddress = workerScriptAddress();
  if (scriptAddress) return `Is ${scriptAddress} the package's worker.js? If the page forbids workers: ${alone}`;
  return `If its content security policy forbids blob: workers, call configure({ worker: URL of the package's worker.js }). ${alone}`;
}

/**
 * Starts a worker and waits until it has said that it listens, by its first message. From then on it does not keep
 * a process alive.
 *
 * @throws ThreadError when it does not start in time
 */
export async function startWorker(reports: Reports): Promise<Member> {
  let isReady = false;
  let member: Member | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const onMessage = (message: unknown) => {
        if (isReady) reports.onMessage(message);
        else if ((message as Greeting)?.greeting === GREETING) resolve();
        else reject(new Error("its script is not that of this version"));
        isReady = true;
      };
      const onEnd = (reason: unknown) => {
        reject(reason);
        if (isReady) reports.onEnd();
      };
      timer = setTimeout(() => reject(new Error(`none in ${START_MILLISECONDS} ms`)), START_MILLISECONDS);
      (isNode ? startInNode : startInBrowser)({ onMessage, onEnd }).then((started) => {
        member = started;
      }, reject);
    });
  } catch (cause) {
    member?.end();
    throw new ThreadError(`a worker thread did not start${reasonOf(cause)}. ${adviceFor()}`, { cause });
  } finally {
    clearTimeout(timer);
  }
  member!.hold(false);
  return member!;
}
