import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Candidate } from "./item";
import type { Ratios } from "./losses";
import type { Machine } from "./machine";

/** What bench:check compares with. */
export interface Baseline {
  readonly machine: Machine;
  readonly ratios: Ratios;
}

const file = new URL("baseline.json", import.meta.url);

export function readBaseline(): Baseline | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** The names of ratios are those of candidates and, behind a comma, of what ran them. */
export function isIn({ ratios }: Baseline, { kind, name }: Pick<Candidate, "kind" | "name">): boolean {
  return Object.keys(ratios).some((key) => key.slice(0, key.lastIndexOf(", ")) === `${kind}: ${name}`);
}

/** The text of the file; small numbers as 2.5e-5, so that lines that did not change look as they did. */
export function showBaseline(baseline: Baseline): string {
  const text = JSON.stringify(baseline, null, 2);
  return `${text.replace(/: (0\.0000\d+)/g, (_, digits: string) => `: ${Number(digits).toExponential()}`)}\n`;
}

export function writeBaseline(baseline: Baseline): void {
  writeFileSync(file, showBaseline(baseline));
}
