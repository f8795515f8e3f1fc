import { createRequire } from "node:module";
import { Command, Option } from "commander";
import type { ApiOptions } from "./api-command.ts";
import { parseGrace, parsePort, parseWholeNumber } from "./parse-options.ts";
import type { DevOptions } from "./dev-command.ts";
import type { StoreOptions } from "./open-store.ts";
import type { WorkerOptions } from "./worker-command.ts";

const FILES =
  "modules that export your workflows: each export that workflow() returned, or an array as default";

const ABOUT_TYPESCRIPT = `
A module may be TypeScript or JSX where tsx is installed in its project (npm install --save-dev tsx).
Any other loader can be given to Node: node --import LOADER node_modules/@alder/server/dist/cli/main.js ...`;

/**
 * The commands. Each loads what it needs when it is chosen: the API never loads React, and a worker only after `NODE_ENV`
 * is set. What is typed wrong is thrown, as a `CommanderError`.
 */
export function createProgram(): Command {
  const program = new Command("alder")
    .description("Runs Alder's processes. API and workers meet in the store and nowhere else.")
    .version(readVersion())
    .option("--verbose", "show where an error comes from; so does DEBUG in the environment")
    .exitOverride()
    .configureOutput({ outputError: () => {} });

  addServing(addStore(program.command("api")))
    .description("Serve the HTTP API. It needs no workflow code.")
    .addOption(graceOption("how long answers under way may take to end when it is stopped", "5s"))
    .action(async (_options, command: Command) => {
      const { runApi } = await import("./api-command.ts");
      await runApi({ ...command.opts<ApiOptions>(), ...originOf(command) });
    });

  addExecuting(addStore(program.command("worker")))
    .description("Execute runs, as in production: NODE_ENV is set to production.")
    .action(async (files: readonly string[], _options, command: Command) => {
      const { runWorker } = await import("./worker-command.ts");
      await runWorker(files, { ...command.opts<WorkerOptions>(), ...originOf(command) });
    });

  addExecuting(addServing(addStore(program.command("dev"))))
    .description(
      "Serve the API and execute runs in one process, with the checks of dev: NODE_ENV is set to development.",
    )
    .action(async (files: readonly string[], _options, command: Command) => {
      const { runDev } = await import("./dev-command.ts");
      await runDev(files, { ...command.opts<DevOptions>(), ...originOf(command) });
    });
  return program;
}

function addStore(command: Command): Command {
  return command
    .addOption(
      new Option("--redis <url>", "keep runs in Redis, such as redis://localhost:6379").env("REDIS_URL"),
    )
    .option("--store <file>", "keep runs in this file, for one machine", ".alder/alder.db");
}

function addServing(command: Command): Command {
  return command
    .option("--port <port>", "where to listen; 0 for any that is free", parsePort, 4600)
    .option("--host <address>", "address to listen on; 0.0.0.0 for all", "127.0.0.1")
    .option(
      "--allow-host <name>",
      'a name it is called by, beside localhost; "any" where a proxy checks them; may be repeated',
      collect,
    )
    .option(
      "--allow-origin <origin>",
      "an origin whose pages may call it, beside its own; may be repeated",
      collect,
    )
    .option("--assets <folder>", "a built page to serve beside the API");
}

function addExecuting(command: Command): Command {
  return command
    .argument("<FILE...>", FILES)
    .option("--concurrency <runs>", "runs executed at the same time", parseWholeNumber(1, 100_000), 100)
    .addOption(graceOption("how long steps may go on when it is stopped", "10s"))
    .addHelpText("after", ABOUT_TYPESCRIPT);
}

function graceOption(description: string, standard: string): Option {
  return new Option("--grace <duration>", description)
    .default(parseGrace(standard), standard)
    .argParser(parseGrace);
}

/** Where the options of the store come from: what is typed counts for more than what is in the environment. */
function originOf(command: Command): Pick<StoreOptions, "isRedisTyped" | "isStoreTyped"> {
  const isTyped = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  return { isRedisTyped: isTyped("redis"), isStoreTyped: isTyped("store") };
}

/** Not as one option of many values, which would take the file after it for one of them. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function readVersion(): string {
  const { version } = createRequire(import.meta.url)("../../package.json") as { readonly version: string };
  return version;
}
