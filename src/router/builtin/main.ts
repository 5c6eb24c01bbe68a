import { endProcess } from "../../io/end-process.ts";
import { serveRouter } from "./serve.ts";

endProcess(await serveRouter(process.argv[2]));
