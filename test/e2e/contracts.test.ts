import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampan } from "../sampan.ts";
import { released } from "../tiny/released.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
const run = (...args: string[]) => sampan(args, { cwd: fleet.root, env: fleet.env });
const deploy = (...services: string[]) => released(fleet, ["deploy", "staging", ...services]);

const reply = (schema: string): string =>
  `{ "200": { description: it, content: { application/json: { schema: ${schema} } } } }`;
const contract = (paths: Readonly<Record<string, string>>): string =>
  [
    "openapi: 3.0.3",
    "info: { title: auth, version: '1' }",
    "paths:",
    ...Object.entries(paths).map(([path, schema]) => `  ${path}: { get: { responses: ${reply(schema)} } }`),
  ].join("\n");

const WORK = "{ type: object, required: [work], properties: { work: { type: boolean } } }";
const VERSION = "{ type: object, required: [version], properties: { version: { type: string } } }";
const V1 = { "/auth/work": WORK, "/auth/version": VERSION };

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog", needs: ["auth"] }]);
  fleet.write("services/auth/openapi.yaml", contract(V1));
  fleet.commit("one", { auth: { version: "1" }, blog: { version: "1" } });
}, 60_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

/** One story: each chapter starts where the one before it ended. */
describe("a fleet whose core has a contract", { timeout: 90_000 }, () => {
  it("holds the running service against it", async () => {
    const { code, document } = await deploy();
    expect(code).toBe(0);
    const gates = document.services.find(({ name }) => name === "auth")?.gates;
    expect(gates?.find(({ kind }) => kind === "contract")).toMatchObject({
      verdict: "passed",
      evidence: "2 requests answered as declared; it has no /openapi.json",
    });
  });

  it("refuses a change that breaks a caller which stays as it is, before any effect", async () => {
    fleet.write("services/auth/openapi.yaml", contract({ "/auth/work": WORK }));
    fleet.commit("less", { auth: { version: "2" } });
    const { code, document } = await deploy();
    expect(code).toBe(3);
    expect(document.problems).toMatchObject([
      { code: "contract-breaks-callers", file: "services/auth/openapi.yaml", line: 3 },
    ]);
    expect(document.problems[0]?.message).toMatch(
      /^GET \/auth\/version: the path is gone .* blog calls it, and is not in this release$/,
    );
    const checked = await run("contracts", "check", "--from", "HEAD~1");
    expect(checked.code).toBe(3);
    expect(checked.stdout).toContain("path-removed");
  });

  it("lets it through where the caller changes with it, and /v2 beside /v1 in any case", async () => {
    fleet.write("services/auth/openapi.yaml", contract({ ...V1, "/auth/v2/work": WORK }));
    fleet.commit("more", { auth: { version: "3" } });
    expect((await deploy()).code).toBe(0);
    fleet.write("services/auth/openapi.yaml", contract({ "/auth/work": WORK, "/auth/v2/work": WORK }));
    fleet.commit("both", { auth: { version: "4" }, blog: { version: "2" } });
    // What passes with its caller has not passed without it, though the commit is the same.
    expect((await run("check", "staging")).code).toBe(0);
    const alone = await deploy("auth");
    expect(alone.code).toBe(3);
    expect(alone.document.problems).toMatchObject([{ code: "contract-breaks-callers" }]);
    const { code, document } = await deploy();
    expect({ code, problems: document.problems }).toEqual({ code: 0, problems: [] });
  });

  it("throws back a service that is not what its contract says", async () => {
    fleet.write(
      "services/auth/openapi.yaml",
      contract({ "/auth/work": WORK.replace("boolean", "string"), "/auth/v2/work": WORK }),
    );
    fleet.commit("a lie", { auth: { version: "5" }, blog: { version: "3" } });
    const { code, document } = await deploy();
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    expect(JSON.stringify(document)).toContain("/work must be string");
  });
});
