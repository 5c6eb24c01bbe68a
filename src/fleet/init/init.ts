import { join, resolve } from "node:path";
import { createFile } from "../../io/create-file.ts";
import { listFolder } from "../../io/folders.ts";
import { problem, Refused } from "../../problem.ts";
import { readFleet } from "../read-fleet.ts";
import { gather } from "./gather.ts";
import { planInit } from "./plan-init.ts";

export type Initialised = Readonly<{
  /** Absolute path of the file. */
  written: string;
  services: readonly string[];
  /** What could not be decided, one line each. */
  undecided: readonly string[];
}>;

/**
 * Writes a fleet file for the repository in this folder. Refused (exit 2) where there is one already, or nothing to deploy:
 * nothing is ever overwritten.
 */
export async function init(root: string): Promise<Initialised> {
  const folder = resolve(root);
  const entries = await listFolder(folder);
  if (entries === null) throw new Refused([problem("no-such-folder", `${folder} is no folder`)]);
  const there = entries.find(({ name }) => /^sampan\.ya?ml$/.test(name));
  if (there !== undefined) throw exists(join(folder, there.name));
  const plan = planInit(await gather(folder));
  if (plan.services.length === 0) {
    if (plan.left.length > 0) throw new Refused(plan.left.map((why) => problem("no-services-found", why, NOT_BUILT)));
    const hint = "a service is a package or folder with a Dockerfile, or a package with a start script that listens";
    throw new Refused([problem("no-services-found", "nothing here looks like a service", hint)]);
  }
  const written = join(folder, "sampan.yaml");
  if (!(await createFile(written, plan.text))) throw exists(written);
  const read = await readFleet(written);
  const left = "problems" in read ? read.problems.map(({ line, message }) => `line ${line}: ${message}`) : [];
  return { written, services: plan.services, undecided: [...plan.undecided, ...left] };
}

const NOT_BUILT =
  "Sampan deploys what the repository builds; name such services in a sampan.yaml of your own if it is meant to";

const exists = (file: string): Refused =>
  new Refused([
    {
      code: "fleet-file-exists",
      file,
      line: null,
      column: null,
      message: "there is a fleet file already",
      hint: "change it, or move it away first",
    },
  ]);
