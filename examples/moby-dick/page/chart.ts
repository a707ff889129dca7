import type { Bounds } from "../book";
import { tickDistance, whole } from "./figures";
import type { Step } from "./messages";

/** Steps that the drawn training loss is smoothed over; fewer at first, when it falls fast. */
const SMOOTHING_STEPS = 20;
const SMOOTHED_SHARE = 1 / 8;
/** The axis of losses. A loss below its start moves the start to 0. */
const [LOWEST, HIGHEST] = [1, 4.6];
const MARGIN = { top: 16, right: 128, bottom: 36, left: 24 };
/** Narrower charts have no room beside them: names stand in them. */
const NARROW = 480;
const FONT = 12;
/** Pixels that the name of a line takes. */
const NAME_WIDTH = 72;

interface Point {
  readonly step: number;
  readonly loss: number;
}

/** What the chart shows at a step. */
export interface Reading {
  readonly step: number;
  readonly training: number;
  /** Of the last validation before. */
  readonly validation: number | undefined;
}

/** Loss over steps, drawn at the device's pixels, at most once a frame. */
export class LossChart {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #raw: Point[] = [];
  #smooth: Point[] = [];
  #validation: Point[] = [];
  #bounds: Bounds | undefined;
  #first = 0;
  #isDue = false;
  #colours: Colours | undefined;
  /** The step that is looked at, with a pointer or with keys. */
  #cursor: number | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly onRead: (reading: Reading | undefined) => void,
  ) {
    this.#canvas = root.querySelector("canvas")!;
    this.#context = this.#canvas.getContext("2d")!;
    new ResizeObserver(() => this.redraw()).observe(root);
    root.addEventListener("pointermove", (event) => this.#point(event));
    root.addEventListener("pointerdown", (event) => this.#point(event));
    root.addEventListener("pointerleave", () => this.look(undefined));
    root.addEventListener("blur", () => this.look(undefined));
    root.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Begins an empty chart at a step. */
  begin(step: number): void {
    this.#raw = [];
    this.#smooth = [];
    this.#validation = [];
    this.#first = step;
    this.#cursor = undefined;
    this.redraw();
  }

  setBounds(bounds: Bounds): void {
    this.#bounds = bounds;
    this.redraw();
  }

  add(steps: readonly Step[]): void {
    for (const { step, loss } of steps) {
      const last = this.#smooth.at(-1)?.loss ?? loss;
      const count = Math.min(SMOOTHING_STEPS, Math.max(1, SMOOTHED_SHARE * this.#smooth.length));
      this.#smooth.push({ step, loss: last + (loss - last) / count });
      this.#raw.push({ step, loss });
    }
    this.redraw();
  }

  addValidation(step: number, loss: number): void {
    this.#validation.push({ step, loss });
    this.redraw();
  }

  /** The colours of the page have changed. */
  recolour(): void {
    this.#colours = undefined;
    this.redraw();
  }

  /** Marks a step as a pointer over it would; undefined takes the mark away. */
  look(step: number | undefined): void {
    const [from, to] = [this.#smooth[0]?.step, this.#smooth.at(-1)?.step];
    const canLook = step !== undefined && from !== undefined && to !== undefined;
    this.#cursor = canLook ? Math.round(Math.min(to, Math.max(from, step))) : undefined;
    this.redraw();
  }

  redraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  /** The step that the axis ends at: a round number, so that it seldom moves. */
  get #last(): number {
    const done = (this.#smooth.at(-1)?.step ?? this.#first) - this.#first;
    const ends = [100, 200, 500, 1000, 2000, 3000, 5000, 7500, 10_000];
    return this.#first + (ends.find((end) => done <= end) ?? 10_000 * Math.ceil(done / 10_000));
  }

  #point(event: PointerEvent): void {
    const { left, width } = this.root.getBoundingClientRect();
    const share = (event.clientX - left - MARGIN.left) / (width - MARGIN.left - this.#rightMargin(width));
    this.look(this.#first + Math.max(0, share) * (this.#last - this.#first));
  }

  #press(event: KeyboardEvent): void {
    const [from, to] = [this.#smooth[0]?.step, this.#smooth.at(-1)?.step];
    if (from === undefined || to === undefined) return;
    const at = this.#cursor ?? to;
    const stride = tickDistance(Math.max(1, to - from), 100);
    const places: Record<string, number | undefined> = {
      ArrowLeft: at - stride,
      ArrowDown: at - stride,
      ArrowRight: at + stride,
      ArrowUp: at + stride,
      PageDown: at - 10 * stride,
      PageUp: at + 10 * stride,
      Home: from,
      End: to,
    };
    if (event.key === "Escape") this.look(undefined);
    else if (places[event.key] === undefined) return;
    else this.look(places[event.key]);
    event.preventDefault();
  }

  #read(): Reading | undefined {
    const last = this.#smooth.at(-1);
    if (!last) return undefined;
    const step = this.#cursor ?? last.step;
    const training = this.#smooth[step - this.#smooth[0].step] ?? last;
    const validation = this.#validation.findLast((point) => point.step <= step);
    return { step, training: training.loss, validation: validation?.loss };
  }

  #rightMargin(width: number): number {
    return width < NARROW ? 16 : MARGIN.right;
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width === 0) return;
    const scale = devicePixelRatio;
    const [pixelsAcross, pixelsDown] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#canvas.width !== pixelsAcross) this.#canvas.width = pixelsAcross;
    if (this.#canvas.height !== pixelsDown) this.#canvas.height = pixelsDown;
    const context = this.#context;
    this.#colours ??= readColours(this.root);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);

    const reading = this.#read();
    const lowest =
      Math.min(...this.#validation.map(({ loss }) => loss), reading?.training ?? HIGHEST) < LOWEST ? 0 : LOWEST;
    const right = width - this.#rightMargin(width);
    const x = (step: number) =>
      MARGIN.left + ((step - this.#first) / (this.#last - this.#first)) * (right - MARGIN.left);
    const y = (loss: number) =>
      MARGIN.top + ((HIGHEST - Math.min(HIGHEST, loss)) / (HIGHEST - lowest)) * (height - MARGIN.top - MARGIN.bottom);
    const plan: Plan = {
      context,
      x,
      y,
      left: MARGIN.left,
      right,
      height,
      lowest,
      colour: this.#colours,
      isNarrow: width < NARROW,
    };
    this.#drawAxes(plan);
    this.#drawBounds(plan);
    this.#drawLines(plan);
    this.#drawCursor(plan, reading);
    this.#drawNames(plan);
    this.#describe(reading);
  }

  #drawAxes({ context, x, y, left, right, height, lowest, colour }: Plan): void {
    context.font = `${FONT}px ${colour.font}`;
    context.lineWidth = 1;
    context.textBaseline = "middle";
    for (let loss = lowest; loss <= HIGHEST; loss++) {
      line(context, colour.line, [left, y(loss)], [right, y(loss)]);
      write(context, String(loss), left - 8, y(loss), colour.quiet, "right");
    }
    const distance = tickDistance(this.#last - this.#first, Math.max(2, Math.floor((right - left) / 90)));
    const bottom = y(lowest);
    for (let step = Math.ceil(this.#first / distance) * distance; step <= this.#last; step += distance) {
      line(context, colour.edge, [x(step), bottom], [x(step), bottom + 4]);
      write(context, whole(step), x(step), bottom + 13, colour.quiet, "center");
    }
    write(context, "steps", right, height - 6, colour.quiet, "right");
  }

  /** What needs no network, as lines with their names on them. */
  #drawBounds({ context, y, left, right, colour, isNarrow }: Plan): void {
    if (!this.#bounds) return;
    const { uniform, unigram, bigram } = this.#bounds;
    const named = [
      ["any character", uniform],
      ["counting characters", unigram],
      ["counting pairs", bigram],
    ] as const;
    for (const [name, loss] of named) {
      context.setLineDash([4, 4]);
      line(context, colour.edge, [left, y(loss)], [right, y(loss)]);
      context.setLineDash([]);
      if (isNarrow)
        write(context, `${name} ${loss.toFixed(2)}`, right - 4, y(loss) - 9, colour.quiet, "right", colour.paper);
      else {
        write(context, name, right + 8, y(loss) - 7, colour.quiet, "left");
        write(context, loss.toFixed(2), right + 8, y(loss) + 7, colour.quiet, "left");
      }
    }
  }

  #drawLines({ context, x, y, left, right, colour }: Plan): void {
    context.lineJoin = "round";
    context.globalAlpha = 0.3;
    polyline(context, colour.training, 1, thin(this.#raw, right - left), x, y);
    context.globalAlpha = 1;
    polyline(context, colour.training, 2, thin(this.#smooth, right - left), x, y);
    polyline(context, colour.validation, 2, this.#validation, x, y);
    context.fillStyle = colour.validation;
    for (const { step, loss } of this.#validation) {
      context.beginPath();
      context.arc(x(step), y(loss), 3, 0, 2 * Math.PI);
      context.fill();
    }
  }

  #drawCursor({ context, x, y, lowest, colour }: Plan, reading: Reading | undefined): void {
    if (this.#cursor === undefined || !reading) return;
    line(context, colour.ink, [x(reading.step), MARGIN.top], [x(reading.step), y(lowest)]);
    context.fillStyle = colour.training;
    context.beginPath();
    context.arc(x(reading.step), y(reading.training), 4, 0, 2 * Math.PI);
    context.fill();
  }

  /**
   * The names of the two lines at their ends: the higher one above it, the lower one below. Narrow charts have other names there; what
   * is read out has the colours of both lines.
   */
  #drawNames({ context, x, y, left, lowest, isNarrow, colour }: Plan): void {
    const [training, validation] = [this.#smooth.at(-1), this.#validation.at(-1)];
    if (!training || !validation || isNarrow) return;
    const trainingThere = this.#smooth[validation.step - this.#smooth[0].step] ?? this.#smooth[0];
    const isTrainingAbove = trainingThere.loss > validation.loss;
    const areNear = x(training.step) - x(validation.step) < NAME_WIDTH;
    const ends = [training, validation].map(({ loss }) => y(loss));
    const draw = (name: string, end: Point, isAbove: boolean, color: string) => {
      const levels = areNear ? ends : [y(end.loss)];
      // At the top there is no room above the line, at the bottom none below.
      const above = Math.min(...levels) - 14 < FONT / 2 ? Math.max(...levels) + 34 : Math.min(...levels) - 14;
      const below = Math.min(Math.max(...levels) + 18, y(lowest) - 8);
      write(
        context,
        name,
        Math.max(left + NAME_WIDTH, x(end.step)),
        isAbove ? above : below,
        color,
        "right",
        colour.paper,
      );
    };
    draw("training", training, isTrainingAbove, colour.training);
    draw("validation", validation, !isTrainingAbove, colour.validation);
  }

  /** Tells the page and those who cannot see the chart. */
  #describe(reading: Reading | undefined): void {
    this.onRead(reading);
    const { root } = this;
    root.setAttribute("aria-valuemin", String(this.#smooth[0]?.step ?? 0));
    root.setAttribute("aria-valuemax", String(this.#smooth.at(-1)?.step ?? 0));
    root.setAttribute("aria-valuenow", String(reading?.step ?? 0));
    if (!reading) root.setAttribute("aria-valuetext", "no steps yet");
    else {
      const validation = reading.validation === undefined ? "" : `, validation ${reading.validation.toFixed(2)}`;
      root.setAttribute("aria-valuetext", `step ${reading.step}: training ${reading.training.toFixed(2)}${validation}`);
    }
  }
}

interface Plan {
  readonly context: CanvasRenderingContext2D;
  readonly x: (step: number) => number;
  readonly y: (loss: number) => number;
  readonly left: number;
  readonly right: number;
  readonly height: number;
  readonly lowest: number;
  readonly isNarrow: boolean;
  readonly colour: Colours;
}

type Colours = ReturnType<typeof readColours>;

/** The colours of the page, as a canvas takes them. A property of CSS is resolved where it is used as a colour. */
function readColours(root: HTMLElement) {
  const probe = root.querySelector("canvas")!;
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  return {
    paper: read("paper"),
    ink: read("ink"),
    quiet: read("quiet"),
    line: read("line"),
    edge: read("edge"),
    training: read("data-1"),
    validation: read("data-2"),
    font: getComputedStyle(root).fontFamily,
  };
}

function line(
  context: CanvasRenderingContext2D,
  colour: string,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  // In the middle of a pixel, a line is one pixel wide and not two.
  const crisp = (place: number) => Math.round(place) + 0.5;
  context.moveTo(crisp(from[0]), crisp(from[1]));
  context.lineTo(crisp(to[0]), crisp(to[1]));
  context.stroke();
}

/** @param halo what is painted around the letters, so that lines behind them do not disturb */
function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  align: CanvasTextAlign,
  halo?: string,
): void {
  context.textAlign = align;
  if (halo) {
    context.strokeStyle = halo;
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeText(text, x, y);
  }
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function polyline(
  context: CanvasRenderingContext2D,
  colour: string,
  width: number,
  points: readonly Point[],
  x: (step: number) => number,
  y: (loss: number) => number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  for (const { step, loss } of points) context.lineTo(x(step), y(loss));
  context.stroke();
}

/** At most two points for each pixel across: the lowest and the highest of those that fall on it. */
function thin(points: readonly Point[], pixels: number): readonly Point[] {
  if (points.length <= 2 * pixels) return points;
  const kept: Point[] = [];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [from, to] = [pixel, pixel + 1].map((place) => Math.floor((place * points.length) / pixels));
    let [lowest, highest] = [from, from];
    for (let i = from; i < to; i++) {
      if (points[i].loss < points[lowest].loss) lowest = i;
      if (points[i].loss > points[highest].loss) highest = i;
    }
    for (const i of lowest < highest ? [lowest, highest] : [highest, lowest]) kept.push(points[i]);
  }
  return kept;
}
