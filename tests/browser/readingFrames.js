// A page that reads a table of MNIST's form from a File, and counts the frames that it can draw meanwhile.
import { data } from "/index.js";

/** So many bytes of digits from 0 to 255 in 785 columns; as in MNIST most are 0. */
function makeFile(bytes) {
  const names = ["label", ...Array.from({ length: 784 }, (_, i) => `pixel${i}`)].join(",");
  const lines = [names];
  let size = names.length;
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  while (size < bytes) {
    const cells = Array.from({ length: 784 }, () => (next() >>> 28 > 12 ? next() >>> 24 : 0));
    const line = `${next() % 10},${cells.join(",")}`;
    lines.push(line);
    size += line.length + 1;
  }
  // As bytes: thousands of texts that the browser has been given would take it longer to let go of than a frame.
  return new File([new TextEncoder().encode(lines.join("\n"))], "digits.csv");
}

const readers = {
  table: (file) => data.table(file, { target: "label" }).then(({ rowCount, columns }) => [rowCount, columns.length]),
  csv: (file) => data.csv(file, { target: "label" }).then(({ size, featureNames }) => [size, featureNames.length + 1]),
};

async function countFrames(work) {
  let frames = 0;
  let isOver = false;
  const draw = () => {
    frames++;
    if (!isOver) requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
  const begun = performance.now();
  const result = await work();
  isOver = true;
  const seconds = (performance.now() - begun) / 1000;
  return { frames: frames / seconds, seconds, result };
}

let file;
globalThis.prepare = (bytes) => {
  file = makeFile(bytes);
  return file.size;
};
globalThis.drawIdle = (milliseconds) => countFrames(() => new Promise((done) => setTimeout(done, milliseconds)));
globalThis.drawDuringRead = (reader) => countFrames(() => readers[reader](file));
