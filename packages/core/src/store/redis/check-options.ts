/** What an author makes a store with: refused at once where it cannot be used. */
import { AlderError } from "../../errors/alder-error.ts";
import type { ConnectionOptions } from "./connection.ts";
import { LONGEST_WAIT_MS, type Durability } from "./durability.ts";

/** Of the options, what can be wrong. */
type CheckedOptions = ConnectionOptions & {
  readonly prefix?: string;
  readonly partitions?: number;
  readonly retryForMs?: number;
  readonly durability?: Durability;
};

/** Each is asked for work and reaped by every worker, and their number never goes down again. */
const MOST_PARTITIONS = 4096;

/** Throws `bad_setting`. */
export function checkOptions(options: CheckedOptions): void {
  const { prefix, partitions, retryForMs, durability } = options;
  if ("cluster" in options) checkUrls("cluster", options.cluster);
  else if (!("connect" in options)) checkUrls("url", [options.url]);
  if (prefix !== undefined && !/^[^{}]+$/.test(prefix)) {
    throw bad(
      `prefix is "${prefix}": give it at least one character, and no braces, which decide the slot in a cluster`,
    );
  }
  const isCount = Number.isInteger(partitions) && partitions! >= 1 && partitions! <= MOST_PARTITIONS;
  if (partitions !== undefined && !isCount) {
    throw bad(`partitions is ${partitions}: give a whole number from 1 to ${MOST_PARTITIONS}`);
  }
  if (retryForMs !== undefined && !(retryForMs >= 0)) {
    throw bad(`retryForMs is ${retryForMs}: give a number of milliseconds from 0`);
  }
  if (durability !== undefined) checkDurability(durability);
}

function checkDurability(durability: Durability): void {
  if (durability === "everysec" || durability === "always") return;
  const { replicas, waitMs = 1 } = durability;
  if (!(Number.isInteger(replicas) && replicas >= 1)) {
    throw bad(`durability.replicas is ${replicas}: give a whole number from 1`);
  }
  if (!(waitMs >= 1 && waitMs <= LONGEST_WAIT_MS)) {
    throw bad(`durability.waitMs is ${waitMs}: give a number of milliseconds from 1 to ${LONGEST_WAIT_MS}`);
  }
}

/** They are not repeated: there may be a password in them. */
function checkUrls(name: "url" | "cluster", urls: readonly string[]): void {
  if (urls.length === 0) throw bad("cluster names no node: give the URL of at least one");
  if (urls.every(isRedisUrl)) return;
  throw bad(
    `${name} has an address that is no URL of Redis: write it as "redis://host:6379", or "rediss://…" for TLS`,
  );
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (protocol === "redis:" || protocol === "rediss:") && hostname !== "";
}

function bad(problem: string): AlderError {
  return new AlderError("bad_setting", `createRedisStore: ${problem}.`);
}
