"use client";

import { useEffect } from "react";
import { layers, optimizers, sequential, tensor } from "wasmgrad";
import { report, trainInWorker } from "../report.js";
import { train } from "../training.js";

const worker = () => new Worker(new URL("../worker.js", import.meta.url), { type: "module" });

export function Trainer({ onServer }) {
  useEffect(() => {
    report(async () => ({
      onServer,
      here: await train({ layers, optimizers, sequential, tensor }, Worker),
      inWorker: await trainInWorker(worker()),
    }));
  }, [onServer]);
  return <p>{JSON.stringify(onServer.xor)}</p>;
}
