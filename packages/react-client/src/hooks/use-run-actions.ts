import { AlderError } from "@alder/core/protocol";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { callListener } from "../call-listener.ts";
import type { Client } from "../client.ts";
import type { SignalOptions } from "../http/api.ts";
import type { StartOptions } from "../http/start-headers.ts";
import type { RunHandle } from "../run/run-handle.ts";
import type { Claim } from "./run-id-cell.ts";
import { useLatest } from "./use-latest.ts";

export interface RunActionsOptions {
  readonly workflow: string;
  readonly client: Client;
  readonly handle: RunHandle | null;
  /** Takes the place of the run there is; null for none. */
  readonly replace: (runId: string | null) => void;
  /** Announces the run that is being started. */
  readonly claim: () => Claim;
  readonly onError: ((error: AlderError) => void) | undefined;
}

export interface RunActions {
  readonly start: (input?: unknown, options?: StartOptions) => Promise<string>;
  readonly signal: (name: string, payload: unknown, options?: SignalOptions) => Promise<void>;
  readonly cancel: () => Promise<void>;
  readonly accept: () => Promise<void>;
  readonly retry: () => Promise<void>;
  readonly reset: () => void;
}

export interface ActionsState {
  /** The same from render to render. */
  readonly actions: RunActions;
  /** What the server refused last. */
  readonly refusal: AlderError | null;
  /** True while the start that was made last has no answer. */
  readonly isStarting: boolean;
}

/** What a person does with a run. */
export function useRunActions(options: RunActionsOptions): ActionsState {
  const latest = useLatest(options);
  const [refusal, setRefusal] = useState<AlderError | null>(null);
  const [starting, setStarting] = useState<Claim | null>(null);
  const isMounted = useRef(false);
  useEffect(() => {
    isMounted.current = true;
    return () => void (isMounted.current = false);
  }, []);

  const refuse = useCallback(
    (error: unknown) => {
      if (!(error instanceof AlderError)) return;
      setRefusal(error);
      callListener(() => latest.current.onError?.(error));
    },
    [latest],
  );
  const ask = useCallback(
    (request: () => Promise<void>): Promise<void> =>
      caught(
        request().then(
          () => setRefusal(null),
          (error: unknown) => {
            refuse(error);
            throw error;
          },
        ),
      ),
    [refuse],
  );

  const start = useCallback(
    (input?: unknown, startOptions?: StartOptions) => {
      const { client, workflow, claim: announce } = latest.current;
      // A start that was overtaken by another, or by a reset, replaces nothing and has nothing to say.
      const claim = announce();
      setStarting(claim);
      const isOver = (): void => setStarting((current) => (current === claim ? null : current));
      const answer = client.start(workflow, input, startOptions).then(
        ({ runId }) => {
          isOver();
          if (!claim.isNewest()) return runId;
          setRefusal(null);
          // The page may be gone; who comes back to it finds the run.
          if (isMounted.current) latest.current.replace(runId);
          else claim.keep(runId);
          return runId;
        },
        (error: unknown) => {
          isOver();
          if (claim.isNewest()) refuse(error);
          throw error;
        },
      );
      return caught(answer);
    },
    [latest, refuse],
  );
  const signal = useCallback(
    (name: string, payload: unknown, signalOptions?: SignalOptions) =>
      ask(async () => await currentRun(latest.current).signal(name, payload, signalOptions)),
    [ask, latest],
  );
  const steer = useMemo(() => {
    const how = (name: "cancel" | "accept" | "retry") => () =>
      ask(async () => await currentRun(latest.current)[name]());
    return { cancel: how("cancel"), accept: how("accept"), retry: how("retry") };
  }, [ask, latest]);
  const reset = useCallback(() => {
    setRefusal(null);
    setStarting(null);
    latest.current.replace(null);
  }, [latest]);
  const actions = useMemo(() => ({ start, signal, ...steer, reset }), [start, signal, steer, reset]);
  return { actions, refusal, isStarting: starting !== null };
}

/** Event handlers seldom await: what was refused is told anyway. */
function caught<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {});
  return answer;
}

function currentRun({ handle, workflow }: RunActionsOptions): RunHandle {
  if (handle) return handle;
  throw new AlderError(
    "no_run",
    `There is no run of "${workflow}" here: start one, or give useWorkflowRun its runId.`,
  );
}
