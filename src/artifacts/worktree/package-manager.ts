import type { Source } from "../source/source.ts";

export type PackageManager = Readonly<{
  name: "pnpm" | "npm" | "yarn";
  install: readonly [string, ...string[]] | null;
}>;

/** By the lock file; without one nothing can be installed, and the root's `packageManager` says who runs scripts. */
export function packageManager(source: Source): PackageManager {
  switch (source.lock.kind) {
    case "pnpm":
      return { name: "pnpm", install: ["pnpm", "install", "--frozen-lockfile", "--prefer-offline"] };
    case "npm":
      return { name: "npm", install: ["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"] };
    case "yarn": {
      const classic = source.lock.text.includes("# yarn lockfile v1");
      return { name: "yarn", install: ["yarn", "install", classic ? "--frozen-lockfile" : "--immutable"] };
    }
    case "none": {
      const name = /^(pnpm|npm|yarn)@/.exec(source.rootPackage?.packageManager ?? "")?.[1] ?? "npm";
      return { name: name as PackageManager["name"], install: null };
    }
  }
}
