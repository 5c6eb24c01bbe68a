/**
 * How a variable is handed over by the process's environment, as CI does with its secrets; the most specific first:
 * `SAMPAN_PRODUCTION__USER_AUTH__DATABASE_URL` for one service, `SAMPAN_PRODUCTION__DATABASE_URL` for every service that declares it.
 * The prefix keeps out what merely is in the caller's shell (PATH, HOME, PGHOST, a developer's DATABASE_URL).
 */
export function processNames(of: Readonly<{ environment: string; service: string; name: string }>): readonly string[] {
  const environment = processPrefix(of.environment);
  return [`${environment}${upper(of.service)}__${of.name}`, `${environment}${of.name}`];
}

export const processPrefix = (environment: string): string => `SAMPAN_${upper(environment)}__`;

const upper = (text: string): string => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
