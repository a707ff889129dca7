import type { MemoryMap } from "../compiler/memoryMap";
import { Driver } from "./driver";
import type { Engine } from "./engine";
import { MirroredWorkerEngine, SharedWorkerEngine } from "./worker";

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

/** An engine that runs programs in a driver's worker, over memory that is shared with it or mirrored. */
export function createWorkerEngine(
  module: WebAssembly.Module,
  map: MemoryMap,
  isShared: boolean,
  driver: Driver,
): Engine {
  const { totalBytes, threads, step, bases, learningRates } = map;
  if (isShared) return new SharedWorkerEngine(module, totalBytes, threads, map, driver);
  const totals = { address: bases.totals, bytes: learningRates - bases.totals };
  return new MirroredWorkerEngine(module, totalBytes, { step, totals }, driver);
}
