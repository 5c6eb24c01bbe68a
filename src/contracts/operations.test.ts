import { expect, test } from "vitest";
import { OPERATION_KINDS } from "./kinds/operations.ts";
import { apiWith, changesOf, operationWith } from "./testing.ts";

type Row = readonly [kind: string, verdict: "breaking" | "safe", old: unknown, next: unknown];

const OK = { 200: { description: "" } };
const get = (words: object = {}) => ({ get: { responses: OK, ...words } });
const query = (words: object = {}) => ({ name: "limit", in: "query", schema: { type: "string" }, ...words });
const parameters = (...list: object[]) => operationWith({ parameters: list });
const json = { content: { "application/json": { schema: { type: "object" } } } };
const body = (words: object = {}) => operationWith({ requestBody: { ...json, ...words } });
const replies = (responses: object) => operationWith({ responses });
const header = (words: object) =>
  replies({ 200: { description: "", headers: { "X-Total": { schema: { type: "integer" }, ...words } } } });
const schemes = (scheme: object) => ({
  components: { securitySchemes: { key: scheme, oauth: { type: "oauth2", flows: {} } } },
});
const secured = (security: unknown, scheme: object = { type: "apiKey", in: "header", name: "X-Key" }) =>
  operationWith({ security }, schemes(scheme));
const webhooks = (hooks: object) => apiWith({}, { webhooks: hooks });
const callbacks = (events: object) => operationWith({ callbacks: events });
const event = { "{$request.body#/url}": { post: { responses: OK } } };
const ended = { deprecated: true, "x-sunset": "2026-11-01" };
const schema = (type: string, more: object = {}) => ({ schema: { type, ...more } });

const ROWS: readonly Row[] = [
  ["path-removed", "breaking", apiWith({ "/v1/a": get(), "/v1/b": get() }), apiWith({ "/v1/b": get() })],
  [
    "operation-removed",
    "breaking",
    apiWith({ "/v1/a": { ...get(), delete: { responses: OK } } }),
    apiWith({ "/v1/a": get() }),
  ],
  [
    "operation-removed-after-sunset",
    "safe",
    apiWith({ "/v1/a": get(ended), "/v1/b": get() }),
    apiWith({ "/v1/b": get() }),
  ],
  ["path-removed", "breaking", apiWith({ "/v1/a": get({ ...ended, "x-sunset": "2026-12-01" }) }), apiWith({})],
  ["operation-added", "safe", apiWith({ "/v1/a": get() }), apiWith({ "/v1/a": get(), "/v2/a": get() })],
  ["operation-deprecated", "safe", apiWith({ "/v1/a": get() }), apiWith({ "/v1/a": get({ deprecated: true }) })],
  [
    "operation-id-changed",
    "safe",
    apiWith({ "/v1/a": get({ operationId: "a" }) }),
    apiWith({ "/v1/a": get({ operationId: "b" }) }),
  ],
  ["parameter-removed", "breaking", parameters(query()), parameters()],
  ["parameter-removed-after-sunset", "safe", parameters(query(ended)), parameters()],
  ["parameter-added", "safe", parameters(), parameters(query())],
  ["required-parameter-added", "breaking", parameters(), parameters(query({ required: true }))],
  ["parameter-became-required", "breaking", parameters(query()), parameters(query({ required: true }))],
  ["parameter-became-optional", "safe", parameters(query({ required: true })), parameters(query())],
  [
    "parameter-serialised-otherwise",
    "breaking",
    parameters(query(schema("array"))),
    parameters(query({ ...schema("array"), style: "pipeDelimited" })),
  ],
  [
    "parameter-serialised-otherwise",
    "breaking",
    parameters(query(schema("array"))),
    parameters(query({ ...schema("array"), explode: false })),
  ],
  ["parameter-content-changed", "breaking", parameters(query()), parameters({ name: "limit", in: "query", ...json })],
  [
    "parameter-became-list",
    "safe",
    parameters(query()),
    parameters(query(schema("array", { items: { type: "string" } }))),
  ],
  ["parameter-empty-refused", "breaking", parameters(query({ allowEmptyValue: true })), parameters(query())],
  ["body-removed", "breaking", body(), operationWith({})],
  ["body-added", "safe", operationWith({}), body()],
  ["required-body-added", "breaking", operationWith({}), body({ required: true })],
  ["body-became-required", "breaking", body(), body({ required: true })],
  ["body-became-optional", "safe", body({ required: true }), body()],
  ["media-type-removed", "breaking", body({ content: { ...json.content, "text/plain": {} } }), body()],
  [
    "media-type-removed",
    "breaking",
    replies({ 200: { description: "", content: { "text/csv": {} } } }),
    replies({ 200: { description: "", content: {} } }),
  ],
  ["media-type-added", "safe", body(), body({ content: { ...json.content, "text/plain": {} } })],
  ["success-status-removed", "breaking", replies(OK), replies({ 201: { description: "" } })],
  [
    "error-status-changed",
    "breaking",
    replies({ ...OK, 404: { description: "" } }),
    replies({ ...OK, 410: { description: "" } }),
  ],
  ["error-status-removed", "safe", replies({ ...OK, 404: { description: "" } }), replies(OK)],
  ["status-added", "safe", replies(OK), replies({ ...OK, 404: { description: "" } })],
  ["header-removed", "breaking", header({}), replies(OK)],
  ["header-added", "safe", replies(OK), header({})],
  ["header-became-optional", "breaking", header({ required: true }), header({})],
  ["header-became-required", "safe", header({}), header({ required: true })],
  ["security-added", "breaking", operationWith({}, schemes({ type: "http" })), secured([{ key: [] }])],
  ["security-narrowed", "breaking", secured([{ key: [] }, { oauth: [] }]), secured([{ oauth: [] }])],
  ["security-narrowed", "breaking", secured([{ oauth: ["read"] }]), secured([{ oauth: ["read", "write"] }])],
  ["security-widened", "safe", secured([{ key: [] }]), secured([])],
  ["security-widened", "safe", secured([{ key: [] }]), secured([{ key: [] }, { oauth: [] }])],
  [
    "security-scheme-changed",
    "breaking",
    secured([{ key: [] }]),
    secured([{ key: [] }], { type: "apiKey", in: "header", name: "X-Other" }),
  ],
  ["webhook-removed", "breaking", webhooks({ paid: { post: { responses: OK } } }), webhooks({})],
  ["webhook-added", "safe", webhooks({}), webhooks({ paid: { post: { responses: OK } } })],
  ["callback-removed", "breaking", callbacks({ done: event }), callbacks({})],
  ["callback-added", "safe", callbacks({}), callbacks({ done: event })],
];

