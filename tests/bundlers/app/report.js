/** What a worker that runs worker.js has to say. */
export function trainInWorker(worker) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { error, trained } }) => (error ? reject(new Error(error)) : resolve(trained));
    worker.onerror = ({ message }) => reject(new Error(`the page's own worker: ${message}`));
  }).finally(() => worker.terminate());
}

/** Tells the test what came of it, and goes to the page that the test wants to see next. */
export async function report(run) {
  let content;
  try {
    content = await run();
  } catch (error) {
    content = { error: `${error}\n${error.stack}` };
  }
  const address = new URLSearchParams(location.search).get("report");
  const next = await fetch(address, { method: "POST", body: JSON.stringify(content) });
  location.replace(await next.text());
}
