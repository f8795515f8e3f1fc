/** What Redis and the way to it answer, as errors that tell the server and the fix. */
import { AlderError } from "../../errors/alder-error.ts";
import { messageOf } from "../../errors/message-of.ts";

interface Kind {
  readonly code: string;
  /** Goes on "The store at … ". */
  readonly problem: string;
  /** It may be over in a moment. */
  readonly passes: boolean;
}

/** By the first word of what Redis says. */
const replies: Readonly<Record<string, Kind>> = {
  OOM: {
    code: "store_full",
    problem:
      "has reached its maxmemory, nothing of this write was kept: give it more, or keep ended runs for a shorter time",
    passes: false,
  },
  LOADING: {
    code: "store_unavailable",
    problem: "is still reading its data from disk: try again",
    passes: true,
  },
  READONLY: {
    code: "store_unavailable",
    problem: "is a replica, which may not be written: name the primary, or wait until the failover is done",
    passes: true,
  },
  MASTERDOWN: { code: "store_unavailable", problem: "has lost its primary: try again", passes: true },
  CLUSTERDOWN: {
    code: "store_unavailable",
    problem: "is a cluster some of whose slots nobody serves: bring its nodes back",
    passes: true,
  },
  // Where a server is asked as if it were alone.
  MOVED: {
    code: "store_misconfigured",
    problem:
      "is a node of a Redis Cluster, and others have the rest: give the URLs of some nodes as `cluster`, in place of `url`",
    passes: false,
  },
  TRYAGAIN: { code: "store_unavailable", problem: "is moving slots: try again", passes: true },
  NOREPLICAS: {
    code: "store_unavailable",
    problem: "has fewer replicas than its min-replicas-to-write asks for: bring them back",
    passes: true,
  },
  MISCONF: {
    code: "store_unavailable",
    problem: "cannot save its data and refuses writes: see its log, mostly the disk is full",
    passes: false,
  },
  BUSY: { code: "store_busy", problem: "executes a script of somebody's that does not end", passes: true },
  NOAUTH: { code: "store_unavailable", problem: "asks for a password: put it into the URL", passes: false },
  WRONGPASS: { code: "store_unavailable", problem: "does not know this user and password", passes: false },
  NOPERM: {
    code: "store_unavailable",
    problem: "does not let this user do that: allow it all commands on Alder's keys and channels",
    passes: false,
  },
};

const noCluster: Kind = {
  code: "store_misconfigured",
  problem: "is no Redis Cluster: give its URL as `url`, in place of `cluster`",
  passes: false,
};

const unreachable: Kind = {
  code: "store_unavailable",
  problem: "cannot be reached: check that Redis runs there and can be connected to from here",
  passes: true,
};

const refused: Kind = {
  code: "store_failed",
  problem: "refused a script: this is an error in Alder, please report it",
  passes: false,
};

/** It was written, and too few replicas have said so in time. */
export class Unreplicated extends Error {
  constructor(count: number, replicas: number) {
    super(`${count} of ${replicas} replicas have it`);
    this.name = "Unreplicated";
  }
}

const unreplicated: Kind = {
  code: "store_unavailable",
  problem: "has too few replicas that follow it for the durability that was asked for: bring them back",
  passes: true,
};

/** True when the same call may well succeed in a moment. */
export function passes(error: unknown): boolean {
  return !(error instanceof AlderError) && kindOf(error).passes;
}

/** An error of ioredis or Redis as one of Alder's. `server` is how a person knows it. */
export function toStoreError(error: unknown, server: string): AlderError {
  if (error instanceof AlderError) return error;
  const { code, problem } = kindOf(error);
  const said = messageOf(error);
  return new AlderError(code, `The store at ${server} ${problem} (${said}).`, {
    cause: error,
    details: { server },
  });
}

export function storeClosed(server: string): AlderError {
  return new AlderError(
    "store_closed",
    `The store at ${server} was closed: close it only after the workers and servers that use it.`,
    { details: { server } },
  );
}

function kindOf(error: unknown): Kind {
  if (error instanceof Unreplicated) return unreplicated;
  if (!(error instanceof Error)) return unreachable;
  // What the server answers comes as a ReplyError; all else is of the connection.
  if (error.name !== "ReplyError") return unreachable;
  if (error.message.includes("cluster support disabled")) return noCluster;
  const word = /^[A-Z]+/.exec(error.message)?.[0] ?? "";
  return replies[word] ?? refused;
}
