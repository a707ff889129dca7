import { whole } from "./figures";
import type { Report } from "./messages";

type Text = Extract<Report, { type: "text" }>;

/** Pixels from its end that a list counts as read to the end. */
const NEAR_END = 40;

/** What the model has written, the oldest first; the list follows its end unless somebody reads further up. */
export class Texts {
  #places = new Map<
    number,
    { readonly article: HTMLElement; readonly text: Text; readonly written: globalThis.Text }
  >();
  #pieces = new Map<number, string>();
  #isDue = false;
  /** Whether the end stays in sight. */
  #follows = true;

  constructor(
    private readonly log: HTMLElement,
    private readonly none: HTMLElement,
    /** Is told which step somebody points at; undefined when they point at none. */
    private readonly onPoint: (step: number | undefined) => void,
  ) {
    log.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = log;
      this.#follows = scrollTop + clientHeight >= scrollHeight - NEAR_END;
    });
    new ResizeObserver(() => this.#follow()).observe(log);
  }

  clear(): void {
    this.#places.clear();
    this.#pieces.clear();
    this.log.replaceChildren(this.none);
    this.#follows = true;
  }

  begin(text: Text): void {
    const article = element("article", "is-writing");
    const header = element("header");
    const about = element("span");
    about.textContent = `temperature ${text.temperature}`;
    header.append(this.#pointer(text.step), about);
    article.addEventListener("pointerenter", () => this.onPoint(text.step));
    article.addEventListener("pointerleave", () => this.onPoint(undefined));
    const paragraph = element("p");
    const written = document.createTextNode("");
    paragraph.append(bold(text.prompt), written);
    article.append(header, paragraph);
    this.none.remove();
    this.log.append(article);
    this.#places.set(text.id, { article, text, written });
    this.#follow();
  }

  /** Shows in the chart where a text was written. */
  #pointer(step: number): HTMLElement {
    const button = element("button");
    button.setAttribute("type", "button");
    button.textContent = `step ${whole(step)}`;
    button.title = "Show this step in the chart";
    button.addEventListener("click", () => this.onPoint(step));
    button.addEventListener("focus", () => this.onPoint(step));
    button.addEventListener("blur", () => this.onPoint(undefined));
    return button;
  }

  /** Pieces come faster than frames: they are shown once a frame. */
  add(id: number, piece: string): void {
    this.#pieces.set(id, (this.#pieces.get(id) ?? "") + piece);
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    this.#isDue = false;
    for (const [id, piece] of this.#pieces) this.#places.get(id)?.written.appendData(piece);
    this.#pieces.clear();
    this.#follow();
  }

  end(id: number, shareOfWords: number | undefined): void {
    const article = this.#places.get(id)?.article;
    if (!article) return;
    article.classList.remove("is-writing");
    if (shareOfWords === undefined) return;
    const share = element("span");
    share.textContent = `${Math.round(100 * shareOfWords)} % of its words are in the book`;
    article.querySelector("header")!.append(share);
  }

  #follow(): void {
    if (this.#follows) this.log.scrollTop = this.log.scrollHeight;
  }
}

function element(name: string, className = ""): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}

function bold(text: string): HTMLElement {
  const made = element("b");
  made.textContent = text;
  return made;
}
