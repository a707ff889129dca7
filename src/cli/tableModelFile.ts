import { loadModel, type Model, type Pipeline } from "wasmgrad";
import { FileError } from "./failures";
import { refuseFolder } from "./source";

/** A model that knows how its rows are read. */
export interface LoadedTableModel {
  readonly model: Model;
  readonly steps: Pipeline;
}

/**
 * A model of a table, from a file.
 *
 * @throws FileError for a model of something else; what `loadModel` throws
 */
export async function loadedTableModel(path: string): Promise<LoadedTableModel> {
  refuseFolder(path);
  const model = await loadModel(path).catch((error: Error & { code?: string }) => {
    if (error.code === "ERR_WASMGRAD_FORMAT") {
      throw new FileError(`${path}: this is no model of wasmgrad. ${error.message}`);
    }
    throw error;
  });
  const steps = model.pipeline;
  if (steps) return { model, steps };
  throw new FileError(
    `${path}: this model does not know how the rows of a table are read. It was not trained by wasmgrad train.`,
  );
}
