import type { Feed } from "./feed";

/** Milliseconds that a source has to close what a walk has opened. */
const CLOSE_MILLISECONDS = 1000;

/**
 * Lets go of what a walk has opened. A source that takes long is waited for a second, and not at all behind an error or an
 * abort: that is what the caller is to hear of, not what the source says to it.
 *
 * @throws what the source throws, when there was no error
 */
export async function closeFeed(feed: Feed, hasFailed: boolean): Promise<void> {
  const closing = Promise.resolve(feed.close());
  if (hasFailed) {
    closing.catch(() => {});
    return;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MILLISECONDS);
  });
  await Promise.race([closing, limit]).finally(() => clearTimeout(timer));
}
