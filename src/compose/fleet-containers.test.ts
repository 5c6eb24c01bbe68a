import { describe, expect, it } from "vitest";
import { fleetFor } from "../checks/testing.ts";
import type { Service } from "../fleet/fleet.ts";
import { fleetContainers } from "./fleet-containers.ts";
import { parseProject } from "./project.ts";

const services = (changes: Readonly<Record<string, Partial<Service>>>): Readonly<Record<string, Service>> =>
  Object.fromEntries(
    Object.entries(changes).map(([name, change]) => {
      const made = fleetFor("/r", { services: [name] }).services[name];
      if (made === undefined) throw new Error(name);
      return [name, { ...made, ...change }];
    }),
  );

const told = (compose: unknown, fleet: Readonly<Record<string, Partial<Service>>>) => {
  const project = parseProject(JSON.stringify({ name: "shop", ...(compose as object) }));
  return fleetContainers({
    project,
    services: services(fleet),
    names: Object.keys(fleet),
    file: "/r/compose.yaml",
    root: "/r",
  });
};

const codes = (compose: unknown, fleet: Readonly<Record<string, Partial<Service>>> = { web: { port: 80 } }) =>
  told(compose, fleet).problems.map(({ code, message }) => `${code}: ${message}`);

describe("what cannot be replaced without a gap", () => {
  it.each([
    ["container_name", { container_name: "web" }],
    ["8443:443", { ports: [{ target: 443, published: "8443" }] }],
    ["network_mode", { network_mode: "host" }],
    ["fixed address", { networks: { default: { ipv4_address: "10.0.0.5" } } }],
    ["mac_address", { mac_address: "02:42:ac:11:00:02" }],
    ["database", { image: "postgres:17" }],
    ["x-sampan", { "x-sampan": { single: true } }],
  ])("%s is refused by name, and allowed where the fleet file allows the gap", (named, service) => {
    const [problem, ...others] = codes({ services: { web: service } });
    expect(problem).toMatch(/^cannot-roll: /);
    expect(problem).toContain(named);
    expect(others).toEqual([]);
    const allowed = told(
      { services: { web: service } },
      { web: { port: 80, strategy: { kind: "stop-first", why: "a test" } } },
    );
    expect(allowed.problems).toEqual([]);
    expect(allowed.containers.get("web")?.notes[0]).toMatch(/^stopped first: /);
  });

  it("does not refuse the port that the router takes over", () => {
    const routes = [{ kind: "prefix", prefix: "/" }] as const;
    const compose = { services: { web: { ports: [{ target: 80, published: "8080" }, { target: 9000 }] } } };
    const { problems, containers } = told(compose, { web: { port: 80, routes } });
    expect(problems).toEqual([]);
    expect(containers.get("web")?.container.hostConfig.PortBindings).toEqual({
      "9000/tcp": [{ HostIp: "", HostPort: "" }],
    });
    expect(containers.get("web")?.notes.join()).toContain("8080:80");
  });
});

it("takes the number of containers from the compose file where the fleet file names none, and says where they differ", () => {
  const of = (web: object, fleet: Partial<Service> = {}) => {
    const { containers, problems } = told({ services: { web } }, { web: fleet });
    expect(problems).toEqual([]);
    const { replicas, notes } = containers.get("web") ?? {};
    return [replicas, notes];
  };
  expect(of({})).toEqual([1, []]);
  expect(of({ deploy: { replicas: 3 } })).toEqual([3, []]);
  expect(of({ scale: 2 })).toEqual([2, []]);
  expect(of({ scale: 2 }, { replicas: 2 })).toEqual([2, []]);
  expect(of({ deploy: { replicas: 3 } }, { replicas: 1 })).toEqual([1, ["1 of it run, the compose file says 3"]]);
  expect(of({ deploy: { replicas: 0 } })).toEqual([1, ["1 of it run, the compose file says 0"]]);
});

it("says where the image ends with another stage than the compose file names", () => {
  const compose = { services: { web: { build: { context: ".", target: "dev" } } } };
  expect(told(compose, { web: {} }).containers.get("web")?.notes).toEqual([expect.stringMatching(/says dev: build/)]);
});

it.each([
  ["driver: none", { driver: "none" }, /^logs-unreadable: services\.web\.logging\.driver: none/],
  ["cache-disabled", { driver: "syslog", options: { "cache-disabled": "true" } }, /logging\.driver: syslog/],
])("refuses logs that nobody can read (%s), unless the fleet file says so", (_, logging, said) => {
  const compose = { services: { web: { logging } } };
  expect(codes(compose)).toEqual([expect.stringMatching(said)]);
  expect(codes(compose, { web: { port: 80, logs: { none: "a test" } } })).toEqual([]);
  expect(codes({ services: { web: { logging: { driver: "syslog" } } } })).toEqual([]);
});

it("names the keys that it cannot carry out", () => {
  const web = {
    post_start: [],
    volumes_from: ["db"],
    links: ["db:store"],
    ipc: "service:db",
    secrets: [{ source: "token" }],
    "x-mine": 1,
  };
  const said = codes({ services: { web, db: {} }, secrets: { token: { environment: "TOKEN" } } });
  for (const key of ["post_start", "volumes_from", "links", "ipc", "secrets.token"]) {
    expect(said.filter((line) => line.startsWith(`compose-key-refused: services.web.${key}:`))).toHaveLength(1);
  }
  expect(said).toHaveLength(5);
});

