import { createServer } from "node:net";

/** Could a program of this user listen there now? Null: yes; else the system's code, such as EADDRINUSE or EACCES. */
export const tryListening = ({ host, port }: Readonly<{ host: string; port: number }>): Promise<string | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
