/** What is given with a start is checked before the store is asked. */
import { AlderError } from "../errors/alder-error.ts";
import type { StartOptions } from "./store-client.ts";

const NAME_LIMIT = 100;

/** Throws `bad_start`. */
export function checkStart(options: StartOptions, workflow: string): void {
  const where = `start("${workflow}")`;
  if (options.tenant !== undefined) checkName(options.tenant, `${where}: tenant`, "tenant");
}

function checkName(value: unknown, what: string, option: string): void {
  if (typeof value !== "string" || value === "" || value.length > NAME_LIMIT || !isPlain(value)) {
    throw badStart(what, value, `1 to ${NAME_LIMIT} characters, none of them a control character`, option);
  }
}

/** Stores, headers and logs take it as it is. */
function isPlain(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(text);
}

function badStart(what: string, value: unknown, wanted: string, option: string): AlderError {
  const given = JSON.stringify(value) ?? typeof value;
  return new AlderError("bad_start", `${what} must be ${wanted}; it is ${given.slice(0, 60)}.`, {
    details: { option },
  });
}
