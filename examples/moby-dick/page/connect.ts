import type { Port } from "./messages";

/**
 * Starts the trainer in a worker; where there are none, on the page's own thread, which stutters then.
 *
 * @param onFailure is told when the worker cannot be loaded
 */
export async function connect(
  onFailure: (message: string) => void,
): Promise<{ readonly port: Port; readonly isWorker: boolean }> {
  const worker = startWorker();
  if (worker) {
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      onFailure(event.message || "The script of the worker could not be loaded.");
    });
    return { port: worker, isWorker: true };
  }
  const { listen } = await import("./trainer");
  const { port1, port2 } = new MessageChannel();
  listen(port2);
  for (const port of [port1, port2]) port.start();
  return { port: port1, isWorker: false };
}

function startWorker(): Worker | undefined {
  try {
    return new Worker("/worker.js", { type: "module" });
  } catch {
    return undefined;
  }
}
