import { showShape } from "../../tensor/shape";
import type { Module } from "./modules";
import type { Place } from "./places";

const SHOWN = 60;

const describeModule = ({ path, params }: Module): string => {
  const shapes = Array.from(params, ([name, { shape }]) => `${name} ${showShape(shape)}`);
  return `${path || "(top)"}: ${shapes.join(", ")}`;
};

const describePlace = ({ path, kind, weights }: Place): string => {
  const shapes = Array.from(weights, ([name, { spec }]) => `${name} ${showShape(spec.shape)}`);
  return `${path} (${kind}): ${shapes.join(", ")}`;
};

/** What is in the file and what the model has, one beside the other, each in its own order. */
export function sideBySide(modules: readonly Module[], places: readonly Place[]): string {
  const left = ["in the file", ...modules.slice(0, SHOWN).map(describeModule)];
  const right = ["in the model", ...places.slice(0, SHOWN).map(describePlace)];
  const count = Math.max(modules.length, places.length) + 1;
  const width = Math.min(70, Math.max(...left.slice(0, SHOWN).map(({ length }) => length)));
  const rows = Array.from(
    { length: Math.min(count, SHOWN) },
    (_, i) => `  ${(left[i] ?? "").padEnd(width)} | ${right[i] ?? ""}`,
  );
  if (count > SHOWN) rows.push(`  and ${count - SHOWN} more rows`);
  return rows.join("\n");
}
