import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export type Letter = Readonly<{ to: readonly string[]; user: string | null; secure: boolean; raw: string }>;

export type MailBox = Readonly<{ port: number; letters: Letter[]; close: () => Promise<void> }>;

/** A mail server on loopback, with a certificate that nobody has signed. */
export async function mailBox(
  how: Readonly<{
    /** Without it nobody has to say who they are. */
    password?: string;
    /** `none`: it does not know STARTTLS. Default: it offers it. */
    tls?: "none" | "implicit";
    /** Recipients that it knows nothing of. */
    unknown?: boolean;
  }> = {},
): Promise<MailBox> {
  const letters: Letter[] = [];
  const server = new SMTPServer({
    secure: how.tls === "implicit",
    disabledCommands: [...(how.tls === "none" ? ["STARTTLS"] : []), ...(how.password === undefined ? ["AUTH"] : [])],
    authOptional: how.password === undefined,
    onAuth: ({ username = "", password }, _, done) =>
      password === how.password ? done(null, { user: username }) : done(new Error("no")),
    onRcptTo: (_, __, done) =>
      done(how.unknown === true ? Object.assign(new Error("unknown here"), { responseCode: 550 }) : null),
    onData: (stream, session, done) => {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        const raw = Buffer.concat(pieces).toString("utf8");
        letters.push({ to, user: session.user ?? null, secure: session.secure, raw });
        done();
      });
    },
  });
  // Whoever hangs up in the middle is what some tests are about.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, letters, close: () => new Promise((resolve) => server.close(resolve)) };
}
