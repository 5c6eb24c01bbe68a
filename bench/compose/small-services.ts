/** Six services that need each other as those of the example fleet do, one instance of each. */
export const SMALL_SERVICES: Readonly<Record<string, readonly string[]>> = {
  "user-auth": [],
  points: ["user-auth"],
  content: ["user-auth"],
  atlas: ["user-auth", "points", "content"],
  pulse: ["user-auth", "points", "content"],
  blog: ["user-auth", "points", "content"],
};

/** Answers whatever it is asked; what it is like stands in the file behaviour beside it: `well` or `crash`, and a number. */
export const SERVER = `import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const [kind, version] = readFileSync("behaviour", "utf8").trim().split(" ");
if (kind === "crash") throw new Error("the configuration names a cache that is not there");
const artifact = process.env.SAMPAN_ARTIFACT ?? null;
const server = createServer((_, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ version, artifact }));
});
server.listen(8080, () => writeFileSync("/tmp/healthy", ""));
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;

export const dockerfile = (base: string): string => `FROM ${base}
WORKDIR /app
COPY server.mjs behaviour ./
EXPOSE 8080
CMD ["node", "server.mjs"]
`;

/** As light as a check can be: a Node that asks over HTTP each second in each container is most of what two cores do. */
const HEALTHY = '["CMD", "ls", "/tmp/healthy"]';

/** One file for all three ways: the image's name and tag are taken from the environment, as Compose's users have it. */
export const composeFile = (): string => `x-service: &service
  healthcheck: { test: ${HEALTHY}, interval: 1s, timeout: 20s, retries: 10 }
services:
${Object.entries(SMALL_SERVICES)
  .map(
    ([name, needs]) => `  ${name}:
    <<: *service
    image: \${IMAGES:-none}/${name}:\${TAG:-none}
    depends_on: { ${needs.map((need) => `${need}: { condition: service_healthy }`).join(", ")} }
`,
  )
  .join("")}`;

/** The same services for Sampan, whose gates look but do not wait. */
export const fleetFile = ({ name, listen }: Readonly<{ name: string; listen: number }>): string => `fleet: ${name}
services:
${Object.entries(SMALL_SERVICES)
  .map(
    ([service, needs]) => `  ${service}:
    path: services/${service}
    needs: [${needs.join(", ")}]
    routes: [/${service}]
    health: { path: /health, every: 100ms, healthyFor: 0s, timeout: 120s }
    smoke: [GET / -> 200]
    logs: { watch: 0s }
    build: { test: [node, --version], build: [node, --version] }
`,
  )
  .join("")}environments:
  staging:
    branch: develop
    target: { kind: compose, project: ${name}-sampan }
    listen: ${listen}
`;
