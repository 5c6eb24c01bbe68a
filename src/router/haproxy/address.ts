import { isIP } from "node:net";

type Place = Readonly<{ host: string; port: number }>;

/** As HAProxy writes it; an address of six has brackets. */
export const addressOf = ({ host, port }: Place): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

export const isAddress = (host: string): boolean => isIP(host) !== 0;
