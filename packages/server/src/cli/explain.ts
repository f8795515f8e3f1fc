import { AlderError, messageOf } from "@alder/core/protocol";
import { CommanderError } from "commander";

/** Says in one line what is wrong, with its code, and ends the process with exit code 1. With `--verbose` also where. */
export function explain(error: unknown): never {
  if (error instanceof CommanderError) explainUsage(error);
  const { message, code } = toAlderError(error);
  console.error(`alder: ${message.replaceAll(/\s*\n\s*/g, " ")} (${code})`);
  if (isVerbose()) console.error(error);
  process.exit(1);
}

/** Commander also throws when it has printed its help or the version. */
function explainUsage(error: CommanderError): never {
  if (error.exitCode === 0 || error.code === "commander.help") process.exit(error.exitCode);
  const problem = error.message.replace(/^error: /, "").replace(/\.?$/, ".");
  return explain(new AlderError("bad_option", `${problem} alder --help tells what there is.`));
}

function toAlderError(error: unknown): AlderError {
  if (error instanceof AlderError) return error;
  const said = messageOf(error);
  const hint = isVerbose() ? "" : " (--verbose shows where)";
  return new AlderError("internal_error", `Something has failed that should not: ${said}${hint}`);
}

function isVerbose(): boolean {
  return process.argv.includes("--verbose") || (process.env["DEBUG"] ?? "") !== "";
}
