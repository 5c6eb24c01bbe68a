/** One request to a server that we do not know well: bounded in time and in what is read, its failures told apart. */
export type HttpRequest = Readonly<{
  url: string;
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
  /** Milliseconds for all of it. */
  timeout: number;
  /** Bytes of the body that are read at most. */
  limit: number;
  signal: AbortSignal;
}>;

export type HttpAnswer = Readonly<
  /** Header names in lower case; of several of one name, the first. */
  | { kind: "answer"; status: number; headers: Readonly<Record<string, string>>; body: Buffer }
  /** `down`: nobody listens, or there is no such host. */
  | { kind: "none"; why: "down" | "timeout" | "tls" | "broken" | "too-much"; message: string }
>;

/** Follows no redirect. Rejects only with the signal's reason. The HTTP client is read on first use: it costs more than a start. */
export async function httpRequest(ask: HttpRequest): Promise<HttpAnswer> {
  // A bundle has of a CommonJS module the whole alone, not its parts by name.
  const { request } = (await import("undici")).default;
  ask.signal.throwIfAborted();
  const patience = AbortSignal.timeout(ask.timeout);
  try {
    const answer = await request(ask.url, {
      method: ask.method,
      headers: { ...ask.headers },
      body: ask.body ?? null,
      signal: AbortSignal.any([ask.signal, patience]),
      headersTimeout: ask.timeout,
      bodyTimeout: ask.timeout,
    });
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of answer.body) {
      const bytes = piece as Buffer;
      size += bytes.length;
      if (size > ask.limit) {
        answer.body.destroy();
        return { kind: "none", why: "too-much", message: `answered more than ${ask.limit} bytes` };
      }
      pieces.push(bytes);
    }
    const headers = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat()[0] ?? ""]);
    return {
      kind: "answer",
      status: answer.statusCode,
      headers: Object.fromEntries(headers),
      body: Buffer.concat(pieces),
    };
  } catch (error) {
    ask.signal.throwIfAborted();
    if (patience.aborted) return { kind: "none", why: "timeout", message: `no whole answer within ${ask.timeout} ms` };
    const failure = error as NodeJS.ErrnoException;
    // The client's and the system's failures have a code; what has none is a mistake of ours.
    if (codeOf(failure) === "") throw error;
    return { kind: "none", ...whyNot(failure) };
  }
}

function whyNot(
  error: NodeJS.ErrnoException,
): Readonly<{ why: "down" | "timeout" | "tls" | "broken"; message: string }> {
  const code = codeOf(error);
  const message = error.message.includes(code) ? error.message : `${error.message} (${code})`;
  if (/^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/.test(code))
    return { why: "down", message };
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return { why: "timeout", message };
  if (/^(?:ERR_SSL_|ERR_TLS_|EPROTO|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/.test(code))
    return { why: "tls", message };
  return { why: "broken", message };
}

const codeOf = ({ code, cause }: NodeJS.ErrnoException): string =>
  code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
