import { readFileSync } from "node:fs";

/** What is running: told by `/health` and `/version`, so that a deployer can see that the right thing came up. */
export type Identity = Readonly<{
  service: string;
  version: string;
  commit: string | null;
  /** The bundle's hash or the image's digest; null when run from sources. */
  artifact: string | null;
}>;

type Sealed = Partial<Record<"service" | "version" | "commit" | "artifact", unknown>>;

/** Read from `sampan-bundle.json` in the bundle's folder; in a container from SAMPAN_ARTIFACT; else from package.json. */
export function readIdentity(service: string, root: URL, environment: NodeJS.ProcessEnv = process.env): Identity {
  const sealed = readJson(new URL("sampan-bundle.json", root));
  const declared = readJson(new URL("package.json", root));
  return {
    service,
    version: text(sealed.version) ?? text(declared.version) ?? "0.0.0",
    commit: text(sealed.commit) ?? text(environment.SAMPAN_COMMIT),
    artifact: text(sealed.artifact) ?? text(environment.SAMPAN_ARTIFACT),
  };
}

function readJson(file: URL): Sealed {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // Not there, which is how a service run from its sources looks.
    return {};
  }
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
