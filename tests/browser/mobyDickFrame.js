// Uses the page of examples/moby-dick as a reader does, from outside of its frame, and tells the test what it saw.
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

const step = () => Number(find("#step").textContent.split("of")[0].replace(/\D/g, ""));
const state = () => find("main").dataset.state;

await until(() => page()?.readyState === "complete" && find("#play"));
watch();
await until(() => step() >= 100 && find("#log article:nth-of-type(2)"));
find("#play").click();
await until(() => state() === "paused");
const pausedAt = step();
await wait(500);
const stepsWhilePaused = step() - pausedAt;
const reading = find("#chart").getAttribute("aria-valuetext");
find("#play").click();
await until(() => state() === "running" && step() > pausedAt);
const report = {
  isIsolated: frame.contentWindow.crossOriginIsolated,
  first: find("#log article p").textContent,
  reading,
  stepsWhilePaused,
  goesOn: true,
  problems,
};
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
