/** Every code that an error of Alder's can have, read from the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./pages.ts";

const CODE = /"([a-z]+(?:_[a-z]+)*)"/g;
/** What is written as the code: all up to the message. */
const RAISED = /(?:new AlderError|\bsuper)\(\s*([^,]*),/g;
const NAMED = /\bcode: ("[a-z_]+")/g;

/** Code to the files that raise it. */
export function readErrorCodes(): ReadonlyMap<string, readonly string[]> {
  const codes = new Map<string, string[]>();
  for (const file of ["core", "server", "react-client"].flatMap((name) => sources(`packages/${name}/src`))) {
    for (const code of codesIn(readFileSync(join(ROOT, file), "utf8"))) {
      codes.set(code, [...(codes.get(code) ?? []), file]);
    }
  }
  return codes;
}

/** Where a helper hands a code on, every literal of its file that looks like one is one. */
export function codesIn(source: string): ReadonlySet<string> {
  const raised = [...source.matchAll(RAISED)].filter(
    ([match]) => match.startsWith("new") || match.includes('"'),
  );
  const named = [...source.matchAll(NAMED)].map(([, code]) => code ?? "");
  const written = [...raised.map(([, code]) => code ?? ""), ...named].flatMap((text) => literals(text));
  const handsOn = raised.some(([, code]) => literals(code ?? "").length === 0);
  const handed = handsOn ? literals(source).filter((code) => code.includes("_")) : [];
  return new Set([...written, ...handed]);
}

function literals(text: string): string[] {
  return [...text.matchAll(CODE)].map(([, code]) => code ?? "");
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sources(path) : [path];
  });
}
