import { AlderError } from "../errors/alder-error.ts";

/** What a step fails with whose provider is left alone until then, in ms since the epoch. */
export function circuitOpen(name: string, label: string, key: string, until: number): AlderError {
  return new AlderError(
    "circuit_open",
    `${label} was not executed: the circuit of limit "${key}" is open until ${new Date(until).toISOString()}, ` +
      "as what it limits has failed too often. Give the component a fallback, or try the run again later",
    { details: { limit: key, until, step: name } },
  );
}
