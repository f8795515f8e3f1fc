import {
  createElement,
  Fragment,
  use,
  useInsertionEffect,
  useMemo,
  useReducer,
  useState,
  type ReactNode,
} from "react";
import { timeoutDefinition } from "../authoring/built-in.ts";
import { NO_LIMITS } from "../authoring/limit.ts";
import { AlderError } from "../errors/alder-error.ts";
import { StepError } from "../errors/error-data.ts";
import { parseDuration, type Duration } from "../internal/duration.ts";
import { Branch } from "./branch.ts";
import { host } from "./host.ts";
import { addKey, PlaceContext, usePlace } from "./place.ts";
import { AttemptContext } from "./retry.ts";
import { toSlots, type SlotProps } from "./slots.ts";

interface TimeoutProps extends SlotProps {
  readonly after: Duration;
  readonly children?: ReactNode;
}

/**
 * A timer beside its children: which of the two is first is told by the order in which results are applied (E2). In a
 * `Retry` each attempt has a timer of its own. The children are cancelled before it fails: an attempt after it begins
 * them again, and does not go on with what took too long.
 */
export function Timeout({ after, children, $key: key, $twin: twin }: TimeoutProps): ReactNode {
  const ms = useMemo(() => toMs(after), [after]);
  const place = usePlace("Timeout");
  const attempt = use(AttemptContext);
  const [isDone, setDone] = useState(false);
  const [areCancelled, setCancelled] = useState(false);
  const [state] = useState(() => ({ isDone: false }));
  const [, bump] = useReducer((count: number) => count + 1, 0);
  const keys = attempt === "" ? place.keys : addKey(place.keys, attempt);
  const timer = place.scope.elementStep(
    timeoutDefinition,
    { ms },
    { key, twin: twin ?? 0, keys, limits: NO_LIMITS },
  );
  const isOver = !isDone && !state.isDone && timer.status !== "pending";
  useInsertionEffect(
    () => (isDone ? undefined : place.scope.mountStep(timer, place.chain, bump)),
    [place, timer, isDone],
  );
  useInsertionEffect(() => {
    if (isOver) place.scope.whenSwept(() => setCancelled(true));
  }, [place, isOver]);
  const inner = useMemo(
    () => (key === undefined ? place : { ...place, keys: addKey(place.keys, key) }),
    [place, key],
  );
  if (isOver && areCancelled) throw timedOut(after, timer.id);
  const pending = host("pending", { key: "timer", label: "Timeout", step: timer });
  if (isOver) return pending;
  const onDone = (): boolean => {
    if (state.isDone || timer.status !== "pending") return false;
    state.isDone = true;
    setDone(true);
    return true;
  };
  const branch = createElement(Branch, { index: 0, onDone }, toSlots(children));
  return createElement(
    Fragment,
    null,
    createElement(PlaceContext.Provider, { value: inner }, branch),
    isDone ? null : pending,
  );
}

/** A failure of the timer's, so that a new attempt of what is around it clears it (E7). */
function timedOut(after: Duration, timer: string): StepError {
  const shown = typeof after === "number" ? `${after} ms` : after;
  const message = `<Timeout after="${shown}">: its children took longer and were cancelled. Give them more time, or catch it with a <Catch> around it.`;
  return new StepError({ name: "AlderError", message, code: "timeout", step: "Timeout" }, timer);
}

function toMs(after: Duration): number {
  const ms = parseDuration(after, "<Timeout after>");
  if (ms > 0) return ms;
  throw new AlderError("bad_duration", "<Timeout after>: give it a duration longer than nothing");
}
