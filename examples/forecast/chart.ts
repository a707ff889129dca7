/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly values: readonly number[];
  readonly color: string;
  /** Default: 2 pixels. */
  readonly width?: number;
  readonly isDashed?: boolean;
  readonly hasDots?: boolean;
}

const [WIDTH, HEIGHT] = [960, 420];
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 32, 84, 44];
const DEGREES = 5;
const DAYS_OF_WEEK = 7;

const round = (value: number) => value.toFixed(1);
const escapeText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

function label(x: number, y: number, text: string, more = ""): string {
  return `<text x="${round(x)}" y="${round(y)}"${more}>${escapeText(text)}</text>`;
}

/** A day of a year: "1 Apr". */
function nameOf(date: string): string {
  return new Date(date).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

/** Temperatures day by day, with a grid of weeks and of every 5 degrees, as the text of an SVG file. */
export function drawChart(title: string, dates: readonly string[], lines: readonly Line[]): string {
  const values = lines.flatMap((line) => line.values);
  const low = Math.floor(Math.min(...values) / DEGREES) * DEGREES;
  const high = Math.ceil(Math.max(...values) / DEGREES) * DEGREES;
  const x = (day: number) => LEFT + (day / (dates.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#444">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    label(LEFT, 30, title, ' font-size="18" fill="#111"'),
  ];
  for (let value = low; value <= high; value += DEGREES) {
    parts.push(`<path d="M${LEFT} ${round(y(value))}H${WIDTH - RIGHT}" stroke="#e4e4e4"/>`);
    parts.push(label(LEFT - 8, y(value) + 4, `${value} °C`, ' text-anchor="end"'));
  }
  for (let day = 0; day < dates.length; day += DAYS_OF_WEEK) {
    parts.push(`<path d="M${round(x(day))} ${TOP}V${HEIGHT - BOTTOM}" stroke="#f0f0f0"/>`);
    parts.push(label(x(day), HEIGHT - BOTTOM + 20, nameOf(dates[day]), ' text-anchor="middle"'));
  }
  lines.forEach(({ name, values, color, width = 2, isDashed, hasDots }, place) => {
    const style = `stroke="${color}" stroke-width="${width}"${isDashed ? ' stroke-dasharray="5 4"' : ""}`;
    const path = values.map((value, day) => `${day ? "L" : "M"}${round(x(day))} ${round(y(value))}`).join("");
    parts.push(`<path d="${path}" fill="none" stroke-linejoin="round" ${style}/>`);
    if (hasDots) {
      parts.push(
        ...values.map((v, day) => `<circle cx="${round(x(day))}" cy="${round(y(v))}" r="2.6" fill="${color}"/>`),
      );
    }
    const at = LEFT + lines.slice(0, place).reduce((sum, { name }) => sum + 70 + 7 * name.length, 0);
    parts.push(`<path d="M${at} 57H${at + 26}" ${style}/>`, label(at + 34, 61, name));
  });
  return `${parts.join("\n")}\n</svg>\n`;
}
