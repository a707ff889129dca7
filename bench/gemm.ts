import { compileModule } from "../src/engine/module/modules";
import { markWideVectors } from "../src/engine/module/wideVectors";
import type { Candidate, Item } from "./item";

/** a·b, aᵀ·b and a·bᵀ, as forward, weight gradient and input gradient of a dense layer need them. */
type Form = "NN" | "TN" | "NT";

/** [m, k]·[k, n], at the shapes that training meets. */
const shapes: readonly (readonly [form: Form, m: number, k: number, n: number])[] = [
  ["NN", 256, 256, 256],
  ["TN", 256, 256, 256],
  ["NT", 256, 256, 256],
  ["NN", 512, 512, 512],
  ["TN", 512, 512, 512],
  ["NT", 512, 512, 512],
  ["NN", 768, 768, 768],
  ["TN", 768, 768, 768],
  ["NT", 768, 768, 768],
  // 784-512-512-10 at batch 128
  ["NN", 128, 784, 512],
  ["TN", 784, 128, 512],
  ["NN", 128, 512, 512],
  ["TN", 512, 128, 512],
  ["NT", 128, 512, 512],
  ["NN", 128, 512, 10],
  ["TN", 512, 128, 10],
  ["NT", 128, 10, 512],
  // 784-128-10 at batch 32 and 128
  ["NN", 32, 784, 128],
  ["NN", 32, 128, 10],
  ["TN", 784, 32, 128],
  ["TN", 128, 32, 10],
  ["NT", 32, 10, 128],
  ["NN", 128, 784, 128],
  ["NN", 128, 128, 10],
  ["TN", 784, 128, 128],
  ["TN", 128, 128, 10],
  ["NT", 128, 10, 128],
  // one sample, one output, and the smallest networks
  ["NN", 1, 784, 128],
  ["NN", 128, 512, 1],
  ["NN", 4, 2, 8],
  ["NN", 5, 1, 1],
];

const MEGABYTE = 2 ** 20;

/** Matrix products of the strict module, called from JavaScript one by one. */
export function gemmCandidates(): Candidate[] {
  return shapes.map(([form, m, k, n]) => ({
    kind: "gemm",
    name: `${form} ${m}×${k}×${n}`,
    make: () => makeProduct(form, m, k, n),
  }));
}

/** The product as one item of the variant `strict`. The first MB belongs to the kernels, each matrix has 3, the workspace 6. */
export async function makeProduct(form: Form, m: number, k: number, n: number): Promise<Item> {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
  new Float32Array(memory.buffer, MEGABYTE).fill(0.5);
  markWideVectors(memory);
  const { exports } = await WebAssembly.instantiate(await compileModule(), { env: { memory } });
  const gemm = exports[`gemm${form}`] as (...parameters: number[]) => void;
  const [a, b, c, workspace] = [1, 4, 7, 10].map((megabytes) => megabytes * MEGABYTE);
  const strideA = form === "TN" ? m : k;
  const strideB = form === "NT" ? k : n;
  const bias = form === "NN" ? [0] : [];
  const call = gemm.bind(null, m, n, k, a, strideA, b, strideB, c, n, ...bias, 0, workspace);
  const run = (times: number) => {
    for (let i = 0; i < times; i++) call();
  };
  const flops = 2 * m * k * n;
  return { contenders: [{ name: "strict", run }], amount: flops, unit: "GFLOP/s", flops };
}
