import { StepFault } from "../../fault.ts";
import { sqliteCode } from "../../io/sqlite.ts";

/** The clear word for what SQLite says of the store's file; any other error as it is. */
export function storeFault(error: unknown, folder: string): unknown {
  const said = error instanceof Error ? error.message : String(error);
  const fault = (code: string, message: string, evidence: string, retry: "safe" | "never") =>
    new StepFault({ code, message, evidence, retry });
  switch (sqliteCode(error)) {
    case 13:
      return fault("disk-full", `The disk that holds ${folder} is full`, said, "safe");
    case 8:
    case 10:
    case 14:
      return fault("store-unwritable", `the store in ${folder} cannot be read or written`, said, "safe");
    case 5:
      return fault("store-busy", `the store in ${folder} is locked by another process`, said, "safe");
    case 11:
    case 26:
      return fault(
        "store-damaged",
        `the store in ${folder} is damaged: ${said}`,
        "move it away: what runs is read from the target, only the history is lost",
        "never",
      );
    default:
      return error;
  }
}
