import { defineConfig } from "vitest/config";

/** Two files at once: what they start waits more than it works. */
const shared = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  exclude: ["**/node_modules/**", "examples/**", "dist/**"],
  maxWorkers: 2,
  sequence: { groupOrder: 0 },
};

/** These count requests a second, and have the machine for themselves once all others are through. */
const load = ["test/load/**/*.test.ts", "test/e2e/under-load.test.ts"];

/**
 * `unit`: beside the code. `process`: starts real processes, servers and databases on this machine, and needs nothing else; `load`
 * like it, one file at a time. `docker` and `root` say what they need of a machine; they run only where SAMPAN_TEST names them, as in
 * `SAMPAN_TEST=docker`.
 */
const wanted = (process.env.SAMPAN_TEST ?? "").split(",");
const special = ["docker", "root"].map((name) => ({ name, include: [`test/${name}/**/*.test.ts`] }));

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: "unit", include: ["src/**/*.test.ts"] } },
      {
        test: {
          ...shared,
          name: "process",
          include: ["test/**/*.test.ts"],
          exclude: [...shared.exclude, ...load, ...special.flatMap(({ include }) => include)],
        },
      },
      ...special
        .filter(({ name }) => wanted.includes(name))
        .map(({ name, include }) => ({ test: { ...shared, name, include } })),
      { test: { ...shared, name: "load", include: load, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
