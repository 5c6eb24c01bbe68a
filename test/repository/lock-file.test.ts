import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Locked = Readonly<{
  version?: string;
  optionalDependencies?: Readonly<Record<string, string>>;
  resolved?: string;
}>;

const { packages } = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
  packages: Readonly<Record<string, Locked>>;
};

/** As Node would find it: beside the package, or beside one that holds it. */
function isLocked(from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === "") return false;
  }
}

test("names the packages of every platform: `npm ci` fails elsewhere when those of another are left out", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  expect(missing).toEqual([]);
});

test("names no registry: everybody has their own", () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith("http") === true)).toEqual([]);
});
