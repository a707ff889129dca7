// Uses the page of examples/table-page as a reader does, from outside of its frame, and tells the test what it saw.
const frame = document.querySelector("iframe");
const page = () => frame.contentDocument;
const find = (selector) => page().querySelector(selector);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(condition) {
  while (!condition()) await wait(50);
}

const problems = [];
function watch() {
  const { contentWindow } = frame;
  contentWindow.addEventListener("error", ({ message }) => problems.push(message));
  contentWindow.addEventListener("unhandledrejection", ({ reason }) => problems.push(String(reason)));
  for (const kind of ["error", "warn"]) contentWindow.console[kind] = (...args) => problems.push(args.join(" "));
}

const probabilities = () =>
  Object.fromEntries(
    Array.from(page().querySelectorAll(".bars li"), (bar) => [
      bar.querySelector("bdi").textContent,
      Number(bar.querySelector("data").value),
    ]),
  );

/** Types into a field, and waits for another text of an element. */
async function type(column, value, selector) {
  const label = [...page().querySelectorAll("label")].find(({ textContent }) => textContent === column);
  const before = find(selector).textContent;
  label.control.value = value;
  label.control.dispatchEvent(new frame.contentWindow.Event("input", { bubbles: true }));
  await until(() => find(selector).textContent !== before);
}

await until(() => page()?.readyState === "complete" && find("#row"));
watch();
await until(() => find(".bars li"));
const first = probabilities();
await type("culmen_length_mm", "50.5", "#answer");
const typed = probabilities();
await type("body_mass_g", "heavy", "#problem");
const problem = find("#problem").textContent;

const table = await (await fetch("/penguins.csv")).blob();
const { DataTransfer, DragEvent, File } = frame.contentWindow;
const dataTransfer = new DataTransfer();
dataTransfer.items.add(new File([table], "penguins.csv"));
frame.contentWindow.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
await until(() => find("#download a"));
const written = await (await frame.contentWindow.fetch(find("#download a").href)).text();
const words = written
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(",").at(-2));

const script = page().createElement("script");
script.src = "/axe.js";
page().head.append(script);
await until(() => frame.contentWindow.axe);
const { violations } = await frame.contentWindow.axe.run(page(), { resultTypes: ["violations"] });
const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
const report = { first, typed, problem, words, violations: found, problems };
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
