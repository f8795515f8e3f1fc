/** One copy of React, of the version the reconciler was made for, and the production build on workers. */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as React from "react";
import { AlderError } from "../errors/alder-error.ts";

const REACT_VERSION = "19.3.";

/** Throws `react_version`, `duplicate_react` and `development_react`. */
export function checkReact({ dev }: { readonly dev: boolean }): void {
  if (!React.version.startsWith(REACT_VERSION)) {
    throw new AlderError(
      "react_version",
      `@alder/core needs react ~19.3, and found ${React.version}: npm install react@~19.3`,
    );
  }
  const ours = reactSeenFrom(import.meta.url);
  for (const place of [process.argv[1], join(process.cwd(), "package.json")]) {
    const theirs = place === undefined ? null : reactSeenFrom(place);
    if (ours === null || theirs === null || theirs === ours) continue;
    throw new AlderError(
      "duplicate_react",
      `two copies of React are installed, ${theirs} and ${ours}: contexts and hooks of one are unknown to the other. ` +
        `Keep one (npm ls react, npm dedupe)`,
    );
  }
  // In React's development build only is this a function; the name is there in either, Node reads it off the source.
  if (!dev && typeof React.captureOwnerStack === "function") {
    throw new AlderError(
      "development_react",
      "this worker has loaded the development build of React, which is many times slower: set NODE_ENV=production before the process starts, or createWorker({ dev: true })",
    );
  }
}

function reactSeenFrom(place: string): string | null {
  try {
    return realpathSync(dirname(createRequire(place).resolve("react/package.json")));
  } catch {
    return null; // that place has no React of its own
  }
}
