import { show } from "../../options";
import type { Profile } from "../raw/profile";
import type { DateOrder } from "../schema";
import { isTimeOfDay, type WrittenDate, writtenDate } from "./dates";
import { question, type Rule, type Verdict, way } from "./rule";
import { BOOLEAN_WORDS } from "./words";

/** Words for true and false, or values that are true and false already. */
export const booleans: Rule = {
  name: "booleans",
  decide({ booleans, words, numbers, dates }) {
    if (numbers.count + dates > 0 || booleans + words.length === 0) return undefined;
    const folded = new Set(words.map(({ text }) => text.toLowerCase()));
    if (words.length === 0)
      return { reading: { type: "boolean", words: ["false", "true"] }, why: "all are true or false" };
    const pair = BOOLEAN_WORDS.find(
      ({ words: [no, yes], needsBoth }) =>
        [...folded].every((word) => word === no || word === yes) && (!needsBoth || folded.size === 2),
    );
    if (!pair || (booleans > 0 && pair.words[0] !== "false")) return undefined;
    const written = pair.words.map((word) => words.find(({ text }) => text.toLowerCase() === word)?.text ?? word);
    return { reading: { type: "boolean", words: written }, why: `all are ${written.join(" or ")}` };
  },
};

const ORDERS: readonly DateOrder[] = ["d/m/y", "m/d/y", "y/m/d"];

/** Dates in any writing that is known. */
export const dates: Rule = {
  name: "dates",
  decide(profile, hints, context) {
    const { words, numbers, booleans } = profile;
    if (profile.dates > 0 && words.length + numbers.count + booleans === 0) {
      return { reading: { type: "date" }, why: "all are dates" };
    }
    if (words.length === 0 || booleans > 0) return undefined;
    const written = words.map(({ text }) => writtenDate(text));
    const count = written.filter((one) => one !== undefined).length;
    if (count === 0 || (count < words.length / 2 && hints.type !== "date")) return undefined;
    const wrong = written.findIndex((one) => one === undefined || one.isImpossible);
    if (wrong >= 0) {
      const { text, firstRow } = words[wrong];
      const date = words[written.findIndex((one) => one !== undefined)];
      return question(context, profile, {
        row: firstRow,
        problem: written[wrong]
          ? `${show(text)} is no day of the calendar.`
          : `${show(text)} is not a date, but ${context.lineOf(date.firstRow)} has ${show(date.text)}.`,
        ways: `Set ${way(profile.name, { missing: [text.slice(0, 60)] })} if it stands for no value, or type: "category" or "text" if all are words.`,
      });
    }
    if (numbers.count > 0 && hints.type !== "date") {
      return question(context, profile, {
        row: numbers.firstRow,
        problem: `there is a number, but ${context.lineOf(words[0].firstRow)} has the date ${show(words[0].text)}.`,
        ways: `Set ${way(profile.name, { type: "date" })} if it is a year, or type: "category" or "text" if all are words.`,
      });
    }
    return orderOf(profile, written as WrittenDate[], hints.order, context);
  },
};

/** Which number is the day and which the month, by all dates of a column. */
function orderOf(
  profile: Profile,
  written: readonly WrittenDate[],
  given: DateOrder | undefined,
  context: Parameters<Rule["decide"]>[2],
): Verdict {
  if (given) return { reading: { type: "date", order: given }, why: "it was set" };
  const open = written.filter(({ orders }) => orders.length > 0);
  if (open.length === 0) return { reading: { type: "date" }, why: "all are dates" };
  const short = written.findIndex(({ isShort }) => isShort);
  const left = ORDERS.filter((order) => open.every(({ orders }) => orders.includes(order)));
  const at = short >= 0 ? short : written.findIndex(({ orders }) => orders.length > 1);
  if (left.length === 1 && short < 0) {
    const decisive = written.findIndex(({ orders }) => orders.length === 1);
    const { text, firstRow } = profile.words[decisive];
    return {
      reading: { type: "date", order: left[0] },
      why: `${context.lineOf(firstRow)} has ${show(text)}, which is ${left[0]}`,
    };
  }
  const { text, firstRow } = profile.words[Math.max(0, at)];
  const choices = left.length > 0 ? left : ORDERS.slice(0, 2);
  const ways = choices.map((order) => JSON.stringify(order)).join(" or ");
  return question(context, profile, {
    row: firstRow,
    problem:
      left.length === 0
        ? `${show(text)} cannot be read in the same order of day and month as the others.`
        : `${show(text)} may be read as ${choices.join(" or ")}${short >= 0 ? ", with a year from 1970 to 2069" : ""}.`,
    ways: `Set ${way(profile.name, { order: choices[0] }).replace(JSON.stringify(choices[0]), ways)}, or type: "category" or "text" for words.`,
  });
}

/** Times of day and durations, for which there is no type. */
export const times: Rule = {
  name: "times",
  decide(profile, _hints, context) {
    const { words } = profile;
    const count = words.filter(({ text }) => isTimeOfDay(text)).length;
    if (count === 0 || count < words.length / 2) return undefined;
    const { text, firstRow } = words.find((word) => isTimeOfDay(word.text))!;
    return question(context, profile, {
      row: firstRow,
      problem: `${show(text)} is a time of day or a duration, which no column holds.`,
      ways: `Write seconds or hours as a number, or set ${way(profile.name, { type: "text" })} or type: "category" for words.`,
    });
  },
};
