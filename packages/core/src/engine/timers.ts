/**
 * `sleep` and `<Timeout>`: a timer's deadline is the time of the entry that made it asked for, plus its duration, and so
 * needs no record of its own (E2). In a component it has one: a component's clock is its own.
 */
import type { StepCall } from "./call.ts";
import type { Execution } from "./execution.ts";
import { finish } from "./finish.ts";
import { callAt } from "../internal/long-timeout.ts";
import type { Run } from "./run.ts";
import { sayStarted, startedEvent } from "./started.ts";

export function startTimer(run: Run, call: StepCall): void {
  const timer = new TimerExecution(run, call);
  call.execution = timer;
  run.waits.add(call);
  const { ms, until } = call.props as { readonly ms?: number; readonly until?: number };
  const deadlineFrom = (from: number): number => until ?? from + (ms ?? 0);
  if (!call.scope.inComponent) {
    sayStarted(run, call);
    timer.arm(deadlineFrom(call.askedAt));
    return;
  }
  const armedAt = run.ledger.armed.get(call.id);
  if (armedAt !== undefined) timer.arm(armedAt);
  else
    run.writer.write(startedEvent(run, call), {
      t: "armed",
      id: call.id,
      deadline: deadlineFrom(run.options.clock.now()),
    });
}

class TimerExecution implements Execution {
  readonly #run: Run;
  readonly #call: StepCall;
  deadline: number | null = null;
  #clear: () => void = () => {};

  constructor(run: Run, call: StepCall) {
    this.#run = run;
    this.#call = call;
  }

  arm(at: number): void {
    this.#clear();
    this.deadline = at;
    const ring = (): void => finish(this.#run, this.#call, { ok: true, value: null });
    this.#clear = callAt(this.#run.options.clock, at, ring);
  }

  stop(): void {
    this.#clear();
  }
}
