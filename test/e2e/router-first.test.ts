import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { noHaproxy } from "../haproxy.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet | undefined;
afterEach(async () => {
  if (fleet !== undefined) await sinkFleet(fleet);
  fleet = undefined;
});

/** A program of that name which says these things, before all others on the PATH. */
function instead(of: TinyFleet, script: string): NodeJS.ProcessEnv {
  const folder = join(of.root, "..", "programs");
  mkdirSync(folder);
  writeFileSync(join(folder, "haproxy"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "haproxy"), 0o755);
  return { PATH: `${folder}:${process.env.PATH}` };
}

const ALERT =
  "[ALERT]    (41) : config : parsing [current/haproxy.cfg:4] : unknown keyword 'noreuseport' in 'global' section";

const CASES: readonly (readonly [what: string, script: string, code: string, said: RegExp])[] = [
  [
    "is too old",
    'echo "HAProxy version 2.4.22-0 2023/02/14"',
    "haproxy-too-old",
    /^haproxy is HAProxy 2\.4; 2\.6 or later is needed: install it/,
  ],
  ["says no version", "echo hello", "haproxy-too-old", /no HAProxy that says its version/],
  [
    "refuses its configuration",
    `case "$1" in -v) echo "HAProxy version 9.0.0 2031/01/01";; *) echo "${ALERT}" >&2; exit 1;; esac`,
    "haproxy-refuses",
    /^HAProxy refuses the configuration that Sampan writes for it: .*unknown keyword 'noreuseport'/,
  ],
];

const haproxyFleet = async (): Promise<TinyFleet> => {
  const made = await tinyFleet([{ name: "web" }], { router: "haproxy" });
  made.commit("one", { web: { version: "1" } });
  return made;
};

type Refusal = Readonly<{ problems: readonly Readonly<{ code: string; message: string }>[] }>;

it.each(CASES)(
  "a HAProxy that %s is found out before anything is done",
  { timeout: 60_000 },
  async (_, script, code, said) => {
    fleet = await haproxyFleet();
    const ran = await sampan(["deploy", "staging", "--json"], {
      cwd: fleet.root,
      env: { ...fleet.env, ...instead(fleet, script) },
    });
    expect(ran.code, ran.stdout + ran.stderr).toBe(3);
    const { problems } = ran.json() as Refusal;
    expect(problems).toMatchObject([{ code, message: expect.stringMatching(said) }]);
    expect(problems[0]?.message).not.toContain("\n");
    const status = await sampan(["history", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(status.json()).toMatchObject({ releases: [] });
  },
);

it("a port that another program has is found out before anything is done", { timeout: 60_000 }, async () => {
  fleet = await tinyFleet([{ name: "web" }]);
  fleet.commit("one", { web: { version: "1" } });
  const other = createServer().listen(fleet.listen, "127.0.0.1");
  try {
    const ran = await sampan(["deploy", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(ran.code, ran.stdout + ran.stderr).toBe(3);
    const message = `Port ${fleet.listen} of 127.0.0.1 is taken by process ${process.pid}`;
    expect(ran.json()).toMatchObject({ problems: [{ code: "port-taken", message }] });
    const doctor = await sampan(["doctor", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(doctor.json()).toMatchObject({
      well: false,
      findings: expect.arrayContaining([
        { what: "staging: router", well: false, seen: message, hint: expect.any(String) },
      ]),
    });
  } finally {
    other.close();
  }
});

it.skipIf(noHaproxy !== null)(
  noHaproxy ?? "this machine's HAProxy is tried, and then used",
  { timeout: 60_000 },
  async () => {
    fleet = await haproxyFleet();
    const ran = await sampan(["deploy", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect((await fetch(`http://127.0.0.1:${fleet.listen}/web/version`)).status).toBe(200);
  },
);
