import { type CALL, isCall } from "../authoring/call.ts";

/** A call, or calls combined, to `use`, to props and to identity. */
export interface PendingValue {
  readonly [CALL]: true;
  readonly identity: string;
  readonly status: "pending" | "fulfilled" | "rejected";
  readonly value: unknown;
  readonly reason: unknown;
  /** Number of the turn it settled in: who was first. */
  readonly order: number;
}

export function isPendingValue(value: unknown): value is PendingValue {
  return isCall(value);
}
