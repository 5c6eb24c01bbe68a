import { defineConfig } from "vitest/config";

const shared = { testTimeout: 30_000, hookTimeout: 60_000, exclude: ["**/node_modules/**", "examples/**", "dist/**"] };

/**
 * `unit`: beside the code. `process`: starts real processes, servers and databases on this machine, and needs nothing else.
 * `docker` and `root` say what they need of a machine; they run only where SAMPAN_TEST names them, as in `SAMPAN_TEST=docker`.
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
          exclude: [...shared.exclude, ...special.flatMap(({ include }) => include)],
        },
      },
      ...special
        .filter(({ name }) => wanted.includes(name))
        .map(({ name, include }) => ({ test: { ...shared, name, include } })),
    ],
  },
});
