/**
 * The reference interpreter: what a program must come to, said as plainly as can be, with promises in virtual time. It
 * shares nothing with the engine but the language of the programs and the behaviour of the leaves.
 */
import type { Json } from "@alder/core";
import { BACKOFF_MS, behaviourOf, STUBBORN_ATTEMPTS, type Work } from "./behaviour.ts";
import { OVERSPENT } from "./budgets.ts";
import { contentOf, type Asked, type Asking, type Place, type Variables } from "./interpreter-place.ts";
import { InterpretedSignals } from "./interpreter-signals.ts";
import { Failure, hushed, Region, Steps } from "./interpreter-steps.ts";
import { oneValue, treeValue } from "./interpreter-tree.ts";
import type {
  Body,
  CombinedCall,
  Expression,
  LeafCall,
  NestedCall,
  Outcome,
  Program,
  ProgramCall,
  RenderCall,
  Statement,
  StepCall,
  Tree,
} from "./program.ts";
import { VirtualTime } from "./virtual-time.ts";

/** How the program ends; "tie" where that would depend on which of two things at one instant is first. */
export async function interpret(program: Program): Promise<Outcome | "tie" | "stuck"> {
  const interpreter = new Interpreter(program);
  const run = hushed(interpreter.run());
  if ((await interpreter.time.pass(run)) === "stuck") return "stuck";
  const outcome: Outcome = await run.then(
    (output) => ({ status: "completed", output }),
    (error: Error) => ({ status: "failed", message: error.message }),
  );
  return interpreter.isTie ? "tie" : outcome;
}

