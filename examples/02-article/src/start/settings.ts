import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../..", import.meta.url));

export interface Settings {
  readonly port: number;
  /** Where the runs are kept. */
  readonly dataFolder: string;
  readonly tokenDelayMs: number;
}

/** What the environment asks for. Throws for a port that is none. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const { PORT = "4600", ALDER_DATA = ".alder", MODEL_TOKEN_DELAY_MS = "90", INIT_CWD } = environment;
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT is "${PORT}": it must be a number from 0 to 65535`);
  }
  return {
    port,
    // npm changes into the example's folder; a path is meant from where the command was typed.
    dataFolder: resolve(environment.ALDER_DATA ? (INIT_CWD ?? process.cwd()) : repository, ALDER_DATA),
    tokenDelayMs: Number(MODEL_TOKEN_DELAY_MS),
  };
}
