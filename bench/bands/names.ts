import { loadNames, makeClassifier, tensorsOf } from "../../examples/names/names";
import { type Recipe, trainInOrder, within } from "./recipe";

/** A GRU over the letters of first names. */
export const names: Recipe = {
  seeds: 5,
  bands: {
    "test accuracy after 1 epoch": { reference: 0.802, atLeast: 0.795 },
    "test accuracy after 3 epochs": { reference: 0.818, atLeast: 0.801 },
    "test accuracy after 5 epochs": { reference: 0.827, atLeast: 0.815 },
    "test accuracy after 10 epochs": { reference: 0.85, atLeast: 0.845 },
    "training loss of epoch 1": within(0.463, 0.04 * 0.463),
    "training loss of epoch 3": within(0.393, 0.04 * 0.393),
    "training loss of epoch 5": within(0.369, 0.04 * 0.369),
    "training loss of epoch 10": within(0.302, 0.04 * 0.302),
  },
  async run(seed) {
    const { train, test } = loadNames();
    const unseen = tensorsOf(test);
    const classifier = makeClassifier(seed);
    return trainInOrder(
      classifier,
      tensorsOf(train),
      { seed, epochs: [1, 3, 5, 10], batchSize: 32 },
      async (epoch, loss) => {
        const { accuracy } = await classifier.evaluate(unseen.x, unseen.y, { batchSize: 256 });
        const name = `test accuracy after ${epoch} ${epoch === 1 ? "epoch" : "epochs"}`;
        return { [name]: accuracy, [`training loss of epoch ${epoch}`]: loss };
      },
    );
  },
};
