// A redis-server for this example alone, on a free port. Its runs are kept in a folder.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { findRedis } from "../../../scripts/find-program.mjs";
import { SettingError } from "../start/settings.ts";
import { findFreePorts } from "./free-ports.ts";

export interface OwnRedis {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startOwnRedis(folder: string): Promise<OwnRedis> {
  const program = findRedis();
  if (program === undefined) {
    throw new SettingError(
      "redis-server is missing: install version 7 or newer, or let REDIS_URL name a server that runs",
    );
  }
  mkdirSync(folder, { recursive: true });
  const [port] = await findFreePorts(1);
  const settings = ["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"];
  const given = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, ...settings];
  // Detached, so that Ctrl-C does not end it before those that write to it.
  const child = spawn(program, given, { stdio: ["ignore", "pipe", "ignore"], detached: true });
  process.once("exit", () => child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Ready to accept connections")) resolve();
    });
    child.once("exit", (code) => reject(new SettingError(`redis-server has ended with ${code}:\n${said}`)));
  });
  // Read on, or it would stop at a full pipe.
  child.stdout.removeAllListeners("data").resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}