class Interpreter implements Asking {
  readonly time = new VirtualTime();
  readonly #program: Program;
  readonly #steps = new Steps(this.time);
  readonly #signals: InterpretedSignals;
  /** Calls of workflows that have used more than their budget. */
  readonly #overspent = new Set<string>();
  isTie = false;
  #timers = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#signals = new InterpretedSignals(this.time, program.signals);
  }

  run(): Promise<Json> {
    const { body, budget } = this.#program;
    const start = (region: Region) => this.#body("", body, null, region);
    return budget?.own === "small"
      ? this.#onSmallBudget("", new Region(null), start)
      : start(new Region(null));
  }

  // ---- bodies

  async #body(path: string, body: Body, input: Json, around: Region): Promise<Json> {
    const whole = new Region(around);
    try {
      for (let attempt = 1; ; attempt++) {
        const region = new Region(whole);
        const variables = { values: new Map([["input", input]]), held: new Map() };
        const isComponent = body.kind === "component";
        const leaves = isComponent ? whole : region;
        const place: Place = { ...inTree(path, region, variables), leaves, keys: null };
        try {
          await this.#statements(body.statements, place);
          if (body.kind !== "render") return this.value(body.result, variables);
          return await this.#tree(body.result, { ...place, keys: "" });
        } catch (error) {
          region.end();
          if (body.kind !== "component" || attempt >= body.attempts) throw error;
          this.#steps.clearFailuresBelow(path);
          await this.#pause(BACKOFF_MS, whole);
        }
      }
    } finally {
      whole.end();
    }
  }

  #nested(id: string, { site, body }: NestedCall, v: Json, region: Region): Promise<Json> {
    const start = (around: Region) => this.#body(id, body, v, around);
    const isSmall = this.#program.budget?.small.includes(site) ?? false;
    return isSmall ? this.#onSmallBudget(id, region, start) : start(region);
  }

  /** Whatever is used in it is too much, and stays too much when it is tried again. */
  #onSmallBudget(id: string, around: Region, start: (region: Region) => Promise<Json>): Promise<Json> {
    if (this.#overspent.has(id)) return Promise.reject(new Error(OVERSPENT));
    let fail: (error: Error) => void;
    const over = hushed(new Promise<never>((_, reject) => (fail = reject)));
    let startedAt = -1;
    const region = new Region(around, (when) => {
      // What a step uses is there before its result, but not before what else comes of what it was begun for.
      if (when === "at start") startedAt = this.time.now;
      this.#overspent.add(id);
      region.end();
      fail(new Error(OVERSPENT));
    });
    const ended = hushed(start(region));
    const note = (): void => void (this.isTie ||= startedAt === this.time.now);
    ended.then(note, note);
    return Promise.race([ended, over]).finally(() => region.end());
  }

  async #statements(statements: readonly Statement[], place: Place): Promise<void> {
    for (const statement of statements) await this.#statement(statement, place);
  }

  async #statement(statement: Statement, place: Place): Promise<void> {
    const { values, held } = place.variables;
    switch (statement.kind) {
      case "get":
        values.set(statement.name, await this.ask(statement.call, place).promise);
        return;
      case "hold":
        held.set(statement.name, this.ask(statement.call, place));
        return;
      case "take":
        values.set(statement.name, (await held.get(statement.held)?.promise) ?? null);
        return;
      case "loop":
        for (let round = 0; round < statement.count; round++) {
          values.set(statement.name, round);
          await this.#statements(statement.body, place);
        }
        return;
      case "try":
        try {
          await this.#statements(statement.body, place);
        } catch (error) {
          values.set(statement.name, (error as Error).message);
          await this.#statements(statement.caught, place);
        }
        return;
      case "chains": {
        const chains = Array.from({ length: statement.count }, async (_, index) => {
          const variables = { values: new Map(values).set(statement.index, index), held: new Map(held) };
          await this.#statements(statement.body, { ...place, variables });
          return this.value(statement.result, variables);
        });
        values.set(statement.name, await this.together(chains));
        return;
      }
      case "first":
        values.set(
          statement.name,
          await this.first(statement.calls.map((call) => this.ask(call, place).promise)),
        );
    }
  }

  // ---- calls

  /**
   * `twin` counts equal elements of one list; equal calls of a body are counted here. `ending` is what ends the call
   * itself, where that is not what ends what it is given.
   */
  ask(call: ProgramCall, place: Place, twin?: number, ending: Ending = place): Asked {
    if (call.kind === "combined") return this.#combined(call, place, ending);
    const prop = call.kind === "leaf" || call.kind === "nested" ? this.#prop(call, place) : null;
    const own = `${place.path}/${contentOf(call)}|${prop?.id ?? ""}|${place.keys ?? ""}`;
    const occurrence = twin ?? place.counts.get(own) ?? 0;
    if (twin === undefined) place.counts.set(own, occurrence + 1);
    const id = `${own}|${occurrence}`;
    this.#steps.noteCall(id, place.path, call.kind === "nested" && call.body.kind === "component");
    const isWorkflow = call.kind === "render" || (call.kind === "nested" && call.body.kind !== "component");
    const region = isWorkflow ? ending.region : ending.leaves;
    const again = (): Promise<Json> =>
      this.#steps.step(id, region, async () => {
        const v = (await prop?.again()) ?? null;
        return this.#execute(id, call, v, place, region).catch((error: Error) => {
          throw new Failure(error.message, id);
        });
      });
    return { id, promise: again(), again };
  }

  #combined({ how, of, isNamed = false }: CombinedCall, place: Place, ending: Ending): Asked {
    // The losers of a race are cancelled.
    const members = of.map((member) => {
      const region = new Region(ending.region);
      const leaves = new Region(ending.leaves);
      const end = (): void => [region, leaves].forEach((part) => part.end());
      return { ...this.ask(member, place, undefined, how === "race" ? { region, leaves } : ending), end };
    });
    const combine = async (promises: readonly Promise<Json>[]): Promise<Json> => {
      if (how === "race") {
        const won = promises.map((promise, index) => promise.finally(() => endAllBut(members, index)));
        return this.first(won.map((promise) => hushed(promise)));
      }
      const values = await (how === "all" ? this.together(promises) : Promise.all(promises.map(settled)));
      return isNamed ? Object.fromEntries(values.map((value, index) => [`m${index}`, value])) : values;
    };
    return {
      id: `${how}(${members.map(({ id }) => id).join()})`,
      promise: hushed(combine(members.map(({ promise }) => promise))),
      again: () => hushed(combine(members.map((member) => member.again()))),
    };
  }

  #prop({ v }: LeafCall | NestedCall, place: Place): Asked {
    if (v.kind === "pending") return this.ask(v.call, place);
    const held = v.kind === "held" ? place.variables.held.get(v.name) : undefined;
    if (held !== undefined) return held;
    const value = v.kind === "held" ? null : this.value(v, place.variables);
    const known = Promise.resolve(value);
    return { id: JSON.stringify(value), promise: known, again: () => known };
  }

  async #execute(
    id: string,
    call: StepCall | RenderCall,
    v: Json,
    place: Place,
    region: Region,
  ): Promise<Json> {
    switch (call.kind) {
      case "leaf":
        return this.#leafOrFallback(id, call, call.name === "Contextual" ? [v, place.context] : v, region);
      case "nested":
        return this.#nested(id, call, v, region);
      case "render":
        return this.#tree(call.tree, inTree(id, new Region(region), place.variables));
      case "sleep":
        return this.#pause(call.ms, region);
      case "wait":
        return this.#signals.next(call.signal, region);
    }
  }

  async #tree(tree: Tree, place: Place): Promise<Json> {
    try {
      const valued = await treeValue(this, tree, place);
      return (valued.output === undefined ? oneValue(valued) : valued.output) ?? null;
    } finally {
      place.region.end();
    }
  }

  /** What has failed for good is followed by its fallbacks, each a step inside; only the last failure is the step's. */
  async #leafOrFallback(id: string, call: LeafCall, v: Json, region: Region): Promise<Json> {
    const { fallbacks = [], site } = call;
    for (;;) {
      const failed = this.#steps.failedWith(id);
      const name = fallbacks[failed.length - 1];
      if (name === "value") return [failed.at(-1) ?? "", site];
      try {
        if (name === undefined) return await this.#leaf(id, call, v, region);
        const alike = fallbacks.slice(0, failed.length - 1).filter((other) => other === name).length;
        const inside = `${id}/${name}|${alike}`;
        return await this.#steps.step(inside, region, () =>
          this.#leaf(inside, { ...call, name }, v, region).catch((error: Error) => {
            this.#steps.noteFailure(inside);
            throw new Failure(error.message, inside);
          }),
        );
      } catch (error) {
        if (failed.length < fallbacks.length) this.#steps.fallBack(id, (error as Error).message);
        else {
          this.#steps.beginAnew(id);
          this.#steps.noteFailure(id);
          throw error;
        }
      }
    }
  }

  async #leaf(
    id: string,
    { name, site, fails = 0, totalMs = Infinity }: LeafCall,
    v: Json,
    region: Region,
  ): Promise<Json> {
    const endsAt = this.time.now + totalMs;
    for (let attempt = 1; ; attempt++) {
      const failures = name === "Stubborn" ? attempt - 1 : this.#steps.failuresOf(id);
      const work: Work = { name, site, v, fails, failures };
      const { durationMs, value, error } = behaviourOf(this.#program.seed, work);
      const { atStart = [], atEnd = [] } = this.#program.budget ?? {};
      if (atStart.includes(name)) region.spend("at start");
      const leftMs = endsAt - this.time.now;
      await this.#pause(Math.min(durationMs, leftMs), region);
      if (durationMs > leftMs) throw new Error("timeout");
      if (error === null && atEnd.includes(name)) region.spend("at end");
      if (error === null) return name === "Words" ? `al${String(value)}` : value;
      const isTooLate = this.time.now + BACKOFF_MS >= endsAt;
      if (name !== "Stubborn" || attempt >= STUBBORN_ATTEMPTS || isTooLate) throw new Error(error);
      await this.#pause(BACKOFF_MS, region);
    }
  }

  clearFailure(step: string): void {
    this.#steps.clearFailure(step);
  }

  async timeLimit(ms: number, isOver: () => boolean): Promise<never> {
    const timer = `timer ${this.#timers++}`;
    await new Promise<void>((resolve) =>
      this.time.after(ms, () => {
        if (!isOver()) resolve();
      }),
    );
    throw new Failure("timeout", timer);
  }

  /** Never ends if the region does. */
  #pause(ms: number, region: Region): Promise<null> {
    return new Promise((resolve) =>
      this.time.after(ms, () => {
        if (region.isAlive) resolve(null);
      }),
    );
  }

  // ---- values

  value(expression: Expression, variables: Variables): Json {
    if (expression.kind === "text") return expression.text;
    if (expression.kind === "value") return variables.values.get(expression.name) ?? null;
    return expression.of.map((part) => this.value(part, variables));
  }

  together<T>(promises: readonly Promise<T>[]): Promise<T[]> {
    const failures = promises.map((promise) => promise.then(() => new Promise<never>(() => {})));
    this.#watchForTies(failures);
    return hushed(Promise.all(promises));
  }

  first<T>(promises: readonly Promise<T>[]): Promise<T> {
    this.#watchForTies(promises);
    return hushed(Promise.race(promises));
  }

  /** Two that decide the same at one instant, and differ. */
  #watchForTies(promises: readonly Promise<unknown>[]): void {
    let first: { at: number; what: string } | null = null;
    const note = (what: string): void => {
      if (first === null) first = { at: this.time.now, what };
      else if (first.at === this.time.now && first.what !== what) this.isTie = true;
    };
    for (const promise of promises) {
      promise.then(
        (value) => note(JSON.stringify(value)),
        (error: Error) => note(error.message),
      );
    }
  }
}

type Ending = Pick<Place, "region" | "leaves">;

/** A place in a tree of its own. */
function inTree(path: string, region: Region, variables: Variables): Place {
  return { path, region, leaves: region, variables, counts: new Map(), keys: "", context: "none" };
}

function endAllBut(members: readonly { readonly end: () => void }[], winner: number): void {
  for (const [index, member] of members.entries()) if (index !== winner) member.end();
}

function settled(promise: Promise<Json>): Promise<Json> {
  return promise.then(
    (value) => ({ status: "fulfilled", value }),
    (error: Error) => ({ status: "rejected", error: error.message }),
  );
}
