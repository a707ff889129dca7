// Breaks the library on purpose, one mistake at a time, and shows that the tests notice every one:
//
//   npm run test:mutants                     all mutants
//   npm run test:mutants -- --only adam      those whose name, files or tests match /adam/i
//   npm run test:mutants -- --jobs 1         one at a time; default 2
//
// A mutant is { name, edits: [[file, find, replace], …], tests: [file, …], named? }: text that stands exactly once in a
// file, what is written instead, the test files that must fail, and a pattern of test names when one group of tests shall
// notice by itself. So a mistake in a SIMD kernel is often shown to the independent references alone, not to the readable
// twin. A text that is gone or stands twice is an error: mutants go with the code.
//
// Everything happens in copies of the work tree in a temporary folder. First the tests must pass there unmutated. A mutant
// must compile: one that does not proves nothing, is reported as invalid, and fails the run like one that survives.
//
// All of them took half an hour on two busy cores, so CI leaves this to whoever changes kernels or tests.
import { parseArgs } from "node:util";
import { findStale, mutants as all } from "./mutants/index.mjs";
import { TypeChecker } from "./mutants/typeChecker.mjs";
import { Workbench } from "./mutants/workbench.mjs";

const { only, jobs } = parseArgs({
  options: { only: { type: "string", default: "" }, jobs: { type: "string", default: "2" } },
}).values;

const mutants = all.filter((mutant) => new RegExp(only, "i").test(JSON.stringify(mutant)));

/** What became of a mutant, and how that is known. */
async function judge(mutant, workbench, typeChecker) {
  const texts = workbench.mutate(mutant.edits);
  const error = typeChecker.findError(texts) ?? (await workbench.build(texts));
  if (error) return { verdict: "invalid", because: error };
  const { failure, broken } = await workbench.test(mutant.tests, mutant.named);
  if (failure) return { verdict: "caught", because: failure };
  return broken ? { verdict: "invalid", because: broken } : { verdict: "SURVIVED", because: mutant.tests.join(", ") };
}

/** Takes one mutant after the other from the queue until there are none. */
async function work(queue, workbench, typeChecker, verdicts) {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const { verdict, because } = await judge(mutant, workbench, typeChecker);
    workbench.restore();
    verdicts.push(verdict);
    console.log(`${verdict.padEnd(9)} ${mutant.name} (${because})`);
  }
}

/** Whether every mutant was caught. */
async function main() {
  const start = performance.now();
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
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `${mutants.length} mutants, ${count("caught")} caught, ${count("SURVIVED")} survived${invalid}, ${minutes} minutes`,
  );
  return count("caught") === mutants.length;
}

try {
  if (mutants.length === 0) throw new Error(`no mutant matches /${only}/i`);
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
