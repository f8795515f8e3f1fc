import { AlderError } from "@alder/core/protocol";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Client } from "../client.ts";
import type { SignalOptions } from "../http/api.ts";
import type { RunHandle } from "../run/run-handle.ts";
import { useLatest } from "./use-latest.ts";

export interface RunActionsOptions {
  readonly workflow: string;
  readonly client: Client;
  readonly handle: RunHandle | null;
  /** Takes the place of the run there is; null for none. */
  readonly replace: (runId: string | null) => void;
  readonly onError: ((error: AlderError) => void) | undefined;
}

export interface RunActions {
  readonly start: (input?: unknown) => Promise<string>;
  readonly signal: (name: string, payload: unknown, options?: SignalOptions) => Promise<void>;
  readonly cancel: () => Promise<void>;
  readonly reset: () => void;
}

/** What a person does with a run, the same from render to render, and what the server refused of it last. */
export function useRunActions(options: RunActionsOptions): [RunActions, AlderError | null] {
  const latest = useLatest(options);
  const [refusal, setRefusal] = useState<AlderError | null>(null);
  // A start that was overtaken by another, or by a reset, or whose page is gone, replaces nothing.
  const turn = useRef(0);
  useEffect(() => () => void (turn.current += 1), []);

  const ask = useCallback(
    <T>(request: () => Promise<T>): Promise<T> => {
      const answer = request().then(
        (value) => {
          setRefusal(null);
          return value;
        },
        (error: unknown) => {
          if (error instanceof AlderError) {
            setRefusal(error);
            latest.current.onError?.(error);
          }
          throw error;
        },
      );
      // Event handlers seldom await: the refusal is told anyway.
      answer.catch(() => {});
      return answer;
    },
    [latest],
  );

  const start = useCallback(
    (input?: unknown) =>
      ask(async () => {
        const { client, workflow } = latest.current;
        const mine = (turn.current += 1);
        const { runId } = await client.start(workflow, input);
        if (mine === turn.current) latest.current.replace(runId);
        return runId;
      }),
    [ask, latest],
  );
  const signal = useCallback(
    (name: string, payload: unknown, signalOptions?: SignalOptions) =>
      ask(async () => await currentRun(latest.current).signal(name, payload, signalOptions)),
    [ask, latest],
  );
  const cancel = useCallback(() => ask(async () => await currentRun(latest.current).cancel()), [ask, latest]);
  const reset = useCallback(() => {
    turn.current += 1;
    setRefusal(null);
    latest.current.replace(null);
  }, [latest]);
  const actions = useMemo(() => ({ start, signal, cancel, reset }), [start, signal, cancel, reset]);
  return [actions, refusal];
}

function currentRun({ handle, workflow }: RunActionsOptions): RunHandle {
  if (handle) return handle;
  throw new AlderError(
    "no_run",
    `There is no run of "${workflow}" here: start one, or give useWorkflowRun its runId.`,
  );
}
