import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fromWhereTyped } from "./typed-path.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

export interface Settings {
  readonly port: number;
  /** Where the runs are kept. It exists. */
  readonly dataFolder: string;
  /** Where they are kept instead, if there is one. */
  readonly redisUrl: string | undefined;
  readonly tokenDelayMs: number;
}

/** Something a person has to change before the program can begin; its message says what. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

/** What the environment asks for; empty is as good as absent. Makes the data folder. Throws `SettingError`. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    port: readPort(environment, 4_600),
    tokenDelayMs: readTokenDelayMs(environment),
    dataFolder: makeDataFolder(environment),
    redisUrl: readRedisUrl(environment),
  };
}

export function readPort(environment: NodeJS.ProcessEnv, standard: number): number {
  return readWholeNumber(environment, "PORT", standard, 65_535);
}

export function readTokenDelayMs(environment: NodeJS.ProcessEnv): number {
  return readWholeNumber(environment, "MODEL_TOKEN_DELAY_MS", 90, 60_000);
}

/** What is wrong with a setting is said in one line, and ends the process; everything else is thrown on. */
export function explainSetting(error: unknown): never {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exit(1);
}

function readWholeNumber(
  environment: NodeJS.ProcessEnv,
  name: string,
  standard: number,
  max: number,
): number {
  const text = environment[name]?.trim() ?? "";
  if (text === "") return standard;
  if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
  throw new SettingError(`${name} is "${text}": it must be a whole number from 0 to ${max}`);
}

function readRedisUrl({ REDIS_URL }: NodeJS.ProcessEnv): string | undefined {
  const text = REDIS_URL?.trim() ?? "";
  if (text === "") return undefined;
  if (/^rediss?:\/\//.test(text) && URL.canParse(text)) return text;
  // It may hold a password, so it is not told.
  throw new SettingError("REDIS_URL must be an address like redis://127.0.0.1:6379");
}

function makeDataFolder({ ALDER_DATA }: NodeJS.ProcessEnv): string {
  const folder = ALDER_DATA ? fromWhereTyped(ALDER_DATA) : resolve(repository, ".alder");
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem =
      code === "EEXIST" || code === "ENOTDIR" ? "is not a folder" : `cannot be made a folder (${code})`;
    throw new SettingError(`${folder} ${problem}: let ALDER_DATA name one that can be written to`);
  }
}