test.each(ROWS.map(([kind, verdict, old, next], row) => ({ row, kind, verdict, old, next })))(
  "$kind is $verdict ($row)",
  async ({ kind, verdict, old, next }) => {
    const changes = await changesOf(old, next);
    const found = changes.filter((change) => change.kind === kind);
    expect(found, JSON.stringify(changes)).toMatchObject([
      { verdict, old: { file: "old.yaml" }, next: { file: "new.yaml" } },
    ]);
    expect(found[0]?.hint === null).toBe(verdict === "safe");
    if (verdict === "safe") expect(changes.filter((change) => change.verdict === "breaking")).toEqual([]);
  },
);

test("every kind of change of an operation is shown by an example", () => {
  const shown = new Set(ROWS.map(([kind]) => kind));
  expect(OPERATION_KINDS.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});

const SAME: readonly (readonly [what: string, old: unknown, next: unknown])[] = [
  [
    "a path's parameter renamed",
    apiWith({ "/v1/a/{id}": get({ parameters: [{ name: "id", in: "path", required: true }] }) }),
    apiWith({ "/v1/a/{key}": get({ parameters: [{ name: "key", in: "path", required: true }] }) }),
  ],
  [
    "a parameter written at the path",
    apiWith({ "/v1/a": get({ parameters: [query()] }) }),
    apiWith({ "/v1/a": { parameters: [query()], ...get() } }),
  ],
  [
    "/v1 moved from the server into the path",
    apiWith({ "/a": get() }, { servers: [{ url: "https://api.example/v1/" }] }),
    apiWith({ "/v1/a": get() }),
  ],
  ["a parameter said elsewhere", parameters(), parameters({ name: "Authorization", in: "header", required: true })],
  [
    "a status under its class",
    replies({ 200: { description: "" }, 404: { description: "" } }),
    replies({ "2XX": { description: "" }, "4XX": { description: "" } }),
  ],
];

test.each(SAME)("%s breaks nobody", async (_, old, next) => {
  expect((await changesOf(old, next)).filter(({ verdict }) => verdict === "breaking")).toEqual([]);
});

test("on the wire a string of digits is a string: a parameter may become one, and a header may not", async () => {
  expect(await changesOf(parameters(query(schema("integer"))), parameters(query(schema("string"))))).toMatchObject([
    { kind: "type-widened", verdict: "safe" },
  ]);
  expect(await changesOf(header({}), header(schema("string")))).toMatchObject([
    { kind: "type-widened", verdict: "breaking" },
  ]);
});

test("what a webhook sends is what the service may not widen", async () => {
  const hook = (type: string) =>
    webhooks({ paid: { post: { requestBody: { content: { "application/json": schema(type) } }, responses: OK } } });
  expect(await changesOf(hook("integer"), hook("number"))).toMatchObject([
    { kind: "type-widened", verdict: "breaking" },
  ]);
  expect(await changesOf(hook("number"), hook("integer"))).toMatchObject([{ kind: "type-narrowed", verdict: "safe" }]);
});

test("a change that whoever wrote the contract allows, with a reason, is told as such", async () => {
  const old = apiWith({ "/v1/a": get(), "/v1/b": get() });
  const allowing = (...allowances: object[]) => apiWith({}, { "x-sampan-allow": allowances });
  const reasons = async (next: unknown) => (await changesOf(old, next)).map(({ allowed }) => allowed);
  expect(
    await reasons(allowing({ change: "path-removed", at: "GET /v1/a", because: "nobody called it in a year" })),
  ).toEqual(["nobody called it in a year", null]);
  expect(await reasons(allowing({ change: "path-removed", because: "a trial" }))).toEqual(["a trial", "a trial"]);
  expect(await reasons(allowing({ change: "path-removed" }))).toEqual([null, null]);
  expect(await reasons(allowing({ change: "body-removed", because: "another" }))).toEqual([null, null]);
});
