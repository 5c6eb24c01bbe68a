import { passwordsIn } from "./passwords-in.ts";

const SECRET_NAME = /PASSWORD|PASSWD|SECRET|TOKEN|KEY|PRIVATE|CREDENTIAL|DSN/i;

/** By its name, or because the value is a URL or a DSN that carries a password. */
export const looksSecret = (name: string, value: string): boolean =>
  SECRET_NAME.test(name) || passwordsIn(value).length > 0;
