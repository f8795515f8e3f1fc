import { resolve } from "node:path";

/** A path as a person means it: npm changes into the example's folder, not into the one the command was typed in. */
export function fromWhereTyped(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}
