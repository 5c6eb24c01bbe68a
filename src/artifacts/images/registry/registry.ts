import type { Clock } from "../../../io/clock.ts";
import { type HttpAnswer, type HttpRequest, httpRequest } from "../../../io/http.ts";
import { parseChallenge } from "./challenge.ts";
import { type Credentials, registryCredentials } from "./credentials.ts";
import { isPassing, type RegistryStep, registryFault } from "./registry-fault.ts";

export type RegistryOptions = Readonly<{
  /** As in an image's name: `registry.example:5000`. */
  registry: string;
  /** Docker's configuration is found through it. */
  env: Readonly<Record<string, string>>;
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds that one answer may take. */
  patience?: number;
}>;

export type Manifest = Readonly<{ digest: string; mediaType: string; body: Buffer }>;

/** Whose image in which repository, and why it is asked: faults say both. */
export type About = Readonly<{ repository: string; service: string; step: string }>;

type Ask = About &
  Pick<HttpRequest, "method"> &
  Readonly<{ path: string; accept?: string; body?: Buffer; type?: string; pushes?: boolean }>;

type Answered = Extract<HttpAnswer, { kind: "answer" }>;

const PATIENCE = 15_000;
/** Milliseconds before what may pass is tried again. */
const PAUSES = [200, 1000] as const;
const LIMIT = 4 * 1024 * 1024;

