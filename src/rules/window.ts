import type { Window } from "../fleet/fleet.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The first window that is closed at this moment (milliseconds since the epoch), in the order of the fleet file; null: none is. */
export const closedBy = (windows: readonly Window[], now: number): Window | null =>
  windows.find((window) => isClosed(window, now)) ?? null;

/**
 * When the next deployment may begin, to the minute; null: not within 400 days. Gaps of less than an hour are only seen within the next
 * two days.
 */
export function opensAt(windows: readonly Window[], now: number): number | null {
  const whole = now - (now % MINUTE);
  for (let at = whole; at < now + 2 * DAY; at += MINUTE) if (closedBy(windows, at) === null) return at;
  for (let at = whole + 2 * DAY; at < now + 400 * DAY; at += HOUR) {
    if (closedBy(windows, at) !== null) continue;
    let first = at;
    while (closedBy(windows, first - MINUTE) === null) first -= MINUTE;
    return first;
  }
  return null;
}

function isClosed({ days, hours, dates, zone }: Window, now: number): boolean {
  const { date, minute } = localTime(zone, now);
  const holds = (day: string): boolean =>
    (days === null || days.includes(weekday(day))) && (dates === null || (dates.from <= day && day <= dates.to));
  if (hours === null) return holds(date);
  const { from, to } = hours;
  if (from < to) return holds(date) && from <= minute && minute < to;
  return (holds(date) && minute >= from) || (holds(before(date)) && minute < to);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(zone: string, now: number): Readonly<{ date: string; minute: number }> {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
  formats.set(zone, format);
  const part = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes): string => part.get(type) ?? "";
  return { date: `${of("year")}-${of("month")}-${of("day")}`, minute: Number(of("hour")) * 60 + Number(of("minute")) };
}

const dayNumber = (date: string): number => {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return Date.UTC(year, month - 1, day) / DAY;
};

/** 0 is Monday: the epoch began on a Thursday. */
const weekday = (date: string): number => (((dayNumber(date) + 3) % 7) + 7) % 7;

const before = (date: string): string => localTime("UTC", (dayNumber(date) - 1) * DAY).date;

/** `2026-11-27 16:00 Europe/Moscow`. */
export function localName(zone: string, at: number): string {
  const { date, minute } = localTime(zone, at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date} ${two(Math.floor(minute / 60))}:${two(minute % 60)} ${zone}`;
}
