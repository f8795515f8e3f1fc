/** `Status`, `Progress` and `Publish`: what a tree says to the person who waits. Said when it is committed (E5). */
import { host } from "./host.ts";
import type { ReactNode } from "react";
import { checkNumber, checkText } from "../authoring/check-said.ts";
import { AlderError } from "../errors/alder-error.ts";
import { canonicalJson, toJson } from "../internal/canonical-json.ts";
import type { Announcement } from "../reconciler/host-node.ts";
import type { Json } from "../protocol/json.ts";

export function Status({ children }: { readonly children?: ReactNode }): ReactNode {
  return announce("status", "<Status>", textOf(children));
}

export function Progress({ value, max }: { readonly value: number; readonly max?: number }): ReactNode {
  const said = { value: checkNumber(value, "<Progress value>"), max: max ?? null };
  if (said.max !== null) checkNumber(said.max, "<Progress max>");
  return announce("progress", "<Progress>", said);
}

export function Publish({ name, value }: { readonly name: string; readonly value: unknown }): ReactNode {
  const where = `<Publish name="${checkText(name, "<Publish name>")}">`;
  return announce("object", where, { name, value: toJson(value, where) });
}

function announce(kind: Announcement["kind"], where: string, data: Json): ReactNode {
  const announcement: Announcement = { kind, text: canonicalJson(data, where), data };
  return host("announcement", { announcement });
}

function textOf(children: ReactNode): string {
  if (children === null || children === undefined || typeof children === "boolean") return "";
  if (typeof children === "string" || typeof children === "number") return String(children);
  if (Array.isArray(children)) return children.map(textOf).join("");
  throw new AlderError(
    "bad_status",
    "<Status> takes text and numbers, not elements: put the text itself between its tags",
  );
}
