import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { AlderError, messageOf } from "@alder/core/protocol";
import { workflowName } from "@alder/core/worker";
import { prepareFor } from "./load-typescript.ts";

export interface LoadedWorkflows {
  readonly workflows: readonly object[];
  readonly names: readonly string[];
}

/**
 * The workflows that these modules export: each export that `workflow()` returned, and those of an array as default. Throws
 * `bad_module`, `no_workflows` and `missing_package`.
 */
export async function loadWorkflows(files: readonly string[]): Promise<LoadedWorkflows> {
  const workflows = new Map<object, string>();
  // One after the other, in the order given: what one says while it is loaded is not mixed with what another says.
  for (const file of files) {
    for (const [workflow, name] of await loadModule(file)) workflows.set(workflow, name);
  }
  return { workflows: [...workflows.keys()], names: [...workflows.values()] };
}

async function loadModule(file: string): Promise<ReadonlyMap<object, string>> {
  const path = resolve(file);
  await checkFile(path, file);
  await prepareFor(path);
  const exported = await importModule(path, file);
  const workflows = new Map<object, string>();
  for (const value of Object.values(exported).flat()) {
    const name = workflowName(value);
    // The same one may be exported twice: by its name, and as default.
    if (name !== undefined) workflows.set(value as object, name);
  }
  if (workflows.size === 0) throw noWorkflows(file, Object.keys(exported));
  return workflows;
}

async function checkFile(path: string, file: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) return;
  const problem = info === undefined ? `There is no file ${file}` : `${file} is not a file`;
  throw new AlderError(
    "bad_module",
    `${problem} (looked at ${path}): give the path of the module that exports your workflows.`,
  );
}

async function importModule(path: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    // A CommonJS module comes as the default of one; what was compiled to it says so.
    const inner = exported["default"] as Readonly<Record<string, unknown>> | undefined;
    return inner?.["__esModule"] === true ? inner : exported;
  } catch (cause) {
    const said = messageOf(cause);
    throw new AlderError("bad_module", `${file} cannot be loaded: ${said} (--verbose shows where)`, {
      cause,
    });
  }
}

function noWorkflows(file: string, names: readonly string[]): AlderError {
  const found =
    names.length === 0 ? "exports nothing" : `exports ${names.join(", ")}, none of them a workflow`;
  return new AlderError(
    "no_workflows",
    `${file} ${found}: export what workflow() returned, as in export const Hello = workflow("hello", ...).`,
  );
}
