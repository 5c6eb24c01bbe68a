import { join } from "node:path";
import { StepFault } from "../../../fault.ts";
import { run } from "../../../io/exec.ts";
import { readTextIfThere } from "../../../io/files.ts";

export type Credentials = Readonly<
  | { kind: "basic"; username: string; password: string }
  /** Of an OAuth login: exchanged for a token at the registry's token server. */
  | { kind: "identity"; token: string }
>;

export type CredentialsAt = Readonly<{
  registry: string;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}>;

type Config = Readonly<{
  auths?: Readonly<
    Record<string, Readonly<{ auth?: string; identitytoken?: string; username?: string; password?: string }>>
  >;
  credHelpers?: Readonly<Record<string, string>>;
  credsStore?: string;
}>;

/** What Docker calls its own registry in its configuration. */
const HUB = "https://index.docker.io/v1/";

/**
 * Who this user is at a registry, as Docker's own configuration says: `config.json`, and the credential helpers that it names
 * (the protocol of docker-credential-helpers: the server's name on stdin, JSON on stdout). Null: nobody.
 */
export async function registryCredentials(at: CredentialsAt): Promise<Credentials | null> {
  const config = await readConfig(at.env);
  if (config === null) return null;
  const key = at.registry === "docker.io" ? HUB : at.registry;
  const helper = config.credHelpers?.[key] ?? config.credHelpers?.[at.registry] ?? config.credsStore;
  const helped = helper === undefined || helper === "" ? null : await askHelper(helper, key, at);
  return helped ?? written(config, key);
}

async function readConfig(env: Readonly<Record<string, string>>): Promise<Config | null> {
  const folder = env.DOCKER_CONFIG ?? join(env.HOME ?? "/", ".docker");
  const text = await readTextIfThere(join(folder, "config.json")).catch(() => null);
  if (text === null) return null;
  try {
    const config: unknown = JSON.parse(text);
    return typeof config === "object" && config !== null ? (config as Config) : null;
  } catch {
    throw new StepFault({ code: "docker-config", message: `Docker's ${join(folder, "config.json")} is not JSON` });
  }
}

/** `https://registry.example/v1/` and `registry.example` mean the same. */
const hostOf = (key: string): string => key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");

function written({ auths = {} }: Config, key: string): Credentials | null {
  const found = auths[key] ?? Object.entries(auths).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  if (found === undefined) return null;
  if (found.identitytoken !== undefined && found.identitytoken !== "") {
    return { kind: "identity", token: found.identitytoken };
  }
  const [username, password] = splitOnce(
    Buffer.from(found.auth ?? "", "base64")
      .toString("utf8")
      .replace(/\0+$/, ""),
  );
  const basic = { username: found.username ?? username, password: found.password ?? password };
  return basic.username === "" ? null : { kind: "basic", ...basic };
}

function splitOnce(text: string): readonly [string, string] {
  const colon = text.indexOf(":");
  return colon === -1 ? ["", ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

async function askHelper(
  helper: string,
  server: string,
  { env, signal, registry }: CredentialsAt,
): Promise<Credentials | null> {
  const name = `docker-credential-${helper}`;
  const ran = await run({ argv: [name, "get"], input: server, env, signal, timeout: 30_000 });
  signal.throwIfAborted();
  // What it says on its output is a secret, or that it has none: neither is quoted.
  if (ran.exitCode !== 0) {
    if (/credentials not found/i.test(ran.stdout)) return null;
    const why = ran.failure === "not-found" ? "is not on the PATH" : `ended with ${ran.exitCode ?? ran.failure}`;
    throw new StepFault({
      code: "credential-helper-failed",
      message: `${name}, which Docker's configuration names for the registry ${registry}, ${why}`,
      evidence: "log in again with docker login, or correct credHelpers and credsStore in Docker's config.json",
      retry: "safe",
    });
  }
  try {
    const { Username, Secret } = JSON.parse(ran.stdout) as { Username?: string; Secret?: string };
    if (Secret === undefined || Secret === "") return null;
    return Username === "<token>"
      ? { kind: "identity", token: Secret }
      : { kind: "basic", username: Username ?? "", password: Secret };
  } catch {
    throw new StepFault({ code: "credential-helper-failed", message: `${name} did not answer in JSON`, retry: "safe" });
  }
}
