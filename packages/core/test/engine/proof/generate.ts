/** Random programs, each from its seed. */
import { withBudgets } from "./budgets.ts";
import { withCaches } from "./caches.ts";
import { growTree } from "./generate-tree.ts";
import { withLimits } from "./limits.ts";
import type {
  Body,
  Expression,
  FallbackName,
  LeafCall,
  LeafName,
  NestedCall,
  Program,
  ProgramCall,
  Prop,
  ScriptedSignal,
  SleepCall,
  Statement,
  WaitCall,
} from "./program.ts";
import { Random } from "./random.ts";
import type { Gardener, Soil } from "./soil.ts";
import { withTimeouts } from "./timeouts.ts";

export function generate(seed: number): Program {
  return withCaches(withLimits(withBudgets(withTimeouts(new Generator(seed).program()))));
}

class Generator implements Gardener {
  readonly random: Random;
  readonly #seed: number;
  readonly #signals: ScriptedSignal[] = [];
  #sites = 0;
  #names = 0;
  /** Steps that may still be executed. */
  #budget: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.random = new Random(seed);
    this.#budget = this.random.from(6, 30);
  }

  program(): Program {
    const kind = this.random.weighed({ render: 3, async: 2 });
    const body = this.body(kind, { ...EMPTY, depth: this.random.from(2, 4) }) as Program["body"];
    const signals = this.#signals.toSorted((a, b) => a.at - b.at);
    return { seed: this.#seed, body, signals };
  }

  get isSpent(): boolean {
    return this.#budget <= 0;
  }

  name(): string {
    return `x${this.#names++}`;
  }

  #site({ times }: Soil): string {
    this.#budget -= times;
    return `s${this.#sites++}`;
  }

  // ---- bodies

  body(kind: Body["kind"], around: Soil): Body {
    const attempts = kind === "component" ? (this.random.from(1, 3) as 1 | 2 | 3) : 1;
    const { statements, soil } = this.statements(kind, {
      ...around,
      values: ["input"],
      held: [],
      isSafe: around.isSafe || attempts > 1,
      isRepeated: around.isRepeated || kind === "component",
      inBody: true,
      isAsync: kind !== "render",
      isOnce: true,
      hasContext: false,
      isProp: false,
    });
    if (kind === "render")
      return { kind, statements, result: growTree(this, { ...soil, inBody: false }, "result") };
    const result = this.expression(soil);
    return kind === "async" ? { kind, statements, result } : { kind, statements, result, attempts };
  }

  statements(kind: Body["kind"], given: Soil): { statements: Statement[]; soil: Soil } {
    let soil = given;
    const statements: Statement[] = [];
    for (let left = this.random.from(kind === "render" ? 0 : 1, 4); left > 0 && !this.isSpent; left--) {
      const grown = this.#statement(kind, soil);
      statements.push(...grown);
      for (const statement of grown) {
        const list = statement.kind === "hold" ? "held" : "values";
        soil = { ...soil, [list]: [...soil[list], statement.name] };
      }
    }
    return { statements, soil };
  }

  #statement(body: Body["kind"], soil: Soil): Statement[] {
    const inAsync = body === "render" || soil.depth <= 0 ? 0 : 1;
    const kind = this.random.weighed({
      get: 5,
      hold: 3,
      take: soil.held.length > 0 ? 3 : 0,
      twins: 0.5,
      loop: inAsync,
      try: inAsync * 1.5,
      chains: inAsync * 1.5,
      first: inAsync,
    });
    const name = this.name();
    const deeper = { ...soil, depth: soil.depth - 1 };
    switch (kind) {
      case "get":
        return [{ kind, name, call: this.call(soil) }];
      case "hold":
        return [{ kind, name, call: this.call({ ...soil, isProp: true }) }];
      case "take":
        return [{ kind, name, held: this.random.pick(soil.held) }];
      case "twins": {
        const call = this.leaf({ ...soil, inBody: false });
        const first = this.name();
        const second = this.name();
        const holds = [first, second].map((held): Statement => ({ kind: "hold", name: held, call }));
        return [...holds, { kind: "take", name, held: this.random.pick([first, second]) }];
      }
      case "loop": {
        const count = this.random.from(2, 3);
        const inner = { ...deeper, values: [...soil.values, name], times: soil.times * count, isOnce: false };
        return [{ kind, count, name, body: this.statements(body, inner).statements }];
      }
      case "try": {
        const tried = this.statements(body, { ...deeper, isSafe: true }).statements;
        const soilOfCaught = { ...deeper, values: [...soil.values, name] };
        const caught = this.random.chance(0.7) ? this.statements(body, soilOfCaught).statements : [];
        return [{ kind, name, body: tried, caught }];
      }
      case "chains": {
        const count = this.random.from(2, 4);
        const index = this.name();
        const inner = {
          ...deeper,
          values: [...soil.values, index],
          times: soil.times * count,
          isOnce: false,
        };
        const { statements, soil: after } = this.statements(body, inner);
        return [{ kind, count, index, name, body: statements, result: this.expression(after) }];
      }
      case "first":
        return [{ kind, name, calls: this.#several(2, 3, soil) }];
    }
  }

  // ---- calls

  call(soil: Soil): ProgramCall {
    const kind = this.random.weighed({
      leaf: 8,
      nested: soil.depth > 0 && !this.isSpent ? 3 : 0,
      all: soil.depth > 0 ? 1.2 : 0,
      race: soil.depth > 0 ? 0.8 : 0,
      settled: soil.depth > 0 && !soil.isProp ? 0.8 : 0,
      render: soil.depth > 0 && soil.isAsync && !this.isSpent ? 1 : 0,
      sleep: 0.5,
      wait: 0.6,
    });
    switch (kind) {
      case "leaf":
        return this.leaf(soil);
      case "nested":
        return this.nested(soil);
      case "all":
      case "settled":
        return {
          kind: "combined",
          how: kind,
          of: this.#several(2, 3, soil),
          isNamed: this.random.chance(0.3),
        };
      case "race":
        return { kind: "combined", how: kind, of: this.#several(2, 3, soil) };
      case "render": {
        const tree = growTree(
          this,
          { ...soil, depth: soil.depth - 1, inBody: false, isAsync: false },
          "result",
        );
        return { kind, tree, ...this.key() };
      }
      case "sleep":
        return this.sleep();
      case "wait":
        return this.wait(soil);
    }
  }

  #several(least: number, most: number, soil: Soil): ProgramCall[] {
    const deeper = { ...soil, depth: soil.depth - 1 };
    return Array.from({ length: this.random.from(least, most) }, () => this.call(deeper));
  }

  leaf(soil: Soil): LeafCall {
    const name = this.random.weighed<Exclude<LeafName, "Spare">>({
      Work: 10,
      Other: 1.5,
      Contextual: soil.hasContext && !soil.inBody ? 3 : 0,
      Inline: soil.inBody && soil.isOnce ? 1 : 0,
      Words: 1,
      Bad: soil.isSafe ? 1.5 : 0.15,
      Flaky: soil.isSafe ? 2.5 : 0.15,
      Stubborn: soil.isTimed && soil.isRepeated ? 0 : 1,
    });
    const most = name === "Flaky" ? 2 : name === "Stubborn" ? (soil.isSafe ? 3 : 2) : 0;
    const fails = most > 0 ? { fails: this.random.from(1, most) } : {};
    const site = this.#site(soil);
    const fallbacks = this.#fallbacks(name, soil);
    if (name === "Inline") return { kind: "leaf", name, site, v: this.expression(soil) };
    const hasNonce = name === "Work" && soil.inBody && !soil.isRepeated && this.random.chance(0.1);
    const nonce = hasNonce ? { nonce: this.random.pick(["uuid", "random", "now"] as const) } : {};
    return { kind: "leaf", name, site, v: this.prop(soil), ...this.key(), ...fails, ...fallbacks, ...nonce };
  }

  #fallbacks(name: LeafName, { isSafe }: Soil): Pick<LeafCall, "fallbacks"> {
    if (!["Bad", "Flaky", "Stubborn"].includes(name) || !this.random.chance(0.3)) return {};
    const some: FallbackName[] = name === "Bad" || !isSafe ? ["Spare", "value"] : ["Spare", "Bad", "value"];
    return { fallbacks: Array.from({ length: this.random.from(1, 2) }, () => this.random.pick(some)) };
  }

  nested(soil: Soil): NestedCall {
    const site = this.#site(soil);
    const v = this.prop(soil);
    const kind = this.random.weighed({ render: 3, async: 2, component: 2 });
    const body = this.body(kind, { ...soil, depth: soil.depth - 1 });
    return { kind: "nested", site, v, ...this.key(), body };
  }

  sleep(): SleepCall {
    return { kind: "sleep", ms: this.random.from(1, 2 ** 30), ...this.key() };
  }

  /** Signals enough for all who wait, early and late. */
  wait(soil: Soil): WaitCall {
    const signal = `signal${this.#sites++}`;
    for (let count = 0; count < soil.times; count++) {
      this.#signals.push({ name: signal, at: this.random.from(1, 2 ** 31), payload: `${signal}:${count}` });
    }
    return { kind: "wait", signal, ...this.key() };
  }

  key(): { key?: string } {
    return this.random.chance(0.15) ? { key: `k${this.#names++}` } : {};
  }

  prop(soil: Soil): Prop {
    if (soil.inBody && !this.isSpent && this.random.chance(0.12)) {
      return { kind: "pending", call: this.call({ ...soil, depth: soil.depth - 1, isProp: true }) };
    }
    if (soil.held.length > 0 && this.random.chance(0.2))
      return { kind: "held", name: this.random.pick(soil.held) };
    return this.expression(soil);
  }

  expression({ values }: Soil): Expression {
    const kind = this.random.weighed({
      text: 1,
      value: values.length > 0 ? 3 : 0,
      list: values.length > 1 ? 1.5 : 0,
    });
    if (kind === "text") return { kind, text: `t${this.#names++}` };
    if (kind === "value") return { kind, name: this.random.pick(values) };
    const names = values.slice(-3);
    return { kind, of: names.map((name): Expression => ({ kind: "value", name })) };
  }
}

const EMPTY: Soil = {
  depth: 0,
  values: [],
  held: [],
  isSafe: false,
  isRepeated: false,
  times: 1,
  inBody: true,
  isAsync: false,
  isOnce: true,
  hasContext: false,
  isProp: false,
  isTimed: false,
};
