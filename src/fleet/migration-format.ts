/** How a folder of migrations is laid out, by the tool that runs it. */
export const FORMATS = [
  "sampan",
  "golang-migrate",
  "dbmate",
  "goose",
  "drizzle",
  "prisma",
  "diesel",
  "fizz",
  "node-pg-migrate",
  "knex",
  "flyway",
  "sql",
] as const;

export type Format = (typeof FORMATS)[number];
