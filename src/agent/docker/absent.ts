import { existingFile } from "../../io/existing-file.ts";
import type { Engine } from "./engine.ts";
import { isThere } from "./prerequisites.ts";

/** Files and folders by their paths. */
export type Thing = Readonly<{ kind: "network" | "volume" | "file"; name: string }>;

/** Those that the engine would not find. Of files only what is certain: where it has other files than this process, none is missed. */
export async function absentOf(engine: Engine, things: readonly Thing[]): Promise<readonly Thing[]> {
  const sees = things.some(({ kind }) => kind === "file") && (await seesFiles(engine));
  const found = await Promise.all(
    things.map(({ kind, name }) =>
      kind === "file" ? !sees || !isCertainlyAbsent(name) : isThere(engine, { kind, name }),
    ),
  );
  return things.filter((_, nth) => found[nth] !== true);
}

/** An engine in another machine or container keeps its own folder where nobody here can see it. */
async function seesFiles(engine: Engine): Promise<boolean> {
  const { body } = await engine.expect({ method: "GET", path: "/info" }, "The engine tells nothing of itself");
  const { DockerRootDir: folder } = body as Readonly<{ DockerRootDir?: string }>;
  return folder !== undefined && folder !== "" && !isCertainlyAbsent(folder);
}

/** What we may not look at may be there. */
function isCertainlyAbsent(path: string): boolean {
  try {
    return existingFile(path) === null;
  } catch {
    return false;
  }
}