it("takes needs from depends_on where the fleet file names none, through what stands between", () => {
  const compose = {
    services: {
      "web-service": { depends_on: { queue: {} } },
      queue: { depends_on: { api: {} } },
      api: { depends_on: { db: {} } },
      db: {},
      proxy: { depends_on: { "web-service": {} } },
    },
  };
  const { containers, surroundings, problems } = told(compose, { web: {}, api: {} });
  expect(problems).toEqual([]);
  expect(containers.get("web")?.needs).toEqual(["api"]);
  expect(containers.get("api")?.needs).toEqual([]);
  expect(surroundings).toEqual({ project: "shop", before: ["db"], after: ["queue", "proxy"] });
});

it("says which services the compose file has where one is missing, and refuses a cycle", () => {
  expect(codes({ services: { other: {} } })).toEqual([
    "no-compose-service: web is no service of the compose file, nor is web-service",
  ]);
  const compose = { services: { a: { depends_on: { b: {} } }, b: {} } };
  expect(codes(compose, { a: {}, b: { needs: ["a"] } })[0]).toMatch(/^cycle: /);
});

it("writes a doubled dollar once", () => {
  const { containers } = told({ services: { web: { command: ["echo", "$$HOME", "a$$$$b"] } } }, { web: {} });
  expect(containers.get("web")?.container.config.Cmd).toEqual(["echo", "$HOME", "a$$b"]);
});

describe("a job, which others wait for until it has ended", () => {
  const compose = (job: object) => ({
    services: { web: { depends_on: { schema: { condition: "service_completed_successfully" } } }, schema: job },
  });

  it("is refused where it would have to run with each release", () => {
    const [built] = told(compose({ build: { context: "." } }), { web: {} }).problems;
    expect(built?.message).toMatch(/^schema is a job that this repository builds: web waits until it has ended/);
    expect(built?.hint).toMatch(/migrations: \{ command.*x-sampan: \{ once: true \}/);
    expect(codes(compose({}), { web: {}, schema: {} })).toContainEqual(
      expect.stringMatching(/^compose-job: schema is a job: .* runs on$/),
    );
  });

  it.each([{ image: "minio/mc" }, { build: { context: "." }, "x-sampan": { once: true } }])("runs once: %j", (job) => {
    const { problems, containers } = told(compose(job), { web: {} });
    expect(problems).toEqual([]);
    expect(containers.get("web")?.notes).toEqual(["schema runs where it has not run yet, not with each release"]);
  });
});

it("refuses what stands around a fleet and is tied to one of its containers", () => {
  const compose = {
    services: {
      web: {},
      sidecar: { network_mode: "service:web" },
      proxy: { links: ["web:backend", "web", "db:store"] },
      backup: { volumes_from: ["web:ro", "container:other"] },
      db: { network_mode: "service:proxy" },
    },
  };
  const said = codes(compose, { web: {} });
  for (const key of ["sidecar.network_mode", "proxy.links", "backup.volumes_from"]) {
    expect(said.filter((line) => line.startsWith(`compose-key-refused: services.${key}:`))).toHaveLength(1);
  }
  expect(said).toHaveLength(3);
});

it("says what is done otherwise: another platform, a build that Sampan's is not, a restart", () => {
  const notes = (web: object) => told({ services: { web } }, { web: {} }).containers.get("web")?.notes;
  const build = { context: ".", secrets: [{ source: "npm" }], cache_from: ["a"] };
  expect(notes({ build, platform: "linux/arm64" })).toEqual([
    expect.stringMatching(/says linux\/arm64: build: \{ platform: linux\/arm64 \}$/),
    "its image is built without what the compose file's build says: secrets",
  ]);
  expect(notes({ restart: "on-failure:3" })).toEqual([expect.stringMatching(/says restart: on-failure:3$/)]);
  expect(notes({ restart: "always" })).toEqual([]);
});

describe("what is mounted out of the working tree", () => {
  const bind = (source: string) => ({ type: "bind", source, target: "/app" });
  const web = (...sources: readonly string[]) => ({ services: { web: { volumes: sources.map(bind) } } });

  it.each([
    ["/r/services/web", "./services/web"],
    ["/r/services", "./services"],
    ["/r", "."],
  ])("is refused where it hides the image: %s", (source, shown) => {
    expect(codes(web(source), { web: {} })).toEqual([
      expect.stringContaining(`working-tree-mounted: services.web.volumes: ${shown} → /app `),
    ]);
  });

  it("is said where it lies beside it, and nothing of what is elsewhere", () => {
    const compose = {
      services: {
        web: {
          volumes: [...web("/r/services/web/conf", "/r/up", "/var/run/docker.sock", "/r2").services.web.volumes],
          configs: [{ source: "nginx", target: "/etc/nginx.conf" }, { source: "text" }],
        },
      },
      configs: { nginx: { file: "/r/nginx.conf" }, text: { content: "x" } },
    };
    const { problems, containers } = told(compose, { web: {} });
    expect(problems).toEqual([]);
    const all = "./services/web/conf → /app, ./up → /app, ./nginx.conf → /etc/nginx.conf";
    expect(containers.get("web")?.notes).toEqual([`out of the working tree, whatever is committed: ${all}`]);
  });
});
