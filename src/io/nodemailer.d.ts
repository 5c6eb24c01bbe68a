/** What is used of it, and no more: a message of ours has no files to attach and no addresses to fetch. */
declare module "nodemailer" {
  type Server = Readonly<{
    host: string;
    port: number;
    connection: import("node:net").Socket;
    secure: boolean;
    requireTLS: boolean;
    tls: Readonly<{ minVersion: "TLSv1.2"; rejectUnauthorized: boolean }>;
    auth?: Readonly<{ user: string; pass: string }>;
    connectionTimeout: number;
    greetingTimeout: number;
    socketTimeout: number;
    disableFileAccess: true;
    disableUrlAccess: true;
  }>;
  type Letter = Readonly<{
    from: string;
    to: readonly string[];
    subject: string;
    text: string;
    headers: Readonly<Record<string, string>>;
    textEncoding: "quoted-printable";
    xMailer: false;
  }>;
  type Failure = Error & Readonly<{ code?: string; responseCode?: number }>;
  type Transport = Readonly<{ sendMail: (letter: Letter, done: (failure: Failure | null) => void) => void }>;
  export function createTransport(server: Server): Transport;
}
