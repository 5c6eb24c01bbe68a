import { afterAll, expect, test } from "vitest";
import { contextOf, Servers, subjectOf } from "../../../test/gates/scripted-target.ts";
import type { ContractGate } from "../../plan/plan.ts";
import { runGate } from "../run-gate.ts";

const servers = new Servers();
afterAll(() => servers.close());

const FILE = "services/blog/openapi.yaml";
const CONTRACT = `openapi: 3.0.3
info: { title: Blog, version: "1" }
paths:
  /v1/articles:
    get:
      parameters:
        - { name: limit, in: query, required: true, example: 5, schema: { type: integer } }
      responses:
        "200":
          description: all
          headers: { X-Total: { required: true, schema: { type: integer } } }
          content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Article" } } } }
    post:
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Draft" } } }
      responses:
        "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Article" } } } }
        "422": { description: wrong, content: { application/json: { schema: { type: object, required: [code] } } } }
  /v1/articles/{id}:
    get:
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "404": { description: none } }
  /v1/drafts:
    get:
      security: [{ key: [] }]
      responses: { "200": { description: own } }
  /v1/news:
    get:
      responses: { "200": { description: news, content: { text/event-stream: {} } } }
  /v1/export:
    get:
      responses: { "200": { description: lines, content: { "application/x-ndjson; charset=utf-8": {} } } }
components:
  schemas:
    Draft:
      type: object
      required: [id, title]
      properties: { id: { type: string, readOnly: true }, title: { type: string, minLength: 1 } }
    Article:
      type: object
      required: [id, title, password]
      properties:
        id: { type: string, format: uuid }
        title: { type: string, nullable: true }
        password: { type: string, writeOnly: true }
        score: { type: number, minimum: 0, exclusiveMinimum: true }
`;

const ARTICLE = { id: "6b2f9c1e-3d4a-4f5b-8c7d-9e0f1a2b3c4d", title: null, score: 0.5 };

type Reply = Readonly<{ status?: number; headers?: Record<string, string>; body?: unknown }>;

/** A service that answers what a contract says, but for these. */
async function service(replies: Readonly<Record<string, Reply>> = {}) {
  const asked: string[] = [];
  const good: Readonly<Record<string, Reply>> = {
    "GET /v1/articles?limit=5": { headers: { "x-total": "1" }, body: [ARTICLE] },
    "GET /v1/drafts": { status: 401, body: {} },
  };
  const endpoint = await servers.http((incoming, response) => {
    const key = `${incoming.method} ${incoming.url}`;
    asked.push(key);
    const { status = 200, headers = {}, body } = replies[key] ?? good[key] ?? { status: 404 };
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  });
  return { asked, endpoint };
}

const gate = (more: Partial<ContractGate> = {}): ContractGate => ({
  kind: "contract",
  file: FILE,
  requests: [],
  health: null,
  ...more,
});

const committed = async (file: string) => (file === FILE ? CONTRACT : null);

async function run(replies: Readonly<Record<string, Reply>> = {}, more: Partial<ContractGate> = {}) {
  const { asked, endpoint } = await service(replies);
  const result = await runGate(gate(more), subjectOf({ a: { endpoint } }, { committed }), contextOf());
  return { asked, result };
}

test("passes a service that is what it says, asks for nothing that changes anything, and tells what it could not ask for", async () => {
  const { asked, result } = await run();
  expect(result).toMatchObject({
    kind: "contract",
    verdict: "passed",
    evidence: "2 requests answered as declared, 3 operations not asked; it has no /openapi.json",
    detail: [
      "not asked: GET /v1/articles/{id}: it needs what has no example",
      "not asked: GET /v1/news: it streams",
      "not asked: GET /v1/export: it streams",
    ],
  });
  expect([...asked].sort()).toEqual(["GET /openapi.json", "GET /v1/articles?limit=5", "GET /v1/drafts"]);
});

