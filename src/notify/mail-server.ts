import type { MailServer } from "../io/send-mail.ts";

/** Without TLS nobody is spoken to but this machine itself. */
const HERE = /^(?:127\.0\.0\.1|\[::1\]|localhost)$/;

/**
 * `smtps://user:password@smtp.example` (TLS from the first byte, port 465) or `smtp://…` (STARTTLS, port 587), the name and the password as a URL writes them; null for
 * anything else.
 */
export function mailServer(text: string): MailServer | null {
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol)) return null;
  const { hostname, port, username, password, pathname, search, hash } = url;
  if (hostname === "" || pathname.replace("/", "") !== "" || search !== "" || hash !== "") return null;
  if ((username === "") !== (password === "")) return null;
  const isImplicit = url.protocol === "smtps:";
  try {
    return {
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port === "" ? (isImplicit ? 465 : 587) : Number(port),
      tls: isImplicit ? "implicit" : HERE.test(hostname) ? "offered" : "required",
      login: username === "" ? null : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
    };
  } catch {
    // A percent sign that stands for nothing.
    return null;
  }
}
