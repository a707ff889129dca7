// All mutants there are, see ../mutants.mjs.
import { compiler } from "./compiler.mjs";
import { files } from "./files.mjs";
import { graphs } from "./graphs.mjs";
import { images } from "./images.mjs";
import { kernels } from "./kernels.mjs";
import { losses } from "./losses.mjs";
import { optimizers } from "./optimizers.mjs";
import { sequences } from "./sequences.mjs";
import { studies } from "./studies.mjs";
import { tables } from "./tables.mjs";
import { training } from "./training.mjs";

export const mutants = Object.entries({
  kernels,
  losses,
  optimizers,
  compiler,
  training,
  graphs,
  images,
  sequences,
  tables,
  studies,
  files,
}).flatMap(([family, ofFamily]) => ofFamily.map((mutant) => ({ ...mutant, name: `${family} · ${mutant.name}` })));

/**
 * What is wrong with a mutant: its texts must stand in their files exactly once, and its tests must be there. `read` returns
 * the text of a file, or undefined.
 */
export function findStale({ edits, tests }, read) {
  const missing = tests.filter((file) => read(file) === undefined).map((file) => `there is no ${file}`);
  const found = edits.flatMap(([file, find]) => {
    const count = (read(file) ?? "").split(find).length - 1;
    return count === 1 ? [] : [`${file} holds ${count} times: ${find}`];
  });
  return [...missing, ...found];
}

/**
 * The mutants that break one of these files, or whose tests are among them. First comes one of each file, then a second of each
 * and so on, so that a run that has to end early has tried something everywhere.
 */
export function mutantsOf(files, among = mutants) {
  const isAmong = new Set(files);
  const counts = new Map();
  return among
    .filter(({ edits, tests }) => [...edits.map(([file]) => file), ...tests].some((file) => isAmong.has(file)))
    .map((mutant) => {
      const [[file]] = mutant.edits;
      counts.set(file, (counts.get(file) ?? 0) + 1);
      return { mutant, turn: counts.get(file) };
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ mutant }) => mutant);
}
