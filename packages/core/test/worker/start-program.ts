import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Starts a program of `programs/` from sources, as in production. Resolves once it has printed something. */
export async function startProgram(
  name: string,
  given: readonly string[],
  imports: readonly string[] = [],
  stderr: "inherit" | "ignore" = "inherit",
): Promise<ChildProcess> {
  const path = (file: string): string => new URL(`programs/${file}`, import.meta.url).pathname;
  const loaded = ["tsx", ...imports.map(path)].flatMap((module) => ["--import", module]);
  const child = spawn(process.execPath, ["--conditions=alder-source", ...loaded, path(name), ...given], {
    stdio: ["ignore", "pipe", stderr],
    env: { ...process.env, NODE_ENV: "production" },
  });
  await once(child.stdout, "data");
  return child;
}
