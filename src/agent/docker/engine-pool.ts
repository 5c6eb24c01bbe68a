import { Pool } from "undici";

/** Connections to an engine's socket. In a file of its own: only hosts that run containers pay for loading what it needs. */
export const enginePool = (socketPath: string): Pool =>
  new Pool("http://docker", {
    socketPath,
    connections: null,
    pipelining: 1,
    allowH2: false,
    connectTimeout: 5_000,
    // dockerd keeps idle connections for long; a request written into one that ends just then could not be told from one that was done.
    keepAliveTimeout: 1_000,
  });
