import { randomBytes } from "node:crypto";

export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** `bytes` random bytes in hex. */
  hex(bytes: number): string;
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  hex: (bytes) => randomBytes(bytes).toString("hex"),
};
