import { z } from "zod";
import { argv, expected, someOf, timeout, why, word } from "./words.ts";

const REF = /^(?![-./])(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)))[A-Za-z0-9._/@+*-]{1,200}(?<![./])$/;

/** More of them would make a comparison slow, and mean nothing that fewer do not. */
const WILDCARDS = 4;

/** As git names branches and tags, with `*` for anything but a slash and `**` for anything. */
export const refPattern = (what: string) =>
  word(what, REF).refine(
    (text) => (text.match(/\*+/g) ?? []).length <= WILDCARDS && !text.includes("***"),
    expected("bad-value", `${what}, with at most ${WILDCARDS} wildcards`),
  );

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const HOURS = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/;
const DATES = /^[0-9]{4}-[0-9]{2}-[0-9]{2}\.\.[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

function isDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day >= 1 && day <= (lengths[month - 1] ?? 0);
}

function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).format(0) !== "";
  } catch {
    return false;
  }
}

const window = z
  .strictObject({
    days: someOf(z.enum(DAYS), "a list of days such as [fri, sat]", "day")
      .optional()
      .describe("Days of the week; default every day."),
    hours: word("hours such as 16:00-24:00", HOURS)
      .refine((text) => text.slice(0, 5) !== text.slice(6), expected("bad-value", "an end that is not the beginning"))
      .optional()
      .describe("Hours of the day; past midnight they belong to the day they begin on. Default all day."),
    dates: word("dates such as 2026-12-28..2027-01-08", DATES)
      .refine(
        (text) => isDate(text.slice(0, 10)) && isDate(text.slice(12)) && text.slice(0, 10) <= text.slice(12),
        expected("bad-value", "two dates of the calendar, the earlier one first"),
      )
      .optional()
      .describe("From the first day to the last, both included; default always."),
    zone: word("a time zone such as Europe/Moscow", /^[A-Za-z][A-Za-z0-9_+/-]{0,60}$/)
      .refine(isZone, expected("bad-value", "a time zone such as Europe/Moscow"))
      .optional()
      .describe("Time zone of days, hours and dates; default UTC."),
    because: why.describe("Why nobody deploys then."),
  })
  .refine(
    ({ days, hours, dates }) => days !== undefined || hours !== undefined || dates !== undefined,
    expected("bad-value", "days, hours or dates; to close it altogether use frozen"),
  );

/** When, from where and after what an environment may be deployed to. */
export const rulesSchema = {
  tag: refPattern("a tag such as v*")
    .optional()
    .describe("Commits with such a tag are deployed here, too, whatever their branch."),
  windows: z
    .array(window, { error: expected("bad-value", "a list of { days, hours, dates, zone, because }") })
    .max(50, expected("bad-value", "at most 50 windows"))
    .optional()
    .describe("When nobody deploys here."),
  frozen: why.optional().describe("Nobody deploys here at all, and why."),
  from: z
    .enum(["anywhere", "ci"], { error: expected("bad-value", "anywhere or ci") })
    .optional()
    .describe("ci: only a run of the CI deploys here; default anywhere."),
  tests: z
    .strictObject({
      command: argv.describe("Run in the repository's root once everything serves; exit 0 passes."),
      timeout: timeout.optional().describe("Default 10m."),
    })
    .optional()
    .describe("The final tests: without them nothing of a release is verified here."),
};
