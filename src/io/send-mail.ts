import { connect, type Socket } from "node:net";

export type MailServer = Readonly<{
  host: string;
  port: number;
  /** `implicit`: TLS from the first byte; `required`: by STARTTLS, or nothing is said; `offered`: where the server has it. */
  tls: "implicit" | "required" | "offered";
  login: Readonly<{ user: string; password: string }> | null;
}>;

export type Mail = Readonly<{
  from: string;
  to: readonly string[];
  /** One line. */
  subject: string;
  text: string;
}>;

/** `refused`: the server answered so, with a code of SMTP. */
export type MailAnswer = Readonly<
  | { kind: "taken" }
  | { kind: "refused"; code: number }
  | { kind: "none"; why: "down" | "timeout" | "tls" | "login" | "broken" }
>;

export type MailOrder = Readonly<{
  server: MailServer;
  mail: Mail;
  /** Milliseconds for all of it. */
  timeout: number;
  signal: AbortSignal;
}>;

/** Hands one message to a server. Nothing of it outlives its time, its connection among it. Rejects only with the signal's reason. */
export async function sendMail({ server, mail, timeout, signal }: MailOrder): Promise<MailAnswer> {
  signal.throwIfAborted();
  const patience = AbortSignal.timeout(timeout);
  const socket = connect({ host: server.host, port: server.port });
  // Whoever destroys it hears of it there; without a listener it would end the process.
  socket.on("error", () => undefined);
  const { promise: over, reject: giveUp } = Promise.withResolvers<never>();
  const both = AbortSignal.any([signal, patience]);
  const onAbort = () => giveUp(both.reason);
  both.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([over, deliver(socket, { server, mail, timeout, signal })]);
  } catch (error) {
    signal.throwIfAborted();
    if (patience.aborted) return { kind: "none", why: "timeout" };
    throw error;
  } finally {
    both.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

/** The library is read where there is something to send, and by nobody else. */
async function deliver(socket: Socket, { server, mail, timeout }: MailOrder): Promise<MailAnswer> {
  const [{ createTransport }, isThere] = await Promise.all([import("nodemailer"), connected(socket)]);
  if (!isThere) return { kind: "none", why: "down" };
  const transport = createTransport({
    host: server.host,
    port: server.port,
    connection: socket,
    secure: server.tls === "implicit",
    requireTLS: server.tls === "required",
    // Where TLS is only offered, it is a server of one's own on this machine, with a certificate that nobody has signed.
    tls: { minVersion: "TLSv1.2", rejectUnauthorized: server.tls !== "offered" },
    ...(server.login === null ? {} : { auth: { user: server.login.user, pass: server.login.password } }),
    ...{ connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const letter = {
    ...mail,
    headers: { "Auto-Submitted": "auto-generated" },
    textEncoding: "quoted-printable",
    xMailer: false,
  } as const;
  return new Promise((resolve) => {
    transport.sendMail(letter, (failure) => {
      if (failure === null) resolve({ kind: "taken" });
      else resolve(whyNot(failure));
    });
  });
}

const connected = (socket: Socket): Promise<boolean> =>
  new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("close", () => resolve(false));
  });

function whyNot({
  code = "",
  message,
  responseCode,
}: Readonly<{ code?: string; message: string; responseCode?: number }>): MailAnswer {
  if (code === "EAUTH" || code === "ENOAUTH") return { kind: "none", why: "login" };
  // A certificate's failure has lost its code by then.
  if (code === "ETLS" || (code === "ESOCKET" && /certificate|altnames|\bssl|\btls/i.test(message)))
    return { kind: "none", why: "tls" };
  if (code === "ETIMEDOUT") return { kind: "none", why: "timeout" };
  return responseCode === undefined ? { kind: "none", why: "broken" } : { kind: "refused", code: responseCode };
}
