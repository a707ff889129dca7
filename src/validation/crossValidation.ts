import { ArgumentError } from "../errors";
import { show } from "../options";
import { readExamples } from "./examples";
import { metricName } from "./metric";
import { readValidationOptions, type ValidationOptions } from "./options";
import { CrossValidation, scoresOf } from "./results";
import { Runner } from "./runner";
import type { TrialParameters } from "./runs";
import { checkPlain } from "./space";
import type { Maker } from "./trainFold";

/** Does what `crossValidate` says. */
export async function runCrossValidation(
  make: Maker,
  data: unknown,
  options: ValidationOptions & { parameters?: unknown },
): Promise<CrossValidation> {
  const who = "crossValidate";
  const settings = readValidationOptions(who, readExamples(who, data), options, ["parameters"]);
  const { parameters = {} } = options;
  if (typeof parameters !== "object" || parameters === null) {
    throw new ArgumentError(`${who}: parameters must be an object, got ${show(parameters)}.`);
  }
  checkPlain(`${who}: parameters`, parameters);
  const runner = new Runner(settings, make, settings.folds.length);
  const trial = { trial: 0, parameters: parameters as TrialParameters, seed: settings.seed };
  const [runs] = await runner.run([trial], { round: 0, budget: null, isLast: true });
  const failed = runs.find(({ error }) => error);
  if (failed) throw runner.errorOf(failed);
  const { score, deviation } = scoresOf(runs);
  return new CrossValidation(metricName(settings), runner.better, score!, deviation!, runs);
}
