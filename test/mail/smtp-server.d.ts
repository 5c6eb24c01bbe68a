/** What the tests use of it. */
declare module "smtp-server" {
  type Done = (error?: (Error & { responseCode?: number }) | null, result?: Readonly<{ user: string }>) => void;
  type Session = Readonly<{ secure: boolean; user?: string; envelope: { rcptTo: readonly { address: string }[] } }>;
  export class SMTPServer {
    constructor(
      options: Readonly<{
        secure?: boolean;
        disabledCommands?: readonly string[];
        authOptional?: boolean;
        onAuth?: (login: { username?: string; password?: string }, session: Session, done: Done) => void;
        onRcptTo?: (address: { address: string }, session: Session, done: Done) => void;
        onData: (stream: NodeJS.ReadableStream, session: Session, done: Done) => void;
      }>,
    );
    server: import("node:net").Server;
    listen(port: number, host: string, listening: () => void): void;
    close(closed: () => void): void;
    on(event: "error", heard: (error: Error) => void): void;
  }
}
