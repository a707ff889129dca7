/** What the programs of configure.test.ts import: a training of y = 4x, and a printer of what came of it. */
import {
  type CompileOptions,
  configure,
  layers,
  optimizers,
  sequential,
  tensor,
  WebAssemblyError,
} from "../../src/index";

export { configure };

const fetched: string[] = [];
const plainFetch = globalThis.fetch;
globalThis.fetch = (address, options) => {
  fetched.push(new URL(String(address)).pathname);
  return plainFetch(address, options);
};

let streamed = 0;
if (typeof WebAssembly !== "undefined") {
  const { compileStreaming } = WebAssembly;
  WebAssembly.compileStreaming = (source) => {
    streamed++;
    return compileStreaming(source);
  };
}

const warnings: string[] = [];
console.warn = (message: string) => warnings.push(message);

/** The weight that learning y = 4x ends with, by a net large enough for threads: 255 more inputs are 0, 64 outputs the same. */
export async function train(options: Partial<CompileOptions>): Promise<number> {
  const model = sequential({ seed: 1, layers: [layers.dense({ units: 64, useBias: false, inputShape: [256] })] });
  model.compile({ optimizer: optimizers.sgd({ learningRate: 3.2 }), loss: "meanSquaredError", ...options });
  const x = tensor(
    Float32Array.from({ length: 64 * 256 }, (_, i) => (i % 256 ? 0 : (i / 256) % 5)),
    [64, 256],
  );
  const y = tensor(
    Float32Array.from({ length: 64 * 64 }, (_, i) => 4 * (Math.floor(i / 64) % 5)),
    [64, 64],
  );
  await model.fit(x, y, { epochs: 20, batchSize: 64 });
  const { "dense/kernel": kernel } = await model.getWeights();
  model.dispose();
  return kernel.data[0];
}

/** Prints what a program comes to. */
export async function outcome(program: () => Promise<number>): Promise<void> {
  const facts = () => ({ fetched, streamed, warnings });
  try {
    console.log(JSON.stringify({ weight: await program(), ...facts() }));
  } catch (error) {
    const { name, message } = error as Error;
    const reason = error instanceof WebAssemblyError ? error.reason : undefined;
    console.log(JSON.stringify({ error: { name, message, reason }, ...facts() }));
  }
}
