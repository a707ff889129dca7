import { Driver } from "./driver";
import type { Engine } from "../engine";
import type { ThreadPlaces } from "./threads";
import { MirroredWorkerEngine, type MirrorPlaces, SharedWorkerEngine } from "./worker";

/** Owners that the garbage collector takes end their workers. */
const abandoned = new FinalizationRegistry<Driver>((driver) => {
  if (!driver.hasEnded) driver.end();
});

/** A driver for somebody who had one before, which stays when it still runs. */
export function employDriver(owner: object, former: Driver | undefined): Driver {
  if (former && !former.hasEnded) return former;
  const driver = new Driver();
  abandoned.register(owner, driver);
  return driver;
}

/** What an engine in a worker has to know of the memory it runs over. */
export interface WorkerPlaces extends ThreadPlaces, MirrorPlaces {
  readonly totalBytes: number;
  readonly threads: number;
}

/** An engine that runs programs in a driver's worker, over memory that is shared with it or mirrored. */
export function createWorkerEngine(
  module: WebAssembly.Module,
  places: WorkerPlaces,
  isShared: boolean,
  driver: Driver,
): Engine {
  const { totalBytes, threads, step, totals } = places;
  if (isShared) return new SharedWorkerEngine(module, totalBytes, threads, places, driver);
  return new MirroredWorkerEngine(module, totalBytes, { step, totals }, driver);
}
