/** The command `alder` as a process of its own, from sources. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface CliProcess {
  readonly child: ChildProcess;
  /** What it has printed so far, errors too. */
  output(): string;
  /** Resolves with the first match; rejects if it ends without one. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with its exit code, or null where a signal has ended it. */
  readonly exited: Promise<number | null>;
}

/** Where processes are spawned that must not outlive a test: `killAll` in its `afterEach`. */
export function createCli() {
  const started = new Set<CliProcess>();

  function start(given: readonly string[], environment: Readonly<Record<string, string>> = {}): CliProcess {
    const child = spawn(process.execPath, ["--conditions=alder-source", "--import", "tsx", MAIN, ...given], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, REDIS_URL: "", DEBUG: "", ...environment },
    });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (printed += text));
    }
    // Once all that it has printed was read, too.
    const exited = once(child, "close").then(([code]) => code as number | null);
    const cli: CliProcess = {
      child,
      exited,
      output: () => printed,
      prints: (pattern) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            const found = pattern.exec(printed);
            if (found !== null) resolve(found);
          };
          look();
          for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
          void exited.then((code) =>
            reject(new Error(`It has ended with ${code}, and printed:\n${printed}`)),
          );
        }),
    };
    started.add(cli);
    return cli;
  }

  return {
    start,
    /** An API process that serves; its URL. */
    async startApi(given: readonly string[]): Promise<CliProcess & { readonly url: string }> {
      const cli = start(["api", "--port", "0", ...given]);
      const [, url = ""] = await cli.prints(/Serving (\S+)\n/);
      return { ...cli, url };
    },
    /** A worker that claims. */
    async startWorker(
      given: readonly string[],
      environment?: Readonly<Record<string, string>>,
    ): Promise<CliProcess> {
      const cli = start(["worker", ...given], environment);
      await cli.prints(/Executing .*\n/);
      return cli;
    },
    async killAll(): Promise<void> {
      const all = [...started];
      started.clear();
      for (const { child } of all) child.kill("SIGKILL");
      await Promise.all(all.map(({ exited }) => exited));
    },
  };
}
