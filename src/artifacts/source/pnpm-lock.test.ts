import { describe, expect, it } from "vitest";
import { slicePnpmLock } from "./pnpm-lock.ts";
import { reachLock } from "./reach-lock.ts";

const LOCK = `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

catalogs:
  default:
    a:
      specifier: ^1.0.0
      version: 1.0.0

overrides:
  x: 1.0.0

importers:

  .: {}

  packages/kit:
    dependencies:
      b:
        specifier: ^1.0.0
        version: 1.0.0(c@2.0.0)

  services/a:
    dependencies:
      '@x/kit':
        specifier: workspace:*
        version: link:../../packages/kit
    devDependencies:
      'other':
        specifier: npm:d@^1.0.0
        version: d@1.0.0

  services/b:
    dependencies:
      '@s/e':
        specifier: ^1.0.0
        version: 1.0.0

packages:

  '@s/e@1.0.0':
    resolution: {integrity: sha512-e}

  b@1.0.0:
    resolution: {integrity: sha512-b}
    peerDependencies:
      c: '*'

  c@2.0.0:
    resolution: {integrity: sha512-c}

  d@1.0.0:
    resolution: {integrity: sha512-d}
    deprecated: |-
      a text of
      more lines

  f@1.0.0:
    resolution: {integrity: sha512-f}

snapshots:

  '@s/e@1.0.0':
    optionalDependencies:
      f: 1.0.0

  b@1.0.0(c@2.0.0):
    dependencies:
      c: 2.0.0
    transitivePeerDependencies:
      - supports-color

  c@2.0.0: {}

  d@1.0.0:
    dependencies:
      d-alias: '@s/e@1.0.0'

  f@1.0.0:
    optional: true
`;

const reach = (text: string, ...importers: string[]) => {
  const lock = slicePnpmLock(text);
  return lock === null ? null : reachLock(lock, importers)?.map((entry) => entry.split("\n")[0]);
};

describe("the part of pnpm-lock.yaml that a service reaches", () => {
  it("follows links, peers, aliases and optional dependencies", () => {
    expect(reach(LOCK, "services/a")).toEqual([
      "importers packages/kit",
      "importers services/a",
      "packages @s/e@1.0.0",
      "packages b@1.0.0",
      "packages c@2.0.0",
      "packages d@1.0.0",
      "packages f@1.0.0",
      "snapshots @s/e@1.0.0",
      "snapshots b@1.0.0(c@2.0.0)",
      "snapshots c@2.0.0",
      "snapshots d@1.0.0",
      "snapshots f@1.0.0",
    ]);
    expect(reach(LOCK, "services/b")).toEqual([
      "importers services/b",
      "packages @s/e@1.0.0",
      "packages f@1.0.0",
      "snapshots @s/e@1.0.0",
      "snapshots f@1.0.0",
    ]);
  });

  it("holds the text of each entry whole", () => {
    const lock = slicePnpmLock(LOCK);
    expect(lock?.packages.get("d@1.0.0")).toContain("more lines");
    expect(lock?.common).toContain("x: 1.0.0");
    expect(lock?.common).not.toContain("catalogs");
  });

  it("reads it the same with Windows' line ends", () => {
    expect(slicePnpmLock(LOCK.replaceAll("\n", "\r\n"))).toEqual(slicePnpmLock(LOCK));
  });

  it("cannot tell when an entry is missing, or a link leads out of the workspace", () => {
    expect(reach(LOCK.replace("\n  f@1.0.0:\n    optional", "\n  g@1.0.0:\n    optional"), "services/a")).toBe(
      undefined,
    );
    expect(reach(LOCK.replace("link:../../packages/kit", "link:../../../kit"), "services/a")).toBe(undefined);
    expect(reach(LOCK, "services/none")).toBe(undefined);
  });

  it.each([
    ["another version", LOCK.replace("9.0", "6.0")],
    ["another order", `settings: {}\n${LOCK}`],
    ["a flow mapping", LOCK.replace("snapshots:\n", "snapshots: {}\n")],
    ["a key of more lines", LOCK.replace("  c@2.0.0: {}", "  ? c@2.0.0\n  : {}")],
    ["an entry twice", LOCK.replace("  c@2.0.0: {}", "  c@2.0.0: {}\n  c@2.0.0: {}")],
    ["two documents", `${LOCK}---\na: 1\n`],
    ["conflict markers", LOCK.replace("importers:", "<<<<<<< ours\nimporters:")],
    ["nothing", ""],
  ])("does not pretend to know %s", (_, text) => expect(slicePnpmLock(text)).toBeNull());
});
