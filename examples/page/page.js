// What a page needs to train a network and to show it: nothing but this file, and the package.
import { layers, optimizers, sequential, Tensor } from "wasmgrad";

const POINTS = 200; // of each spiral
const CELLS = 96; // of the map, in a row
const EPOCHS = 10; // from one map to the next
const LAST_EPOCH = 1000;

/** Two spirals in the square from −1 to 1, as rows of two numbers, and 0 or 1 for each. */
function makeSpirals() {
  const points = new Float32Array(4 * POINTS);
  const labels = new Float32Array(2 * POINTS);
  for (let i = 0; i < 2 * POINTS; i++) {
    const spiral = i % 2;
    const way = Math.sqrt((i + 1) / (2 * POINTS));
    const angle = 4 * Math.PI * way + Math.PI * spiral;
    points.set([0.9 * way * Math.cos(angle), 0.9 * way * Math.sin(angle)], 2 * i);
    labels[i] = spiral;
  }
  return { x: new Tensor(points, [2 * POINTS, 2]), y: new Tensor(labels, [2 * POINTS, 1]) };
}

/** The middles of the cells of the map. */
function makeGrid() {
  const middle = (cell) => (2 * cell + 1) / CELLS - 1;
  const cells = Float32Array.from({ length: 2 * CELLS * CELLS }, (_, i) =>
    middle(i % 2 ? Math.floor(i / 2 / CELLS) : (i / 2) % CELLS),
  );
  return new Tensor(cells, [CELLS * CELLS, 2]);
}

function makeNetwork() {
  const network = sequential({ seed: 1 });
  network.add(layers.dense({ units: 32, activation: "relu", inputShape: [2] }));
  network.add(layers.dense({ units: 32, activation: "relu" }));
  network.add(layers.dense({ units: 1, activation: "sigmoid" }));
  const optimizer = optimizers.adam({ learningRate: 0.003 });
  network.compile({ optimizer, loss: "binaryCrossentropy", metrics: ["accuracy"], worker: true, threads: "auto" });
  return network;
}

/** Colours every cell by what the network thinks of it, and puts the points on top. */
function draw(canvas, chances, { x, y }) {
  const context = canvas.getContext("2d");
  const size = canvas.width / CELLS;
  for (let i = 0; i < CELLS * CELLS; i++) {
    context.fillStyle = `hsl(${30 + 180 * chances.data[i]} 80% 75%)`;
    context.fillRect(size * (i % CELLS), size * Math.floor(i / CELLS), size, size);
  }
  for (let i = 0; i < y.size; i++) {
    context.fillStyle = `hsl(${30 + 180 * y.data[i]} 90% 30%)`;
    const [left, top] = [0, 1].map((axis) => ((x.data[2 * i + axis] + 1) / 2) * canvas.width);
    context.fillRect(left - 2, top - 2, 4, 4);
  }
}

/** Trains and draws in turns, until it is asked to stop. */
async function show(canvas, status, signal) {
  const spirals = makeSpirals();
  const grid = makeGrid();
  const network = makeNetwork();
  for (let epoch = EPOCHS; epoch <= LAST_EPOCH && !signal.aborted; epoch += EPOCHS) {
    const { history } = await network.fit(spirals.x, spirals.y, { epochs: EPOCHS, batchSize: 50 });
    draw(canvas, await network.predict(grid), spirals);
    const share = (100 * history.accuracy.at(-1)).toFixed(1);
    status.textContent = `after ${epoch} epochs ${share} % of the points are right`;
  }
  network.dispose();
}

const stop = new AbortController();
const button = document.querySelector("#stop");
button.addEventListener("click", () => stop.abort());
const status = document.querySelector("#status");
try {
  await show(document.querySelector("#map"), status, stop.signal);
} catch (error) {
  status.textContent = String(error);
}
button.disabled = true;
