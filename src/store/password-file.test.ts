import { expect, it } from "vitest";
import { passwordFor } from "./password-file.ts";

const FILE = `# of the team
db.example:5432:sampan:sampan:first
db.example:5432:*:sampan:second
*:*:*:other:with\\:colon\\\\and:more
localhost:5432:sampan:sampan:socket
2001\\:db8\\:\\:1:5432:sampan:sampan:six
broken:line
`;

it.each([
  [{ host: "db.example", database: "sampan" }, "first"],
  [{ host: "db.example", database: "else" }, "second"],
  [{ host: "db.example", database: "else", port: 5433 }, null],
  [{ host: "any", database: "any", user: "other" }, "with:colon\\and:more"],
  [{ host: "/var/run/postgresql", database: "sampan" }, "socket"],
  [{ host: "2001:db8::1", database: "sampan" }, "six"],
  [{ host: "broken", database: "sampan" }, null],
])("finds the first line that fits %o", (entry, password) => {
  expect(passwordFor(FILE, { port: 5432, user: "sampan", ...entry })).toBe(password);
});
