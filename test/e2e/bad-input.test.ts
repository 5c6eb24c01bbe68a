import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { trickle } from "../outside/answers.ts";
import { agentsOf, instancesOf } from "../outside/processes.ts";
import { sampan, startSampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
let folder: string;
let sampanYaml: string;
const at = () => ({ cwd: fleet.root, env: fleet.env });
const run = (...args: string[]) => sampan(args, at());
const release = async (...args: string[]) => {
  const ran = await run(...args, "--json");
  return { code: ran.code, said: ran.stdout + ran.stderr, document: ran.json() as ReleaseDocument };
};
const served = async (name: string) =>
  (await (await fetch(`http://127.0.0.1:${fleet.listen}/${name}/version`)).json()) as {
    version: string;
    motto: string | null;
  };
const pids = () =>
  instancesOf(folder)
    .map(({ pid }) => pid)
    .sort();
const GOOD = { auth: { version: "1" }, blog: { version: "1" } };

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog", needs: ["auth"] }], {
    fleet: "bad-input",
    health: "every: 100ms, healthyFor: 300ms, timeout: 5s",
  });
  folder = join(fleet.root, "..");
  sampanYaml = readFileSync(join(fleet.root, "sampan.yaml"), "utf8");
}, 60_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

/** One fleet, to which one bad thing after another is done; after each the old version serves. */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: what a shell would take for something.
describe("bad input", { timeout: 120_000 }, () => {
  it("a repository without a commit is refused", async () => {
    const { code, stderr } = await run("deploy", "staging");
    expect(code, stderr).toBe(2);
    expect(stderr).toContain("commit");
    expect(stderr).not.toContain("bug in Sampan");
    expect(pids()).toEqual([]);
  });

  it("a port taken by another program is refused before anything is done, and it says by whom", async () => {
    fleet.commit("one", GOOD);
    const other = createServer((_, response) => response.end("another program"));
    await new Promise<void>((resolve) => other.listen(fleet.listen, "127.0.0.1", resolve));
    const { code, document, said } = await release("deploy", "staging").finally(async () => {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    });
    expect(code, said).toBe(3);
    expect(document.problems[0]?.message).toContain(`Port ${fleet.listen}`);
    expect(document.problems[0]?.message).toContain(`process ${process.pid}`);
    expect(pids()).toEqual([]);
    const again = await release("deploy", "staging");
    expect(again.code, again.said).toBe(0);
    expect((await served("blog")).version).toBe("1");
  });

  it("a fleet file that is missing, or is a folder, is refused in every command", async () => {
    const empty = mkdtempSync(join(tmpdir(), "sampan-empty-"));
    try {
      for (const args of [
        ["deploy", "staging"],
        ["status"],
        ["plan", "staging"],
        ["check", "staging"],
        ["resume", "staging"],
      ]) {
        const { code, stderr } = await sampan(args, { cwd: empty, env: fleet.env });
        expect(code, `${args.join(" ")}: ${stderr}`).toBe(2);
        expect(stderr).toContain("sampan.yaml");
        expect(stderr).toContain("sampan init");
      }
      const folderFile = await sampan(["status", "--fleet", "."], { cwd: empty, env: fleet.env });
      expect(folderFile.code, folderFile.stderr).toBe(2);
      expect(readdirSync(empty)).toEqual([]);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  it.each([
    ["health that hangs", "hang"],
    ["health that drips", "drip"],
  ] as const)("%s throws the version back within its timeout", async (_, health) => {
    fleet.commit("stuck", { ...GOOD, blog: { version: "2", health } });
    const before = pids();
    const { code, document, said } = await release("deploy", "staging");
    expect(code, said).toBe(4);
    // 5 s of patience for up and 5 s for health, 1 s beyond each, and the service before it.
    expect(document.seconds).toBeLessThan(15);
    expect(pids()).toEqual(before);
    expect((await served("blog")).version).toBe("1");
  });

  it("a flood of 200 MiB of logs at the start harms neither the agent nor the old version", async () => {
    fleet.commit("flood", { ...GOOD, blog: { version: "3", flood: 200 } });
    const [agent] = agentsOf(folder);
    const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${agent}/status`, "utf8"))?.[1]) / 1024;
    const before = memory();
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, memory());
    }, 20);
    const traffic = trickle(fleet.listen, ["/blog/version"]);
    const { code, document, said } = await release("deploy", "staging");
    clearInterval(timer);
    const { lost } = await traffic.stop();
    expect([0, 4, 5], said).toContain(code);
    expect(lost).toEqual([]);
    expect(most - before).toBeLessThan(100);
    expect((await served("blog")).version).toBe(document.status === "verified" ? "3" : "1");
    fleet.commit("calm", GOOD);
    expect((await release("deploy", "staging")).code).toBe(0);
  });

  it("an agent killed in the middle of a deployment delays it and no more", async () => {
    fleet.commit("four", { auth: { version: "4" }, blog: { version: "4" } });
    const traffic = trickle(fleet.listen, ["/auth/version", "/blog/version"]);
    const { ended, output } = startSampan(["deploy", "staging"], at());
    let over = false;
    void ended.then(() => {
      over = true;
    });
    for (const step of ["✓ auth.bring", "✓ auth.health", "✓ blog.bring", "✓ blog.shift"]) {
      while (!over && !output().includes(step)) await sleep(2);
      for (const pid of agentsOf(folder)) process.kill(pid, "SIGKILL");
    }
    const { code, stdout, stderr } = await ended;
    expect(code, stdout + stderr).toBe(0);
    expect((await traffic.stop()).lost).toEqual([]);
    expect(
      instancesOf(folder)
        .map(({ service, version }) => [service, version])
        .sort(),
    ).toEqual([
      ["auth", "4"],
      ["blog", "4"],
    ]);
  });

  it.each([
    "release/$(touch${IFS}pwned)",
    "a`touch${IFS}pwned`",
    "it's;touch${IFS}pwned",
    'say"no"',
    "a&&b|c>pwned",
    "-x",
    "--upload-pack=touch${IFS}pwned",
    "ветка",
  ])("branch %j is a name and nothing else", async (branch) => {
    fleet.git("update-ref", `refs/heads/${branch}`, "HEAD");
    fleet.git("symbolic-ref", "HEAD", `refs/heads/${branch}`);
    fleet.write("sampan.yaml", sampanYaml.replace("branch: develop", `branch: ${JSON.stringify(branch)}`));
    fleet.commit(`on ${branch}`, {});
    try {
      const { code, stdout, stderr } = await run("deploy", "staging");
      expect([0, 2], stdout + stderr).toContain(code);
      expect(stderr).not.toContain("bug in Sampan");
      if (code === 2) expect(stderr).toContain("sampan.yaml:");
      // Another branch is named in the refusal as it is.
      fleet.git("symbolic-ref", "HEAD", "refs/heads/develop");
      fleet.git("reset", "--quiet", "--hard", `refs/heads/${branch}`);
      fleet.commit("elsewhere", { blog: { version: `of ${branch}` } });
      const elsewhere = await run("deploy", "staging");
      expect([2, 3], elsewhere.stderr).toContain(elsewhere.code);
      expect(pwned()).toEqual([]);
    } finally {
      fleet.write("sampan.yaml", sampanYaml);
      fleet.commit("back", { blog: { version: "4" } });
    }
  });

  it.each(["../up", "a..b", "a b", "tab\tbed", "new\nline", "@{1}", "", "x\0y", "end.lock"])(
    "branch %j, which git has no name for, is refused at its place or as another branch",
    async (branch) => {
      fleet.write("sampan.yaml", sampanYaml.replace("branch: develop", `branch: ${JSON.stringify(branch)}`));
      fleet.commit("impossible", {});
      try {
        const { code, stderr } = await run("deploy", "staging");
        expect([2, 3], stderr).toContain(code);
        expect(stderr).toMatch(/sampan\.yaml:\d+:\d+|not from/);
        expect(stderr).not.toContain("bug in Sampan");
        expect(pwned()).toEqual([]);
      } finally {
        fleet.write("sampan.yaml", sampanYaml);
        fleet.commit("back", {});
      }
    },
  );

  it.each([
    ["$(touch pwned)", "'$(touch pwned)'"],
    ["`touch pwned`; touch pwned # ${HOME} \\n", "'`touch pwned`; touch pwned # ${HOME} \\n'"],
    ["--inspect=0.0.0.0", "--inspect=0.0.0.0"],
    ["one\ntwo", '"one\\ntwo"'],
    ['it\'s "quoted"', '`it\'s "quoted"`'],
    ["Привет, 世界 🚣", "Привет, 世界 🚣"],
  ])("variable value %j reaches the service as it is", async (value, written) => {
    fleet.write("env/staging.env", `MOTTO=${written}\n`);
    const { code, said } = await release("deploy", "staging");
    expect(code, said).toBe(0);
    expect((await served("auth")).motto).toBe(value);
    expect(pwned()).toEqual([]);
  });

  it.each([
    ["a line that is no variable", "touch pwned"],
    ["an open quote", 'MOTTO="never closed'],
    ["a name that is no name", "$(touch pwned)=1"],
    ["a NUL", "MOTTO=a\0b"],
    ["a preload of the loader", "MOTTO=x\nLD_PRELOAD=/tmp/pwned.so"],
    ["options for Node", "MOTTO=x\nNODE_OPTIONS=--require=/tmp/pwned.js"],
  ])("a file of variables with %s has no effect before it is refused, or none at all", async (_, text) => {
    const before = { pids: pids(), motto: (await served("auth")).motto };
    fleet.write("env/staging.env", `${text}\n`);
    const { code, stderr } = await run("deploy", "staging");
    expect([0, 2, 3, 4], stderr).toContain(code);
    expect(stderr).not.toContain("bug in Sampan");
    if (code === 2 || code === 3) expect({ pids: pids(), motto: (await served("auth")).motto }).toEqual(before);
    expect((await served("auth")).version).toBe("4");
    expect(pwned()).toEqual([]);
  });

  it.each(["$(touch pwned)", "../up", "-rf", "a b", "a\nb", "__proto__", "constructor", "", "a/b", "x".repeat(300)])(
    "service name %j is refused at its place",
    async (name) => {
      const before = pids();
      fleet.write("env/staging.env", "MOTTO=first\n");
      fleet.write("sampan.yaml", sampanYaml.replace("\n  auth:", `\n  ${JSON.stringify(name)}:`));
      fleet.commit("named", {});
      try {
        const { code, stderr } = await run("deploy", "staging");
        expect(code, stderr).toBe(2);
        expect(stderr).toMatch(/sampan\.yaml:\d+:\d+/);
        expect(stderr).not.toContain("bug in Sampan");
        expect(pids()).toEqual(before);
        expect(pwned()).toEqual([]);
      } finally {
        fleet.write("sampan.yaml", sampanYaml);
        fleet.commit("back", {});
      }
    },
  );

  it("names on the command line are names and nothing else", async () => {
    const before = pids();
    const verbs = (name: string) => [
      ["deploy", name],
      ["deploy", "staging", name],
      ["status", name],
      ["logs", "staging", name],
      ["rollback", "staging", "--to", name],
      ["rollback", "staging", name],
      ["approve", name],
      ["resume", name],
      ["history", name],
      ["plan", name],
      ["check", name],
    ];
    for (const args of ["$(touch pwned)", "../../etc/passwd", "__proto__", "a\nb", ""].flatMap(verbs)) {
      const { code, stderr } = await run(...args);
      expect([2, 3], `${JSON.stringify(args)}: ${stderr}`).toContain(code);
      expect(stderr).not.toContain("bug in Sampan");
    }
    expect(pids()).toEqual(before);
    expect(pwned()).toEqual([]);
  });

  it("a state folder that cannot be written is refused with its name", async () => {
    for (const home of ["/proc/sampan", "/dev/null/sampan"]) {
      const { code, stderr } = await sampan(["deploy", "staging"], {
        cwd: fleet.root,
        env: { ...fleet.env, SAMPAN_HOME: home },
      });
      expect([2, 3], stderr).toContain(code);
      expect(stderr).toContain(home);
      expect(stderr).not.toContain("bug in Sampan");
    }
  });

  it("works without HOME and without a terminal's variables", async () => {
    const { SAMPAN_HOME, PATH } = fleet.env;
    const { code, stdout, stderr } = await sampan(["status", "staging", "--json"], {
      cwd: fleet.root,
      env: { SAMPAN_HOME, PATH },
    });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ environment: "staging" });
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above.

/** A file of that name anywhere would be an effect of something that was taken for a command. */
const pwned = (): readonly string[] =>
  [folder, fleet.root, process.cwd()].flatMap((where) =>
    readdirSync(where, { recursive: where !== process.cwd(), encoding: "utf8" }).filter((name) =>
      /(^|\/)pwned/.test(name),
    ),
  );