const WRONG: readonly (readonly [what: string, reply: Reply, says: RegExp])[] = [
  [
    "a status that is not declared",
    { status: 500 },
    /it answered 500, and declares 200 \(services\/blog\/openapi.yaml:5:5\)/,
  ],
  [
    "a body that is not of its schema",
    { headers: { "x-total": "1" }, body: [{ ...ARTICLE, id: 7 }] },
    /\/0\/id must be string/,
  ],
  [
    "a field that is missing",
    { headers: { "x-total": "1" }, body: [{ id: ARTICLE.id }] },
    /must have required property 'title'/,
  ],
  [
    "a limit of OpenAPI 3.0's own words",
    { headers: { "x-total": "1" }, body: [{ ...ARTICLE, score: 0 }] },
    /\/0\/score must be > 0/,
  ],
  ["a format", { headers: { "x-total": "1" }, body: [{ ...ARTICLE, id: "x" }] }, /must match format "uuid"/],
  ["a header that is missing", { body: [] }, /without the header X-Total/],
  [
    "another media type",
    { headers: { "x-total": "1", "content-type": "text/html" }, body: "<html>" },
    /with text\/html, and declares application\/json/,
  ],
  ["JSON that is none", { headers: { "x-total": "1" }, body: "{" }, /is no JSON/],
];

test.concurrent.each(WRONG)("fails on %s", async (_, reply, says) => {
  const { result } = await run({ "GET /v1/articles?limit=5": reply });
  expect(result.verdict).toBe("failed");
  expect(result.evidence).toMatch(/^a is not what services\/blog\/openapi.yaml says: GET \/v1\/articles\?limit=5: /);
  expect(result.evidence).toMatch(says);
});

const smoke = (request: string, status: number, more: Readonly<Partial<ContractGate["requests"][number]>> = {}) => {
  const [method = "", path = ""] = request.split(" ");
  const expects = { status, headers: {}, json: {}, latency: null };
  return { kind: "request" as const, method, path, headers: {}, expect: expects, ...more };
};

test("holds the answers to smoke requests against it too, with their own headers", async () => {
  const requests = [smoke("GET /v1/articles/9", 404, { headers: { "x-key": "k" } })];
  expect((await run({}, { requests })).result.verdict).toBe("passed");
  expect((await run({ "GET /v1/articles/9": { body: {} } }, { requests })).result).toMatchObject({
    verdict: "failed",
    evidence: expect.stringContaining("it answered 200, and declares 404"),
  });
});

const POST = "POST /v1/articles";

test("a smoke request that changes something is held against it as well: what it sends, which status it expects, what comes back", async () => {
  const [made, refused] = [smoke(POST, 201, { json: { title: "x" } }), smoke(POST, 422, { json: { title: "" } })];
  const answers = (body: unknown, status = 201) => ({ [POST]: { status, body } });
  const good = await run(answers(ARTICLE), { requests: [made] });
  expect(good.result).toMatchObject({ verdict: "passed", evidence: expect.stringContaining("3 requests answered") });
  expect(good.asked.filter((one) => one === POST)).toHaveLength(1);
  expect((await run(answers({ code: "title" }, 422), { requests: [refused] })).result.verdict).toBe("passed");
  const wrong: readonly (readonly [ReturnType<typeof smoke>, unknown, number, string])[] = [
    [smoke(POST, 201, { json: { title: "" } }), ARTICLE, 201, "what the smoke test sends: /title must NOT have fewer"],
    [smoke(POST, 201, { json: {} }), ARTICLE, 201, "must have required property 'title'"],
    [smoke(POST, 201), ARTICLE, 201, "the smoke test sends no body, and it requires one"],
    [smoke(POST, 200, { json: { title: "x" } }), ARTICLE, 201, "the smoke test expects 200, and it declares 201, 422"],
    [
      smoke(POST, 201, { json: {}, headers: { "Content-Type": "text/csv" } }),
      ARTICLE,
      201,
      "sends text/csv, and it declares",
    ],
    [smoke("GET /v1/drafts", 200, { json: {} }), null, 200, "the smoke test sends a body, and it declares none"],
    [made, { id: 7 }, 201, "it answered 201: "],
    [refused, {}, 422, "it answered 422: the body must have required property 'code'"],
  ];
  await Promise.all(
    wrong.map(async ([request, body, status, says]) => {
      const { result } = await run(answers(body, status), { requests: [request] });
      expect(result.verdict).toBe("failed");
      expect(result.detail.join("\n")).toContain(says);
    }),
  );
});

