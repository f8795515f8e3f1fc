import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const shared = fileURLToPath(new URL("..", import.meta.url));
const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

export interface BuiltPage {
  /** Where it is. */
  readonly folder: string;
  /** False where it was newer than all it is made of. */
  readonly isNew: boolean;
}

/** Builds the page of an example, given by its folder, unless it is newer than all it is made of. */
export async function buildPage(example: string): Promise<BuiltPage> {
  const folder = join(example, "dist");
  const configFile = join(example, "vite.config.ts");
  const sources = [
    join(example, "page"),
    configFile,
    join(shared, "page"),
    join(packages, "react-client/src"),
    join(packages, "core/src/protocol"),
  ];
  const built = await newest(join(folder, "index.html"));
  const changed = await Promise.all(sources.map(newest));
  if (built > Math.max(...changed)) return { folder, isNew: false };
  const { build } = await import("vite");
  await build({ configFile, logLevel: "warn" });
  return { folder, isNew: true };
}

/** When a file, or the newest file in a folder, was changed; 0 if there is none. */
async function newest(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  if (!info) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  const inside = await readdir(path);
  return Math.max(0, ...(await Promise.all(inside.map((name) => newest(join(path, name))))));
}
