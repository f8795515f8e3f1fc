/**
 * Signals are a log (E12): per name in order, one consumption of a name in flight at most, each an entry. A consumption
 * whose waiter, in a workflow, no longer asks at its turn is not consumed.
 */
import { AlderError } from "../errors/alder-error.ts";
import { decodeOutput } from "../authoring/schema.ts";
import { toJsonSchema } from "../authoring/to-manifest.ts";
import type { StoredSignal } from "../store/store.ts";
import type { StepCall } from "./call.ts";
import { finish } from "./finish.ts";
import type { Applied, SuccessEntry } from "./journal-entry.ts";
import type { Run } from "./run.ts";
import { sayStarted } from "./started.ts";

export function startWait(run: Run, call: StepCall): void {
  const name = signalName(call);
  const schema = call.definition.output ?? run.options.workflow.signals[name];
  if (run.options.workflow.signals[name] === undefined) {
    return finish(run, call, { ok: false, error: undeclared(run, name) });
  }
  call.execution = { stop() {} };
  run.waits.add(call);
  sayStarted(run, call);
  const event = {
    type: "input.requested" as const,
    step: call.id,
    name,
    ...(schema === undefined ? {} : { schema: toJsonSchema(schema, `waitFor("${name}")`) }),
  };
  if (call.scope.inComponent) run.announcer.emit(event);
  else run.announcer.say(`input|${call.id}`, event);
  matchSignals(run);
}

/** Signals that have come in. */
export function addSignals(run: Run, signals: readonly StoredSignal[]): void {
  const seen = run.signals.at(-1)?.index ?? 0;
  run.signals.push(...signals.filter((signal) => signal.index > seen));
  matchSignals(run);
}

/** Gives waiting steps, in the order they asked, the signals that are there. */
export function matchSignals(run: Run): void {
  if (run.recovering || run.ended) return;
  const inFlight = new Set(run.signalsInFlight.values());
  const waiting = [...run.waits]
    .filter((call) => call.definition.kind === "signal" && !run.writing.has(call.id))
    .toSorted((a, b) => a.askedOrder - b.askedOrder);
  for (const call of waiting) {
    const name = signalName(call);
    if (inFlight.has(name)) continue;
    const signal = nextSignal(run, call, name);
    if (signal === undefined) continue;
    inFlight.add(name);
    run.signalsInFlight.set(call.id, name);
    run.usedSignals.add(signal.index);
    run.announcer.emit({ type: "input.received", step: call.id, name, signal: signal.id });
    finish(run, call, { ok: true, value: signal.payload, signal: signal.index });
  }
}

/** A consumption is applied. Returns false if the signal goes back to the log. */
export function applyConsumption(run: Run, entry: Applied<SuccessEntry>, isWanted: boolean): boolean {
  run.signalsInFlight.delete(entry.id);
  const index = entry.signal ?? 0;
  if (isWanted || entry.inComponent) {
    run.usedSignals.add(index);
    return true;
  }
  run.usedSignals.delete(index);
  return false;
}

function nextSignal(run: Run, call: StepCall, name: string): StoredSignal | undefined {
  for (const signal of run.signals) {
    if (signal.name !== name || run.usedSignals.has(signal.index)) continue;
    if (signal.input !== null && signal.input !== call.id) continue;
    const refused = refusalOf(run, call, signal);
    if (refused === null) return signal;
    run.usedSignals.add(signal.index);
    const message = `signal "${name}" (${signal.id}) was refused: ${refused}`;
    // Whoever owns the run next refuses it again.
    run.announcer.say(`refused|${signal.index}`, { type: "log", level: "warn", message, step: call.id });
  }
  return undefined;
}

/** The API validates against the manifest; code that has changed since, or that sends by itself, is caught here. */
function refusalOf(run: Run, call: StepCall, signal: StoredSignal): string | null {
  const { maxValueLength } = run.options;
  if (JSON.stringify(signal.payload).length > maxValueLength) {
    return `its payload is longer than ${maxValueLength} characters of JSON`;
  }
  try {
    decodeOutput({ ...call.definition, output: run.options.workflow.signals[signal.name] }, signal.payload);
    decodeOutput(call.definition, signal.payload);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function signalName(call: StepCall): string {
  return (call.props as { name: string }).name;
}

function undeclared(run: Run, name: string): AlderError {
  const workflow = run.options.workflow.name;
  return new AlderError(
    "undeclared_signal",
    `waitFor("${name}"): workflow ${workflow} declares no signal of that name: ` +
      `add it to the signals of workflow("${workflow}", { signals: { ${name}: … } }, …), the one that is started`,
    { details: { workflow, signal: name } },
  );
}
