/** Real servers for tests: on free ports, in folders of their own, ended by their own process ids. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findRedis } from "../../../../../scripts/find-program.mjs";

export interface RedisServerOptions {
  /** Keep what is written in a file: not at all where absent. */
  readonly appendonly?: "always" | "everysec";
  /** Bytes, or as Redis writes it: `8mb`. */
  readonly maxmemory?: string;
  /** As a node of a cluster. */
  readonly cluster?: boolean;
  /** Further arguments. */
  readonly settings?: readonly string[];
}

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** With SIGKILL. What was kept in files stays. */
  kill(): Promise<void>;
  /** Remembers how much of its append-only file there is: what comes after may be taken away from a server that is dead. */
  keptUntilNow(): { readonly forgetTheRest: () => Promise<void> };
  /** On the same port, in the same folder. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** More than one process looks for a free port, and between finding and using it another may be faster. */
const ATTEMPTS = 5;

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = findRedis();
  if (program === undefined)
    throw new Error(
      "redis-server is missing: run `node scripts/setup.mjs redis`, or install version 7 or newer",
    );
  const folder = await mkdtemp(join(tmpdir(), "alder-redis-"));
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(options.cluster === true);
    const launch = () => launchServer(program, [...toArguments(port, folder, options)]);
    try {
      return toServer(port, folder, launch, await launch());
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

function toServer(
  port: number,
  folder: string,
  launch: () => Promise<ChildProcess>,
  first: ChildProcess,
): RedisServer {
  let child = first;
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  // Should the tests end without ending it.
  const killOnExit = (): void => void child.kill("SIGKILL");
  process.on("exit", killOnExit);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid!;
    },
    kill,
    keptUntilNow() {
      const files = readdirSync(join(folder, "appendonlydir"));
      const file = join(
        folder,
        "appendonlydir",
        files.find((name) => name.endsWith(".incr.aof"))!,
      );
      const { size } = statSync(file);
      return { forgetTheRest: () => truncate(file, size) };
    },
    async restart() {
      await kill();
      child = await launch();
    },
    async stop() {
      process.off("exit", killOnExit);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launchServer(program: string, given: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, given, { stdio: ["ignore", "pipe", "ignore"] });
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      said.push(line);
      if (line.includes("Ready to accept connections")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`redis-server ended with ${code}:\n${said.slice(-5).join("\n")}`)),
    );
  });
  // Read on, or it would stop at a full pipe.
  lines.removeAllListeners("line");
  child.stdout.resume();
  return child;
}

function toArguments(port: number, folder: string, options: RedisServerOptions): readonly string[] {
  const { appendonly, maxmemory, cluster, settings = [] } = options;
  const always = [
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--daemonize",
    "no",
  ];
  return [
    ...always,
    ...(appendonly === undefined ? [] : ["--appendonly", "yes", "--appendfsync", appendonly]),
    ...(maxmemory === undefined ? [] : ["--maxmemory", maxmemory]),
    ...(cluster ? ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"] : []),
    ...settings,
  ];
}

async function findFreePort(withBus: boolean): Promise<number> {
  for (;;) {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    // The bus of a cluster is 10,000 ports further.
    if (!withBus || port <= 55_535) return port;
  }
}
