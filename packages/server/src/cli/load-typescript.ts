/**
 * TypeScript and JSX in a user's module. Node does not read JSX, and older ones no TypeScript either; tsx reads both, and
 * is taken from the user's project, where its version is theirs to choose.
 */
import { createRequire } from "node:module";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { AlderError } from "@alder/core/protocol";
import { isMissing } from "./is-missing.ts";

const NEEDS_LOADER = new Set([".ts", ".mts", ".cts", ".tsx", ".jsx"]);
/** What Node 22.18 and newer reads by itself. */
const STRIPPED = new Set([".ts", ".mts", ".cts"]);

/** Makes the module at this path one that can be imported. Throws `missing_package`. */
export async function prepareFor(path: string): Promise<void> {
  const extension = extname(path);
  if (!NEEDS_LOADER.has(extension) || hasLoader()) return;
  const tsx = findTsx(path);
  // What `node --import tsx` does, only later.
  if (tsx !== undefined) await import(pathToFileURL(tsx).href);
  else if (!STRIPPED.has(extension) || !stripsTypes()) {
    throw new AlderError(
      "missing_package",
      `${path} is ${extension}, which Node ${process.versions.node} does not read: install tsx in its project ` +
        `(npm install --save-dev tsx), give Node another loader (node --import ...), or name a module that was built.`,
    );
  }
}

function findTsx(path: string): string | undefined {
  try {
    return createRequire(path).resolve("tsx");
  } catch (error) {
    if (isMissing(error, "tsx")) return undefined;
    throw error;
  }
}

/** A loader was given to Node itself; a second one would be in its way. */
function hasLoader(): boolean {
  const given = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  return /(?:^|\s)(?:--import|--loader|--experimental-loader|--require|-r)[\s=]\S*(?:tsx|swc|esbuild|ts-node|jiti)/.test(
    given,
  );
}

function stripsTypes(): boolean {
  const { typescript } = process.features as { readonly typescript?: false | string };
  return typeof typescript === "string";
}
