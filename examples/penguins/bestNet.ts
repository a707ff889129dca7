import { data, pipeline, search, tableModel } from "wasmgrad";

/** The penguins as a table whose columns know what they hold. */
export const readTable = (path: string) => data.table(path, { target: "species" });

/**
 * The net that tells them apart best, by five folds: nine of them for three epochs, the best three for nine, the best for 27.
 *
 * @param workers how many are trained at once; it changes nothing else
 */
export function findNet(table: Awaited<ReturnType<typeof readTable>>, seed: number, workers: number) {
  return search(
    // The pipeline learns from those rows that the fold does not test.
    async (rows, { units, learningRate, dropout }, context) =>
      tableModel(await pipeline(rows), { hidden: [units], learningRate, dropout, seed: context.seed }),
    {
      units: [4, 16, 64],
      learningRate: { min: 1e-3, max: 1e-1, scale: "log" },
      dropout: { min: 0, max: 0.5, step: 0.1 },
    },
    { data: table, strategy: "successiveHalving", trials: 9, epochs: 27, seed, workers },
  );
}

/** The share of other penguins that the best net tells apart, trained on all rows of the search. */
export async function accuracyOf(
  { model }: Awaited<ReturnType<typeof findNet>>,
  others: Parameters<typeof findNet>[0],
) {
  const { x, y } = await model!.pipeline!.apply(others);
  return (await model!.evaluate(x, y)).accuracy;
}
