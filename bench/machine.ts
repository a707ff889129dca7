import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";

/** Where and when figures were made: without it they mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly v8: string;
  readonly date: string;
  /** Processes that wanted to run in the minute before; a busy machine makes poor figures. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    cpu: describeProcessor(),
    cores: availableParallelism(),
    node: process.version,
    v8: process.versions.v8,
    date: new Date().toISOString().slice(0, 10),
    load: loadavg()[0],
  };
}

/** What it calls itself and, where Linux tells, its family and model: generations share a name. */
function describeProcessor(): string {
  const name = cpus()[0]?.model.trim() ?? "unknown processor";
  if (!existsSync("/proc/cpuinfo")) return name;
  const info = readFileSync("/proc/cpuinfo", "utf8");
  const [family, model] = ["cpu family", "model"].map((key) => new RegExp(`^${key}\\s*: (\\d+)`, "m").exec(info)?.[1]);
  return family && model ? `${name} (family ${family}, model ${model})` : name;
}

/** One line of text. */
export function showMachine({ cpu, cores, node, v8, date, load }: Machine): string {
  return `${cpu}, ${cores} cores, Node ${node}, V8 ${v8}, ${date}, load before ${load.toFixed(1)}`;
}