test("asks every instance for its own contract, and says which of them promises less", async () => {
  const { parse } = await import("yaml");
  const whole: Reply = { body: parse(CONTRACT) };
  const less: Reply = { body: { openapi: "3.1.0", info: {}, paths: {} } };
  const two = async (one: Reply, other: Reply) => {
    const [a, b] = [await service({ "GET /openapi.json": one }), await service({ "GET /openapi.json": other })];
    const subject = subjectOf({ a: { endpoint: a.endpoint }, b: { endpoint: b.endpoint } }, { committed });
    return { result: await runGate(gate(), subject, contextOf()), b };
  };
  const same = await two(whole, whole);
  expect(same.result).toMatchObject({
    verdict: "passed",
    evidence: expect.stringContaining("its own /openapi.json promises all of it, in each of 2 instances"),
  });
  // Answers are one artifact's: one instance is asked for them.
  expect(same.b.asked).toEqual(["GET /openapi.json"]);
  expect((await two(whole, less)).result.evidence).toMatch(/^b is not what .*: its own \/openapi.json promises less/);
  expect((await two(whole, { status: 404 })).result.evidence).toMatch(
    /^b is not what .* it has no \/openapi.json, and a has/,
  );
});

test("fails where the service's own contract promises less than the declared one, and passes where it promises more", async () => {
  const own = (paths: object) => ({ "GET /openapi.json": { body: { openapi: "3.1.0", info: {}, paths } } });
  const less = await run(own({ "/v1/articles": { get: { responses: { 200: { description: "" } } } } }));
  expect(less.result).toMatchObject({ verdict: "failed" });
  expect(less.result.detail.join("\n")).toMatch(
    /its own \/openapi.json promises less than services\/blog\/openapi.yaml:21:5: GET \/v1\/articles\/\{id\}: the path is gone/,
  );
  const { parse } = await import("yaml");
  const whole = parse(CONTRACT);
  const more = await run({
    "GET /openapi.json": { body: { ...whole, paths: { ...whole.paths, "/v2": { get: { responses: {} } } } } },
  });
  expect(more.result).toMatchObject({
    verdict: "passed",
    evidence: expect.stringContaining("its own /openapi.json promises all of it"),
  });
  const other = await run({ "GET /openapi.json": { body: { hello: "world" } } });
  expect(other.result).toMatchObject({ verdict: "passed", evidence: expect.stringContaining("is no contract") });
});

test("asks again before it fails, and is inconclusive where the contract of what runs cannot be had", async () => {
  let first = true;
  const endpoint = await servers.http((incoming, response) => {
    const fails = incoming.url?.startsWith("/v1/articles") === true && first;
    if (fails) first = false;
    response.writeHead(fails ? 500 : incoming.url === "/v1/drafts" ? 200 : 404, {
      "content-type": "application/json",
      "x-total": "1",
    });
    if (!fails && incoming.url?.startsWith("/v1/articles")) response.statusCode = 200;
    response.end();
  });
  const tolerant = CONTRACT.replace('"200":\n          description: all', '"404":\n          description: all');
  const subject = subjectOf({ a: { endpoint } }, { committed: async () => tolerant });
  expect((await runGate(gate(), subject, contextOf())).verdict).toBe("passed");
  expect(first).toBe(false);
  const gone = subjectOf({ a: { endpoint } }, { committed: () => Promise.reject(new Error("no such commit")) });
  expect(await runGate(gate(), gone, contextOf())).toMatchObject({
    verdict: "inconclusive",
    evidence: expect.stringContaining("no such commit"),
  });
  expect(await runGate(gate(), subjectOf({ a: { endpoint } }), contextOf())).toMatchObject({
    verdict: "passed",
    evidence: `what runs has no ${FILE}`,
  });
});
