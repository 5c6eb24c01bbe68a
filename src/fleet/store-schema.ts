import { z } from "zod";
import { expected, path, word } from "./words.ts";

const folder = path("a folder").regex(
  /^(?!.*:\/\/)/,
  expected("bad-value", "a folder, or an address such as postgres://sampan@db.example/sampan"),
);

const address = word("an address such as postgres://sampan@db.example/sampan", /^postgres(?:ql)?:\/\/\S{1,400}$/);

export const storeSchema = z.union([
  z.strictObject({
    url: word("the name of a variable that holds the address", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/).describe(
      "Variable of Sampan's own environment with the address of a PostgreSQL database, its password included.",
    ),
  }),
  address,
  folder,
]);
