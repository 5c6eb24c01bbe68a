/** Pino's scale; names in any case, as the common loggers write them. */
const LEVELS: Readonly<Record<string, number>> = {
  trace: 10,
  verbose: 15,
  debug: 20,
  info: 30,
  information: 30,
  notice: 35,
  warn: 40,
  warning: 40,
  err: 50,
  error: 50,
  severe: 50,
  crit: 55,
  critical: 55,
  alert: 58,
  fatal: 60,
  emerg: 60,
  emergency: 60,
  panic: 60,
};

export const ERROR_LEVEL = 50;

/** A level as a logger wrote it (`50`, `"50"`, `"ERROR"`) on pino's scale; null when it is none. */
export function levelOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || value.length > 20) return null;
  const name = value.trim().toLowerCase();
  if (/^\d{1,3}$/.test(name)) return Number(name);
  return Object.hasOwn(LEVELS, name) ? (LEVELS[name] ?? null) : null;
}

/** The level that a JSON log line carries, under the keys that loggers use; null when it carries none. */
export function levelIn(line: Readonly<Record<string, unknown>>): number | null {
  const { log } = line;
  const nested = typeof log === "object" && log !== null ? (log as Readonly<Record<string, unknown>>).level : undefined;
  for (const value of [line.level, line.severity, line.lvl, line["log.level"], line.levelname, nested]) {
    const level = levelOf(value);
    if (level !== null) return level;
  }
  return null;
}

const IN_TEXT = [
  // logfmt
  /(?:^|\s)(?:level|severity|lvl)="?([A-Za-z]+)"?(?=\s|$)/,
  // [ERROR], <error>
  /^[^\n]{0,80}?[[<]([A-Za-z]{3,9})[\]>]/,
  // 2024-01-01 12:00:00,123 ERROR message; in capitals only, or a sentence would do
  /^(?:[\d\-:.,TZ+/\s]{0,40}\s)?([A-Z]{3,9})(?=[\s:|])/,
  // [Nest] 12 - 01/01/2026, 10:00:00 AM  ERROR [Module] message
  /^.{0,80}?\s(ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|ALERT|WARN|WARNING)\s/,
  // error: message
  /^(error|fatal|critical|panic|severe|emerg|alert):/i,
];

/** The level of a line that is not JSON; null when it shows none. */
export function levelInText(text: string): number | null {
  for (const pattern of IN_TEXT) {
    const level = levelOf(pattern.exec(text)?.[1]);
    if (level !== null) return level;
  }
  return null;
}

const AT_START = /^\{[^{}]{0,200}?"(?:level|severity|lvl|log\.level)":\s*(?:"([A-Za-z]{3,12})"|(\d{1,3})[,}])/;

/** The level of a JSON line without parsing it, where a logger writes it: among the first, plain members. Null: look closer. */
export function levelAtStart(line: string): number | null {
  const found = AT_START.exec(line);
  return found === null ? null : levelOf(found[1] ?? found[2]);
}
