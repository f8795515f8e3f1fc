// `npm start` as a process of its own, which can be killed like one.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../..", import.meta.url));

export interface ServerProcess {
  readonly url: string;
  /** What it has printed so far. */
  output(): string;
  /** Ends it with a signal; resolves with its exit code once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export async function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, ["--conditions=alder-source", "--import", "tsx", "src/main.ts"], {
    cwd: example,
    env: { ...process.env, NODE_ENV: "production", OPENAI_API_KEY: "", OPENAI_BASE_URL: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (printed += String(data)));
  await waitForUrl(child, () => printed);
  return {
    url: /Page\s+(\S+)/.exec(printed)![1]!,
    output: () => printed,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, "exit");
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function waitForUrl(child: ChildProcess, printed: () => string): Promise<void> {
  await new Promise<void>((ready, failed) => {
    child.stdout!.on("data", () => {
      if (/Page\s+\S+/.test(printed())) ready();
    });
    child.once("exit", (code) => failed(new Error(`The server ended with ${code}:\n${printed()}`)));
  });
}
