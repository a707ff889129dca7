let address: string | URL | undefined;

/** Takes what `configure` was given as `worker`. */
export function useWorkerScript(given: string | URL): void {
  address = given;
}

/** Where browsers find the script of workers; undefined: nobody said. */
export function workerScriptAddress(): string | URL | undefined {
  return address;
}
