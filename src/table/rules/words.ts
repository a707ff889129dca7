/** Words that tables are full of, as data. */

/** How programs say that there is no value. */
const MISSING_WORDS_OF_PROGRAMS: readonly string[] = [
  ...["NaN", "nan", "NAN", "-nan", "-NaN", "NULL", "Null", "null", "(null)", "\\N", "<NA>"],
  ...["#N/A", "#NA", "#VALUE!", "#DIV/0!", "#REF!", "#NULL!"],
];

/** How people say that there is no value: words that may be classes, too, as no damage, North America and a negative test are. */
export const MISSING_WORDS_OF_PEOPLE: readonly string[] = [
  ...["NA", "na", "N/A", "n/a", "N.A.", "n.a.", "None", "none", "(none)", "nil"],
  ...["-", "--", "---", "–", "—", "?", ".", "..", "*"],
];

/** How tables say that there is no value, besides an empty cell. */
export const MISSING_WORDS: readonly string[] = [...MISSING_WORDS_OF_PROGRAMS, ...MISSING_WORDS_OF_PEOPLE];

/** The words for false and true, in lower case. The last two stand for much else, so both must be there. */
export const BOOLEAN_WORDS: readonly { readonly words: readonly [string, string]; readonly needsBoth: boolean }[] = [
  { words: ["false", "true"], needsBoth: false },
  { words: ["no", "yes"], needsBoth: true },
  { words: ["off", "on"], needsBoth: true },
  { words: ["n", "y"], needsBoth: true },
  { words: ["f", "t"], needsBoth: true },
];

const symbols = "$ € £ ¥ ₹ ₽ ₩ ₺ ₫ ₪ ₱ ฿ ¢ ₴ US$ A$ R$ C$ NZ$ HK$ Rs Rs. kr Fr. zł Kč";
const codes = "USD EUR GBP CHF JPY CNY INR AUD CAD NZD SEK NOK DKK PLN CZK HUF BRL ZAR KRW MXN RUB TRY SGD HKD";

/** What stands before or behind an amount of money. */
export const CURRENCIES: ReadonlySet<string> = /* @__PURE__ */ new Set(`${symbols} ${codes}`.split(" "));

/**
 * Units that are nothing else, in lower case. Single letters that may be thousands, millions or the number of a house are not
 * among them.
 */
export const UNITS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  [
    "% ‰ ° °c °f pct percent pp bp bps",
    "kg g mg µg lb lbs oz st tons tonnes",
    "mm cm dm km mi miles mile ft feet foot in inch inches yd yards nm nmi metres meters",
    "km/h kmh kph mph m/s kn knots rpm mpg kmpl km/kg l/100km km/l",
    "ms sec secs second seconds min mins minute minutes h hr hrs hour hours day days week weeks",
    "month months yr yrs year years",
    "l ml cl dl hl gal gallons cc ccm litres liters m2 m² m3 m³ km2 km² ft2 ft² sqft sqm ha acres cm2 cm² cm3 cm³",
    "hp bhp ps kw mw gw w kwh mwh wh v mv kv ma ah mah hz khz mhz ghz ohm ω db kb mb gb tb kib mib gib bit bits byte bytes",
    "bar mbar pa hpa kpa mpa psi n nm j kj mj cal kcal k/w mol mmol mg/dl mmol/l µmol/l g/dl ppm ppb px pt pcs persons people",
  ].flatMap((line) => line.split(" ")),
);

/** Behind a number: thousands, millions, billions. */
export const MAGNITUDES: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  Object.entries({
    k: 1e3,
    K: 1e3,
    m: 1e6,
    M: 1e6,
    mn: 1e6,
    mln: 1e6,
    Mio: 1e6,
    B: 1e9,
    b: 1e9,
    bn: 1e9,
    Mrd: 1e9,
    G: 1e9,
  }),
);

/** The first three letters of English months. */
export const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
export const LONG_MONTHS =
  "january february march april may june july august september october november december sept".split(" ");
