// GFLOP/s of the matrix products at the shapes that training meets, as a share of what one core can do with 128-bit
// multiplications and additions. Run: npm run build:wasm && npx tsx bench/gemm.ts [rounds]
// The shapes take turns, so that a busy moment of the machine hits all of them; the median of the rounds counts.
// Times include the call from JavaScript.
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";

type Form = "NN" | "TN" | "NT";
type Row = { name: string; operations: number; repeats: number; run: (repeats: number) => void; rates: number[] };

const shapes: [form: Form, m: number, k: number, n: number][] = [
  ["NN", 256, 256, 256],
  ["TN", 256, 256, 256],
  ["NT", 256, 256, 256],
  ["NN", 768, 768, 768],
  ["TN", 768, 768, 768],
  ["NT", 768, 768, 768],
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

/**
 * Nothing but arithmetic: thirteen independent sums, as many as V8 has registers for besides x and y. (Twelve are
 * needed to fill two multipliers and two adders of three cycles each.)
 */
async function peak(): Promise<Row> {
  const sums = Array.from({ length: 13 }, (_, i) => `s${i}`);
  const source = `export function peak(steps: i32, at: usize): void {
    let x = v128.load(at), y = v128.load(at, 16), ${sums.map((s, i) => `${s} = v128.load(at, ${16 * i})`).join(", ")};
    for (let i = 0; i < steps; i++) { ${sums.map((s) => `${s} = f32x4.add(f32x4.mul(${s}, x), y);`).join(" ")} }
    ${sums.map((s, i) => `v128.store(at, ${s}, ${16 * i});`).join(" ")}
  }`;
  const { binary } = await asc.compileString(source, {
    optimizeLevel: 3,
    runtime: "stub",
    initialMemory: 1,
    enable: ["simd"],
  });
  const { instance } = await WebAssembly.instantiate(binary as BufferSource);
  const run = instance.exports.peak as (steps: number, at: number) => void;
  return { name: "peak", operations: 13 * 4 * 2, repeats: 200_000, run: (steps) => run(steps, 1024), rates: [] };
}

function product([form, m, k, n]: (typeof shapes)[number]): Row {
  const gemm = instance.exports[`gemm${form}`] as (...args: number[]) => void;
  const lda = form === "TN" ? m : k;
  const ldb = form === "NT" ? k : n;
  const bias = form === "NN" ? [0] : [];
  const call = gemm.bind(null, m, n, k, a, lda, b, ldb, c, n, ...bias, 0, workspace);
  const operations = 2 * m * k * n;
  return {
    name: `${form} ${m}×${k}×${n}`,
    operations,
    repeats: Math.max(1, Math.min(1000, Math.round(4e6 / operations))),
    run: (repeats) => {
      for (let i = 0; i < repeats; i++) call();
    },
    rates: [],
  };
}

const memory = new WebAssembly.Memory({ initial: 256 });
new Float32Array(memory.buffer).fill(0.5);
const module = new WebAssembly.Module(readFileSync("build/strict.wasm"));
const instance = new WebAssembly.Instance(module, { env: { memory } });
const [a, b, c, workspace] = [1, 4, 7, 10].map((megabytes) => megabytes * 2 ** 20);

const rows = [await peak(), ...shapes.map(product)];
const rounds = Number(process.argv[2] ?? 60);
for (let round = -10; round < rounds; round++) {
  for (const row of rows) {
    const start = performance.now();
    row.run(row.repeats);
    const nanoseconds = (performance.now() - start) * 1e6;
    if (round >= 0) row.rates.push((row.operations * row.repeats) / nanoseconds);
  }
}

const quantile = (rates: number[], share: number) =>
  [...rates].sort((x, y) => x - y)[Math.floor(share * (rates.length - 1))];
console.log(`Node ${process.version}, ${rounds} rounds`);
console.log(`${"m×k×n".padEnd(16)}  GFLOP/s  best  share of peak  ns a call`);
for (const { name, operations, rates } of rows) {
  const median = quantile(rates, 0.5);
  const share = median / quantile(rows[0].rates, 0.5);
  console.log(
    `${name.padEnd(16)}  ${median.toFixed(1).padStart(7)}  ${quantile(rates, 1).toFixed(1).padStart(4)}  ` +
      `${(100 * share).toFixed(0).padStart(11)} %  ${(operations / median).toFixed(0).padStart(9)}`,
  );
}
