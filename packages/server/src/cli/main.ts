#!/usr/bin/env node
/** `alder`: API and worker processes from the command line. */
import { explain } from "./explain.ts";
import { createProgram } from "./program.ts";

await createProgram().parseAsync().catch(explain);
