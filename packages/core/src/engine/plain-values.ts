/** `now`, `random` and `uuid`: they follow from the scope and the order in which they are asked for (E3). */
import { hash } from "node:crypto";
import type { PlainValue } from "../authoring/runtime.ts";
import { AlderError } from "../errors/alder-error.ts";
import { isReactWorking } from "../reconciler/react-working.ts";
import { currentScope } from "./current-scope.ts";
import { currentBody } from "./render-scope.ts";

/** Undefined where no run executes. Throws `value_outside_body`. */
export function plainValueHere(kind: PlainValue): number | string | undefined {
  const body = currentBody();
  if (body !== null) {
    if (kind === "now") return body.pass.now;
    return fromHash(kind, body.scope.seed(body.pass.values++));
  }
  if (isReactWorking()) throw valueOutsideBody(kind);
  const scope = currentScope();
  if (scope === null) return undefined;
  return kind === "now" ? scope.now() : fromHash(kind, scope.seed());
}

function fromHash(kind: "random" | "uuid", seed: string): number | string {
  const bytes = hash("sha256", `${seed}|${kind}`, "buffer");
  // 53 bits, as many as a double has.
  if (kind === "random") return (bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11)) / 2 ** 53;
  return toUuid(bytes);
}

/** RFC 9562, version 8: bits of our own choice, as these are. */
function toUuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return parts.join("-");
}

function valueOutsideBody(kind: PlainValue): AlderError {
  return new AlderError(
    "value_outside_body",
    `${kind}() was called in a plain component, a function child or a fallback, where the order of calls is React's: call it in the workflow's body and hand the value down`,
  );
}
