// All mutants there are, see ../mutants.mjs.
import { compiler } from "./compiler.mjs";
import { graphs } from "./graphs.mjs";
import { images } from "./images.mjs";
import { kernels } from "./kernels.mjs";
import { losses } from "./losses.mjs";
import { optimizers } from "./optimizers.mjs";
import { training } from "./training.mjs";

export const mutants = Object.entries({ kernels, losses, optimizers, compiler, training, graphs, images }).flatMap(
  ([family, ofFamily]) => ofFamily.map((mutant) => ({ ...mutant, name: `${family} · ${mutant.name}` })),
);

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
