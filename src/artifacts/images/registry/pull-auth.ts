import { parseImageName } from "../../../fleet/image-name.ts";
import { registryCredentials } from "./credentials.ts";

/** Who may pull an image, as Docker's own configuration says, in the form of the engine's X-Registry-Auth; null: nobody in particular. */
export async function pullAuth(
  image: string,
  at: Readonly<{ env: Readonly<Record<string, string>>; signal: AbortSignal }>,
): Promise<string | null> {
  const registry = parseImageName(image.split("@")[0] ?? "")?.registry;
  if (registry === undefined || !image.includes("@")) return null;
  const known = await registryCredentials({ registry, ...at });
  if (known === null) return null;
  const serveraddress = registry;
  const who =
    known.kind === "basic"
      ? { username: known.username, password: known.password, serveraddress }
      : { identitytoken: known.token, serveraddress };
  return Buffer.from(JSON.stringify(who)).toString("base64url");
}
