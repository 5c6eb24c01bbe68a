/** A machine that Sampan commands through its agent there. How the agent is reached is all that differs between hosts. */
export interface Host {
  readonly name: string;
  /** Starts the agent if none answers, then speaks its protocol. */
  connect(signal: AbortSignal): Promise<AgentConnection>;
}

export interface AgentConnection {
  /** Rejects with the agent's StepFault, or with one of code `agent-unreachable` (retry: unknown) when the line is cut. */
  call(method: string, params: unknown, signal: AbortSignal): Promise<unknown>;
  stream(method: string, params: unknown, signal: AbortSignal): AsyncIterable<unknown>;
  close(): void;
}
