// Rendered for every request: the server trains, writes into the page what came of it, and the page trains, too.
import { Worker } from "node:worker_threads";
import { layers, optimizers, sequential, tensor } from "wasmgrad";
import { train } from "../training.js";
import { Trainer } from "./trainer.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  const onServer = await train({ layers, optimizers, sequential, tensor }, Worker);
  return <Trainer onServer={onServer} />;
}
