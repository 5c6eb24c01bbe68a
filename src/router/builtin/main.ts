import { serveRouter } from "./serve.ts";

process.exit(await serveRouter(process.argv[2]));
