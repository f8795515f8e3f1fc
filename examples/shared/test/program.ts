// A program of an example as a process of its own, which can be killed like one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const examples = fileURLToPath(new URL("../..", import.meta.url));

export interface Program {
  /** What it has printed so far. */
  output(): string;
  /** Resolves with the match once it has printed that; rejects if it ends before. */
  untilPrinted(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends it with a signal; resolves with its exit code once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a module of an example, in its folder; settings of this process that would reach it are left out. */
export function startProgram(example: string, module: string, environment: Record<string, string>): Program {
  const none = { OPENAI_API_KEY: "", OPENAI_BASE_URL: "", REDIS_URL: "" };
  const child = spawn(process.execPath, ["--conditions=alder-source", "--import", "tsx", module], {
    cwd: `${examples}/${example}`,
    env: { ...process.env, NODE_ENV: "production", ...none, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      for (const listener of listeners) listener();
    });
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    output: () => printed,
    untilPrinted: (pattern) =>
      new Promise((found, failed) => {
        const look = () => {
          const match = pattern.exec(printed);
          if (match === null) return;
          listeners.delete(look);
          found(match);
        };
        listeners.add(look);
        look();
        child.once("close", (code) => {
          look();
          failed(new Error(`${module} ended with ${code}:\n${printed}`));
        });
      }),
    async end(signal) {
      if (hasEnded()) return child.exitCode;
      const gone = once(child, "exit");
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}
