import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/io/free-port.ts";
import { baseImage } from "../../test/docker/base-image.ts";
import { timedWell } from "../timed.ts";
import { composeFile, dockerfile, fleetFile, SERVER, SMALL_SERVICES } from "./small-services.ts";

export type SmallFleet = Readonly<{
  name: string;
  root: string;
  env: NodeJS.ProcessEnv;
  /** Where the images are that are made by hand: `${images}/SERVICE:TAG`. */
  images: string;
  names: readonly string[];
  write: (file: string, text: string) => void;
  git: (...args: string[]) => string;
  /** Writes what the next images are made of and commits it: `well` serves, `crash` ends as soon as it starts. */
  commit: (behaviour: "well" | "crash", services?: readonly string[]) => string;
  close: () => void;
}>;

/** The repository of six small services; every round is a commit of its own, with new images. */
export async function smallFleet(name: string): Promise<SmallFleet> {
  const images = `${name}/by-hand`;
  const folder = mkdtempSync(join(tmpdir(), "sampan-bench-compose-"));
  const root = join(folder, "repo");
  const env = { ...process.env, SAMPAN_HOME: join(folder, "home"), CI: "1" };
  const names = Object.keys(SMALL_SERVICES);
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Bench", "-c", "user.email=bench@example.org", ...args], {
      cwd: root,
      encoding: "utf8",
    }).trim();
  write("compose.yaml", composeFile());
  write("sampan.yaml", fleetFile({ name, listen: await freePort() }));
  for (const name of names) {
    write(`services/${name}/server.mjs`, SERVER);
    write(`services/${name}/Dockerfile`, dockerfile(baseImage()));
  }
  git("init", "--quiet", "--initial-branch=develop");
  let number = 0;
  const commit: SmallFleet["commit"] = (behaviour, services = names) => {
    number += 1;
    for (const name of services) write(`services/${name}/behaviour`, `${behaviour} ${number}\n`);
    git("add", "--all");
    git("commit", "--quiet", `--message=${behaviour} ${number}`);
    return git("rev-parse", "HEAD");
  };
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  return { name, root, env, images, names, write, git, commit, close };
}

/** Makes every service's image as a person would, under this tag. */
export async function buildByHand({ root, images, names }: SmallFleet, tag: string): Promise<void> {
  for (const name of names) {
    await timedWell(["docker", "build", "--quiet", "--tag", `${images}/${name}:${tag}`, join(root, "services", name)]);
  }
}
