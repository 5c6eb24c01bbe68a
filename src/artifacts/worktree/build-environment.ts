/** What npm or yarn say to a script about themselves: it would be taken for settings of the build. */
const OF_A_RUNNER =
  /^(?:npm_(?:package|lifecycle)_|npm_(?:command|execpath|node_execpath|config_(?:local_prefix|global_prefix|user_agent|dir|workspace.*))$|INIT_CWD$|PNPM_SCRIPT_SRC_DIR$|GIT_)/i;

/** `production` would leave out what a build needs; the others are ours or a test runner's. */
const NEVER = new Set(["NODE_ENV", "NODE_OPTIONS", "NODE_PATH", "NODE_V8_COVERAGE", "VITEST"]);

/**
 * The environment of builds and tests: the caller's, without the variables of any environment (`withheld`, by name), so
 * that no secret reaches a build and no build depends on one.
 */
export function buildEnvironment(
  callers: Readonly<Record<string, string>>,
  withheld: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(callers).filter(
    ([name]) => !withheld.has(name) && !NEVER.has(name) && !OF_A_RUNNER.test(name) && !name.startsWith("SAMPAN_"),
  );
  return { ...Object.fromEntries(kept), CI: "1" };
}
