// Breaks the library on purpose, one mistake at a time, and shows that the tests notice every one:
//
//   npm run test:mutants                     all mutants
//   npm run test:mutants -- --only adam      those whose name, files or tests match /adam/i
//   npm run test:mutants -- --jobs 1         one at a time; default 2
//   npm run test:mutants -- --changed        those of files that differ from the last commit of the main branch, or, on it, from
//                                            the commit before; `--changed --base COMMIT` from another one
//   npm run test:mutants -- --minutes 8      begins none after so long, and says which it has left out
//
// A mutant is { name, edits: [[file, find, replace], …], tests: [file, …], named? }: text that stands exactly once in a
// file, what is written instead, the test files that must fail, and a pattern of test names when one group of tests shall
// notice by itself. So a mistake in a SIMD kernel is often shown to the independent references alone, not to the readable
// twin. A text that is gone or stands twice is an error: mutants go with the code.
//
// Everything happens in copies of the work tree in a temporary folder. First the tests must pass there unmutated. A mutant
// must compile: one that does not proves nothing, is reported as invalid, and fails the run like one that survives.
//
// All of them took half an hour on two busy cores, so CI only tries those of what has changed.
import { parseArgs } from "node:util";
import { changedFiles, findBase } from "./mutants/changes.mjs";
import { findStale, mutants as all, mutantsOf } from "./mutants/index.mjs";
import { TypeChecker } from "./mutants/typeChecker.mjs";
import { Workbench } from "./mutants/workbench.mjs";

const { only, jobs, changed, base, minutes } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    jobs: { type: "string", default: "2" },
    changed: { type: "boolean", default: false },
    base: { type: "string" },
    minutes: { type: "string", default: "Infinity" },
  },
}).values;

const start = performance.now();
const minutesSince = () => (performance.now() - start) / 60_000;

/** What became of a mutant, and how that is known. */
async function judge(mutant, workbench, typeChecker) {
  const texts = workbench.mutate(mutant.edits);
  const error = typeChecker.findError(texts) ?? (await workbench.build(texts));
  if (error) return { verdict: "invalid", because: error };
  const { failure, broken } = await workbench.test(mutant.tests, mutant.named);
  if (failure) return { verdict: "caught", because: failure };
  return broken ? { verdict: "invalid", because: broken } : { verdict: "SURVIVED", because: mutant.tests.join(", ") };
}

/** Takes one mutant after the other from the queue until there are none, or the time is over; tries one at least. */
async function work(queue, workbench, typeChecker, verdicts) {
  while (queue.length > 0 && (verdicts.length === 0 || minutesSince() < Number(minutes))) {
    const mutant = queue.shift();
    const { verdict, because } = await judge(mutant, workbench, typeChecker);
    workbench.restore();
    verdicts.push(verdict);
    console.log(`${verdict.padEnd(9)} ${mutant.name} (${because})`);
  }
}

/** Whether every mutant was caught that there was time for. */
async function main(mutants) {
  const workbenches = await Workbench.several(Math.min(Number(jobs), mutants.length));
  const [first] = workbenches;
  const stale = mutants.flatMap((mutant) =>
    findStale(mutant, (file) => first.read(file)).map((problem) => `${mutant.name}: ${problem}`),
  );
  if (stale.length) throw new Error(`mutants that no longer fit the code:\n  ${stale.join("\n  ")}`);
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))].sort();
  const { failure, broken } = await first.test(tests);
  if (failure ?? broken) throw new Error(`the tests fail without any mutant: ${failure ?? broken}`);

  const queue = [...mutants];
  const verdicts = [];
  const typeChecker = new TypeChecker(first.folder);
  await Promise.all(workbenches.map((workbench) => work(queue, workbench, typeChecker, verdicts)));
  const count = (verdict) => verdicts.filter((each) => each === verdict).length;
  const invalid = count("invalid") ? `, ${count("invalid")} invalid` : "";
  for (const { name } of queue) console.log(`left out  ${name}`);
  const leftOut = queue.length ? `, ${queue.length} left out for want of time` : "";
  const judged = `${count("caught")} caught, ${count("SURVIVED")} survived${invalid}${leftOut}`;
  console.log(`${mutants.length} mutants, ${judged}, ${minutesSince().toFixed(1)} minutes`);
  return count("caught") === verdicts.length;
}

/** The mutants that were asked for. */
function chosen() {
  const matching = all.filter((mutant) => new RegExp(only, "i").test(JSON.stringify(mutant)));
  if (matching.length === 0) throw new Error(`no mutant matches /${only}/i`);
  if (!changed) return matching;
  const from = base ?? findBase();
  if (!from) {
    console.log("Mutants of what has changed: none, because git knows no earlier commit here.");
    return [];
  }
  const files = changedFiles(from);
  const mutants = mutantsOf(files, matching);
  console.log(
    `Mutants of the ${files.length} files that differ from ${from}: ${mutants.length} of ${matching.length}.`,
  );
  return mutants;
}

try {
  const mutants = chosen();
  process.exitCode = mutants.length === 0 || (await main(mutants)) ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
