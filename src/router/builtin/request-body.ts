import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/**
 * A request's body for one attempt at a backend. It touches the request only when it is read, so that an attempt that
 * could not even connect leaves it whole for the next; and its end is not the end of the client's connection, over which
 * the answer still has to go.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  #attached = false;

  constructor(request: IncomingMessage) {
    super();
    this.#request = request;
  }

  override _read(): void {
    if (!this.#attached) {
      this.#attached = true;
      this.#request.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onClose);
    }
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#request.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    done(error);
  }

  #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#request.pause();
  };

  #onEnd = (): void => {
    this.push(null);
  };

  #onClose = (): void => {
    if (!this.readableEnded && !this.#request.readableEnded) this.destroy(new Error("the client went away"));
  };
}

/** Whether a body follows the head of this request. */
export function hasBody(request: IncomingMessage): boolean {
  if (request.headers["transfer-encoding"] !== undefined) return true;
  const length = request.headers["content-length"];
  return length !== undefined && Number(length) !== 0;
}
