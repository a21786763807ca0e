// Prints what the AsyncAPI parser finds wrong (errors and warnings) as JSON; exit status 1 on any.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const INFORMATION = 2;
const { diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const found = diagnostics
  .filter(({ severity }) => severity < INFORMATION)
  .map(({ code, message, path }) => ({ code, message, path: path.join("/") }));
console.log(JSON.stringify(found, null, 2));
process.exit(found.length ? 1 : 0);
