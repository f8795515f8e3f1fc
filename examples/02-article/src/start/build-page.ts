import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../..", import.meta.url));
const packages = join(example, "../../packages");

/** Where the built page is. */
export const pageFolder = join(example, "dist");

/** What the page is made of. */
const sources = [
  join(example, "page"),
  join(example, "vite.config.ts"),
  join(packages, "react-client/src"),
  join(packages, "core/src/protocol"),
];

/** Builds the page, unless it is newer than all it is made of. Returns whether it did. */
export async function buildPage(): Promise<boolean> {
  const built = await newest(join(pageFolder, "index.html"));
  const changed = await Promise.all(sources.map(newest));
  if (built > Math.max(...changed)) return false;
  const { build } = await import("vite");
  await build({ configFile: join(example, "vite.config.ts"), logLevel: "warn" });
  return true;
}

/** When a file, or the newest file in a folder, was changed; 0 if there is none. */
async function newest(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  if (!info) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  const inside = await readdir(path);
  return Math.max(0, ...(await Promise.all(inside.map((name) => newest(join(path, name))))));
}
