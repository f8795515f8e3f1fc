/** Connections to Redis: to a server, to a cluster, or as the author makes them. */
import { Cluster, Redis, type RedisOptions } from "ioredis";

export type RedisConnection = Redis | Cluster;

/** What every connection of the store is made with. */
export type ConnectionSettings = Pick<
  RedisOptions,
  | "maxRetriesPerRequest"
  | "autoResendUnfulfilledCommands"
  | "autoResubscribe"
  | "lazyConnect"
  | "socketTimeout"
  | "connectTimeout"
  | "reconnectOnError"
  | "connectionName"
>;

export type ConnectionOptions =
  /** `redis://user:password@host:port/database`, `rediss://` with TLS. */
  | { readonly url: string }
  /** URLs of some nodes of a Redis Cluster; user, password and TLS as the first one says. */
  | { readonly cluster: readonly string[] }
  /** Makes a connection, with these settings (for a cluster as its `redisOptions`). Called twice, or three times where replicas are waited for. */
  | { readonly connect: (settings: ConnectionSettings) => RedisConnection };

/** A server that does not answer for so long is taken for gone. */
const SILENCE_MS = 5_000;
const RECONNECT_MOST_MS = 500;

const settings: ConnectionSettings = {
  // The store sends again by itself, and only what may be sent again.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  lazyConnect: true,
  socketTimeout: SILENCE_MS,
  connectTimeout: SILENCE_MS,
  // After a failover the name may lead to another server.
  reconnectOnError: (error) => error.message.startsWith("READONLY"),
  connectionName: "alder",
};

export function openConnection(options: ConnectionOptions): RedisConnection {
  const connection = open(options);
  // Else a cluster, whoever made it, sends again by itself what a connection broke under.
  if ("nodes" in connection) Object.assign(connection.options, { retryDelayOnFailover: 0 });
  return connection;
}

/** How a person knows the server: without user and password. */
export function nameServer(options: ConnectionOptions): string {
  if ("connect" in options) return "Redis";
  const urls = "cluster" in options ? options.cluster : [options.url];
  return urls.map((url) => new URL(url).host).join(", ");
}

function open(options: ConnectionOptions): RedisConnection {
  if ("connect" in options) return options.connect(settings);
  if ("cluster" in options) return openCluster(options.cluster);
  return new Redis(options.url, { ...settings, retryStrategy });
}

function openCluster(urls: readonly string[]): Cluster {
  const { username, password, protocol } = new URL(urls[0]!);
  return new Cluster(
    urls.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port || 6379) })),
    {
      lazyConnect: true,
      shardedSubscribers: true,
      clusterRetryStrategy: retryStrategy,
      redisOptions: {
        ...settings,
        ...(username === "" ? {} : { username: decodeURIComponent(username) }),
        ...(password === "" ? {} : { password: decodeURIComponent(password) }),
        ...(protocol === "rediss:" ? { tls: {} } : {}),
      },
    },
  );
}

function retryStrategy(attempts: number): number {
  return Math.min(10 * attempts ** 2, RECONNECT_MOST_MS);
}
