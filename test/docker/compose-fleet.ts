import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { sinkFleet, type TinyFleet, type TinyService, tinyFleet } from "../tiny/tiny-fleet.ts";
import { baseImage } from "./base-image.ts";

export type ComposeFleet = TinyFleet &
  Readonly<{
    /** Of the fleet and of the Compose project: nothing else on the engine is named so. */
    name: string;
    /** `${images}/SERVICE`, as sampan.yaml says. */
    images: string;
  }>;

type More = Readonly<{
  /** Address of a registry; omitted: images stay in the engine. */
  registry?: string;
  /** What the engine's own check asks; none: there is none. */
  healthcheck?: "none";
  /** Lines of a service of the compose file beside its image and healthcheck, such as `volumes: [...]`. */
  compose?: (name: string) => string;
  /** What a service's image has beside the server. */
  dockerfile?: (name: string) => string;
  service?: string;
  environment?: string;
  health?: string;
}>;

/** The tiny fleet in containers: the same services, each with a Dockerfile, and a compose file that somebody might have written. */
export async function composeFleet(services: readonly TinyService[], more: More = {}): Promise<ComposeFleet> {
  const name = `sampan-test-${randomBytes(4).toString("hex")}`;
  const images = more.registry === undefined ? name : `${more.registry}/${name}`;
  const { service, environment, health } = more;
  const given = { service, environment, health };
  const tiny = await tinyFleet(services, {
    fleet: name,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
  const yaml = readFileSync(join(tiny.root, "sampan.yaml"), "utf8")
    .replace(/^services:/m, more.registry === undefined ? "services:" : `image: ${images}/{service}\nservices:`)
    .replace("target: { kind: process, hosts: [local] }", `target: { kind: compose, project: ${name} }`);
  tiny.write("sampan.yaml", yaml);
  for (const one of services) {
    const dockerfile = more.dockerfile?.(one.name) ?? 'COPY server.mjs behaviour.json ./\nCMD ["node", "server.mjs"]\n';
    tiny.write(
      `services/${one.name}/Dockerfile`,
      `FROM ${baseImage()}\nWORKDIR /app\nENV HOST=0.0.0.0 PORT=8080\nEXPOSE 8080\n${dockerfile}`,
    );
  }
  tiny.write("compose.yaml", `services:\n${services.map((one) => serviceOf(one, images, more)).join("")}`);
  // Docker finds its plugins by the real home.
  const env = { ...tiny.env, DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), ".docker") };
  return { ...tiny, env, name, images };
}

function serviceOf({ name, needs = [] }: TinyService, images: string, { healthcheck, compose }: More): string {
  const asks = "fetch('http://127.0.0.1:8080/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))";
  const check = `{ test: ["CMD", "node", "-e", "${asks}"], interval: 1s, timeout: 20s, retries: 10 }`;
  const after = needs.map(
    (need) => `${need}: { condition: ${healthcheck === "none" ? "service_started" : "service_healthy"} }`,
  );
  return `  ${name}:
    image: ${images}/${name}
    build: services/${name}
    depends_on: { ${after.join(", ")} }
${healthcheck === "none" ? "" : `    healthcheck: ${check}\n`}${compose?.(name) ?? ""}`;
}

/** The containers of the fleet's project, ended ones too: `SERVICE IMAGE`, sorted. */
export function containersOf({ name }: Readonly<{ name: string }>): readonly string[] {
  const filter = `label=com.docker.compose.project=${name}`;
  const format = '{{.Label "com.docker.compose.service"}} {{.Image}}';
  const listed = execFileSync("docker", ["ps", "--all", "--filter", filter, "--format", format], { encoding: "utf8" });
  return listed.split("\n").filter(Boolean).sort();
}

/** Ends what the fleet started, and takes the images away that it made: those that are built and those that are tagged. */
export async function sinkComposeFleet(fleet: ComposeFleet): Promise<void> {
  await sinkFleet(fleet);
  const networks = leftOf(fleet).flatMap((one) => (one.startsWith("network ") ? [one.slice("network ".length)] : []));
  if (networks.length > 0) execFileSync("docker", ["network", "rm", ...networks], { stdio: "ignore" });
  // By their ids: one that was pulled by its digest has no tag.
  const listed = execFileSync("docker", ["image", "ls", "--no-trunc", "--format", "{{.ID}} {{.Repository}}"], {
    encoding: "utf8",
  });
  const ids = listed.split("\n").flatMap((line) => (line.includes(fleet.name) ? [line.split(" ")[0] ?? ""] : []));
  if (ids.length > 0) execFileSync("docker", ["image", "rm", "--force", ...new Set(ids)], { stdio: "ignore" });
}

/** What is left on the engine of a fleet, image, container, network or volume, by its name. */
export function leftOf({ name }: Readonly<{ name: string }>): readonly string[] {
  const list = (kind: string, format: string, ...more: string[]): readonly string[] =>
    execFileSync("docker", [kind, "ls", ...more, "--format", format], { encoding: "utf8" })
      .split("\n")
      .filter(Boolean);
  return [
    ...list("image", "{{.Repository}}:{{.Tag}}").map((one) => `image ${one}`),
    ...list("container", "{{.Names}} {{.Labels}}", "--all").map((one) => `container ${one}`),
    ...list("network", "{{.Name}}").map((one) => `network ${one}`),
    ...list("volume", "{{.Name}}").map((one) => `volume ${one}`),
  ].filter((one) => one.includes(name));
}