const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** The little of the distribution API that naming images needs: what is behind a tag, a new tag for it, and its end. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #base: string;
  #credentials: Promise<Credentials | null> | null = null;
  /** By scope. */
  readonly #authorization = new Map<string, string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    const { registry } = options;
    this.#base = `${isLoopback(registry) ? "http" : "https"}://${registry === "docker.io" ? "registry-1.docker.io" : registry}`;
  }

  /** Digest of what a tag or a digest names; null: there is nothing. */
  async digestOf(about: About, reference: string): Promise<string | null> {
    const answer = await this.#ask({ ...about, method: "HEAD", path: `manifests/${reference}`, accept: MANIFESTS });
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw this.#fault(about, answer);
    return answer.headers["docker-content-digest"] ?? (await this.manifest(about, reference))?.digest ?? null;
  }

  async manifest(about: About, reference: string): Promise<Manifest | null> {
    const answer = await this.#ask({ ...about, method: "GET", path: `manifests/${reference}`, accept: MANIFESTS });
    if (answer.status === 404) return null;
    const digest = answer.headers["docker-content-digest"];
    if (answer.status !== 200 || digest === undefined) throw this.#fault(about, answer);
    return { digest, mediaType: answer.headers["content-type"] ?? "", body: answer.body };
  }

  /** A further tag for what is there already: nothing is pulled or pushed. */
  async tag(about: About, tag: string, { mediaType, body }: Manifest): Promise<void> {
    const put = { ...about, method: "PUT", path: `manifests/${tag}`, body, type: mediaType, pushes: true } as const;
    const answer = await this.#ask(put);
    if (answer.status !== 201) throw this.#fault(about, answer);
  }

  async blob(about: About, digest: string): Promise<Buffer | null> {
    const answer = await this.#ask({ ...about, method: "GET", path: `blobs/${digest}` });
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw this.#fault(about, answer);
    return answer.body;
  }

  async tags(about: About): Promise<readonly string[]> {
    const found: string[] = [];
    for (let last = ""; ; ) {
      const query = `?n=1000${last === "" ? "" : `&last=${encodeURIComponent(last)}`}`;
      const answer = await this.#ask({ ...about, method: "GET", path: `tags/list${query}` });
      if (answer.status === 404) return found;
      if (answer.status !== 200) throw this.#fault(about, answer);
      const { tags } = JSON.parse(answer.body.toString("utf8")) as { tags?: string[] | null };
      found.push(...(tags ?? []));
      last = tags?.at(-1) ?? "";
      if (last === "" || answer.headers.link === undefined) return found;
    }
  }

  /** All tags of a digest go with it. */
  async remove(about: About, digest: string): Promise<"removed" | "gone" | "not-allowed"> {
    const answer = await this.#ask({ ...about, method: "DELETE", path: `manifests/${digest}`, pushes: true });
    if (answer.status === 202 || answer.status === 200) return "removed";
    if (answer.status === 404) return "gone";
    if (answer.status === 405 || answer.status === 403 || answer.status === 401) return "not-allowed";
    throw this.#fault(about, answer);
  }

  /** Begins an upload and gives it up: who may not push, or finds no room, is told before minutes of building. */
  async expectRoom(about: About): Promise<void> {
    const begun = await this.#ask({ ...about, method: "POST", path: "blobs/uploads/", pushes: true });
    if (begun.status !== 202) throw this.#fault(about, begun);
    const location = begun.headers.location;
    if (location === undefined) return;
    const { pathname, search, host } = new URL(location, this.#base);
    if (host !== new URL(this.#base).host) return;
    await this.#ask({ ...about, method: "DELETE", path: `${pathname}${search}`, pushes: true });
  }

  #fault({ service, step }: About, answer: HttpAnswer): Error {
    const at: RegistryStep = { registry: this.#options.registry, service, step };
    return registryFault(at, answer);
  }

  /** What may pass is tried again. Throws for everything that is no answer of the registry's, for 401, 403 and 5xx. */
  async #ask(ask: Ask): Promise<Answered> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#authorised(ask);
      const pause = PAUSES[attempt];
      if (isPassing(answer) && pause !== undefined) {
        await this.#options.clock.sleep(pause, this.#options.signal);
        continue;
      }
      if (answer.kind === "none" || answer.status >= 500 || answer.status === 429) throw this.#fault(ask, answer);
      if ((answer.status === 401 || answer.status === 403) && ask.method !== "DELETE") throw this.#fault(ask, answer);
      return answer;
    }
  }

  async #authorised(ask: Ask): Promise<HttpAnswer> {
    const scope = `repository:${ask.repository}:${ask.pushes === true ? "pull,push" : "pull"}`;
    const first = await this.#send(ask, this.#authorization.get(scope) ?? null);
    if (first.kind === "none" || first.status !== 401) return first;
    const challenge = parseChallenge(first.headers["www-authenticate"] ?? "");
    this.#credentials ??= registryCredentials(this.#options);
    const credentials = await this.#credentials;
    let authorization: string | null = null;
    if (challenge.kind === "basic" && credentials?.kind === "basic") authorization = basic(credentials);
    if (challenge.kind === "bearer") {
      const answer = await this.#token(
        challenge,
        credentials,
        ask.pushes === true ? scope : (challenge.scope ?? scope),
      );
      if (typeof answer !== "string") return answer;
      authorization = `Bearer ${answer}`;
    }
    if (authorization === null) return first;
    this.#authorization.set(scope, authorization);
    return this.#send(ask, authorization);
  }

  /** The token, or what the token server answered instead. */
  async #token(
    { realm, service }: Readonly<{ realm: string; service: string | null }>,
    credentials: Credentials | null,
    scope: string,
  ): Promise<string | HttpAnswer> {
    const { signal, patience: timeout = PATIENCE } = this.#options;
    // Who speaks TLS must not make us send a password without.
    if (this.#base.startsWith("https:") && !realm.startsWith("https:")) {
      return { kind: "none", why: "tls", message: `its token server ${realm} is without TLS` };
    }
    const common = { timeout, limit: LIMIT, signal };
    const query = new URLSearchParams({ scope, ...(service === null ? {} : { service }) });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const answer =
      credentials?.kind === "identity"
        ? await httpRequest({
            ...common,
            url: realm,
            method: "POST",
            headers: form,
            body: new URLSearchParams({
              grant_type: "refresh_token",
              client_id: "sampan",
              refresh_token: credentials.token,
              ...Object.fromEntries(query),
            }).toString(),
          })
        : await httpRequest({
            ...common,
            url: `${realm}${realm.includes("?") ? "&" : "?"}${query}`,
            method: "GET",
            ...(credentials === null ? {} : { headers: { authorization: basic(credentials) } }),
          });
    if (answer.kind === "none" || answer.status !== 200) return answer;
    try {
      const said = JSON.parse(answer.body.toString("utf8")) as { token?: string; access_token?: string };
      return said.token ?? said.access_token ?? answer;
    } catch {
      return { kind: "none", why: "broken", message: "its token server did not answer in JSON" };
    }
  }

  async #send(ask: Ask, authorization: string | null): Promise<HttpAnswer> {
    const { signal, patience: timeout = PATIENCE } = this.#options;
    const path = ask.path.startsWith("/") ? ask.path : `/v2/${ask.repository}/${ask.path}`;
    const headers: Record<string, string> = {
      ...(ask.accept === undefined ? {} : { accept: ask.accept }),
      ...(ask.type === undefined ? {} : { "content-type": ask.type }),
      ...(ask.body === undefined && (ask.method === "POST" || ask.method === "PUT") ? { "content-length": "0" } : {}),
      ...(authorization === null ? {} : { authorization }),
    };
    const common = { timeout, limit: LIMIT, signal };
    const body = ask.body === undefined ? {} : { body: ask.body };
    const answer = await httpRequest({ ...common, ...body, url: `${this.#base}${path}`, method: ask.method, headers });
    // Blobs may lie elsewhere, where our authorization is nobody's business.
    const location =
      answer.kind === "answer" && [301, 302, 303, 307, 308].includes(answer.status)
        ? answer.headers.location
        : undefined;
    if (location === undefined || ask.method !== "GET") return answer;
    return httpRequest({ ...common, url: new URL(location, this.#base).toString(), method: "GET" });
  }
}

const basic = (credentials: Extract<Credentials, { kind: "basic" }>): string =>
  `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;

/** Docker asks these without TLS, too. */
export const isLoopback = (registry: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(registry);
