// A process that is started again when it ends without having been told to.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { SettingError } from "../start/settings.ts";

export interface KeptProcess {
  /** Resolves once it has said that it is at work; rejects if the first ends before. */
  readonly ready: Promise<void>;
  /** Ends it with SIGTERM, for good. */
  stop(): Promise<void>;
}

/** One that ends at once, each time, is not started without end. */
const restartAfterMs = 500;

export function keepAlive(
  name: string,
  given: readonly string[],
  environment: NodeJS.ProcessEnv,
): KeptProcess {
  let child: ChildProcess | undefined;
  let isStopping = false;
  let isReady = false;
  let settle: { resolve: () => void; reject: (error: Error) => void };
  const ready = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));

  const start = (): void => {
    const started = spawn(process.execPath, given, {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      // In a group of its own: Ctrl-C reaches this process only, which ends the others in their order.
      detached: true,
    });
    child = started;
    started.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (!/^(?:Serving|Executing) /m.test(text)) return;
      console.log(`${name} is process ${started.pid}`);
      isReady = true;
      settle.resolve();
    });
    started.stderr.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trimEnd().split("\n")) console.error(`${name}: ${line}`);
    });
    started.once("exit", (code, signal) => {
      if (isStopping) return;
      if (!isReady) return settle.reject(new SettingError(`${name} could not begin.`));
      console.log(`${name} has ended (${signal ?? code}), starting it again`);
      setTimeout(() => {
        if (!isStopping) start();
      }, restartAfterMs);
    });
  };
  start();
  // However this process ends, by its own fault, too.
  process.once("exit", () => child?.kill("SIGKILL"));

  return {
    ready,
    async stop() {
      isStopping = true;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}
