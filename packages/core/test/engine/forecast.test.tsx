/** @jsxImportSource @alder/core */
/** How long a run still takes (E5, E9): what is kept of a run, what is said of the next, and how near it comes. */
import { describe, expect, test } from "vitest";
import { component, sleep, waitFor, workflow } from "@alder/core";
import { z } from "zod";
import type { Duration } from "../../src/internal/duration.ts";
import { parsePastRuns, type PastRun } from "../../src/engine/past-run.ts";
import { createManualClock, type ManualClock } from "../../src/testing/manual-clock.ts";
import { createDisk, live, rest, type AnyWorkflow, type Disk, type Life } from "./harness.ts";

const START = 1_000_000;

/** A component that takes as long as it is told, by this clock. */
function taking(clock: ManualClock, name: string, guess?: Duration) {
  const Work = component(name, ({ ms }: { ms: number }) => {
    return new Promise<number>((resolve) => clock.setTimeout(() => resolve(ms), ms));
  });
  return guess === undefined ? Work : Work.expect(guess);
}

interface Told {
  readonly at: number;
  readonly remainingMs: number;
  readonly leastMs: number;
  readonly mostMs: number | null;
  readonly runs: number;
  readonly waits: boolean;
}

interface Simulated {
  readonly disk: Disk;
  readonly endedAt: number;
  readonly times: PastRun | undefined;
  readonly told: readonly Told[];
}

/** Lives through a run, step of time by step of time. `onStep` is called at each. */
async function simulate(
  make: (clock: ManualClock) => AnyWorkflow,
  past: readonly PastRun[],
  {
    disk,
    later = 0,
    onStep,
  }: {
    disk?: Disk;
    /** How long nobody had the run, in milliseconds. */
    later?: number;
    onStep?: (life: Life, passedMs: number) => "crash" | undefined;
  } = {},
): Promise<Simulated> {
  const began = (disk?.entries.at(-1)?.at ?? START) + later;
  const clock = createManualClock(began);
  const told: Told[] = [];
  const life = live(make(clock), { clock, onIdle: () => {}, ...(disk === undefined ? {} : { disk }) });
  life.run.know(past);
  let seen = life.disk.events.length;
  let ended = false;
  void life.stopped.then(() => (ended = true));
  const hear = (): void => {
    for (const event of life.disk.events.slice(seen)) {
      if (event.type === "estimate") told.push({ at: clock.now(), ...event });
    }
    seen = life.disk.events.length;
  };
  for (let step = 0; step < 5_000 && !ended; step++) {
    await settled();
    hear();
    if (ended || onStep?.(life, clock.now() - began) === "crash") break;
    await settled();
    hear();
    clock.advance(250);
  }
  return { disk: life.disk, endedAt: clock.now(), times: life.run.times(), told };
}

/** Many steps that end together are applied one by one. */
async function settled(): Promise<void> {
  for (let round = 0; round < 4; round++) await rest();
}

/** Numbers from 0 to 1 that are the same in every run of the test. */
function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Some research, an outline, sections side by side, then two passes over all of it. */
function article(chance: () => number) {
  const between = (least: number, most: number): number => Math.round(least + chance() * (most - least));
  const plan = {
    research: between(20_000, 30_000),
    sections: Array.from({ length: between(3, 6) }, () => between(8_000, 14_000)),
    passes: [between(10_000, 14_000), between(10_000, 14_000)],
  };
  return (clock: ManualClock): AnyWorkflow => {
    const [Research, Section, Pass] = ["Research", "Section", "Pass"].map((name) => taking(clock, name));
    return workflow("article", async () => {
      await Research!.run({ ms: plan.research });
      await Promise.all(plan.sections.map((ms, index) => Section!.run({ ms }, { key: index })));
      for (const ms of plan.passes) await Pass!.run({ ms }, { key: ms });
      return null;
    });
  };
}

async function pastOf(count: number, make: (chance: () => number) => (clock: ManualClock) => AnyWorkflow) {
  const past: PastRun[] = [];
  for (let run = 0; run < count; run++) past.push((await simulate(make(createChance(run + 1)), [])).times!);
  return past;
}

describe("what is kept of a run", () => {
  test("its own time, divided among its steps: what all of them took is what it took", async () => {
    const { times } = await simulate((clock) => {
      const [A, B] = [taking(clock, "A"), taking(clock, "B")];
      return workflow("W", async () => {
        await Promise.all([
          A.run({ ms: 4000 }, { key: "1" }),
          A.run({ ms: 4000 }, { key: "2" }),
          B.run({ ms: 8000 }),
        ]);
        await A.run({ ms: 2000 }, { key: "3" });
        return null;
      });
    }, []);
    expect(times).toMatchObject({ activeMs: 10_000, waits: 0 });
    const shares = Object.fromEntries(times!.steps.map(({ name, shareMs }) => [name, shareMs]));
    expect(shares["A"]! + shares["B"]!).toBe(10_000);
    // Of the first four seconds a third each, of the next four all.
    expect(shares["B"]).toBe(Math.round(4000 / 3 + 4000));
    expect(times!.steps.find(({ name }) => name === "A")).toMatchObject({
      count: 3,
      tookMs: Math.round((4000 + 4000 + 2000) / 3),
      firstMs: 0,
      lastMs: 8000,
    });
    expect(parsePastRuns([structuredClone(times) as never])).toEqual([times]);
  });

  test("not the time people take, nor that of a queue", async () => {
    const make = (clock: ManualClock): AnyWorkflow => {
      const A = taking(clock, "A");
      return workflow("W", { input: z.object({}), signals: { go: z.null() } }, async () => {
        await A.run({ ms: 3000 }, { key: "before" });
        await waitFor("go");
        await A.run({ ms: 2000 }, { key: "after" });
        return null;
      });
    };
    let sent = false;
    const { times, endedAt } = await simulate(make, [], {
      onStep: (life, passedMs) => {
        if (passedMs >= 60_000 && !sent) life.signal("go", null);
        sent ||= passedMs >= 60_000;
        return undefined;
      },
    });
    expect(endedAt - START).toBeGreaterThan(60_000);
    expect(times).toMatchObject({ activeMs: 5000, waits: 1 });
  });

  test("a sleep is part of it, and the clock of a wait is not", async () => {
    const make = (clock: ManualClock): AnyWorkflow => {
      const A = taking(clock, "A");
      return workflow("W", async () => {
        await A.run({ ms: 1000 });
        await sleep("10s");
        return null;
      });
    };
    expect((await simulate(make, [])).times).toMatchObject({
      activeMs: 11_000,
      steps: [{ name: "Sleep", shareMs: 10_000 }, { name: "A" }],
    });
  });

  test("nothing, where there was no step", async () => {
    expect((await simulate(() => workflow("W", async () => null), [])).times).toBeUndefined();
  });

  test("no more than the names that took most", async () => {
    const { times } = await simulate((clock) => {
      const steps = Array.from({ length: 40 }, (_, index) => taking(clock, `Step${index}`));
      return workflow("W", async () => {
        for (const [index, Step] of steps.entries()) await Step.run({ ms: index === 39 ? 5000 : 250 });
        return null;
      });
    }, []);
    expect(times!.steps).toHaveLength(32);
    expect(times!.steps[0]).toMatchObject({ name: "Step39", shareMs: 5000 });
  });

  test("the same after a crash at any time, however long nobody had the run", async () => {
    const make = article(createChance(99));
    const whole = (await simulate(make, [])).times!;
    for (const crashAt of [5_000, 30_000, 45_000]) {
      const first = await simulate(make, [], {
        onStep: (_, passedMs) => (passedMs >= crashAt ? "crash" : undefined),
      });
      const disk = createDisk(first.disk);
      const second = (await simulate(make, [], { disk, later: 600_000 })).times!;
      expect(second.activeMs).toBe(whole.activeMs);
      const counts = (run: PastRun) => run.steps.map(({ name, count }) => `${name} ${count}`).toSorted();
      expect(counts(second)).toEqual(counts(whole));
    }
  });
});

describe("what is said of a run", () => {
  test("nothing, where nothing is known", async () => {
    expect((await simulate(article(createChance(7)), [])).told).toEqual([]);
  });

  test("comes near: within the limits it gives, in about four of five cases, and closer towards the end", async () => {
    const past = await pastOf(12, article);
    let within = 0;
    let all = 0;
    const offBy: number[] = [];
    for (let seed = 100; seed < 112; seed++) {
      const { told, endedAt } = await simulate(article(createChance(seed)), past);
      expect(told.length).toBeGreaterThan(0);
      expect(told.length).toBeLessThan(15);
      for (const { at, remainingMs, leastMs, mostMs, runs } of told) {
        const trueMs = endedAt - at;
        expect(runs).toBe(12);
        all += 1;
        if (trueMs >= leastMs && trueMs <= mostMs!) within += 1;
        offBy.push(Math.abs(remainingMs - trueMs));
      }
      // What was said last is right to within a step of a kind whose steps differ by as much.
      expect(Math.abs(told.at(-1)!.remainingMs - (endedAt - told.at(-1)!.at))).toBeLessThan(6000);
    }
    expect(within / all).toBeGreaterThan(0.7);
    // Of runs that take a minute.
    expect(offBy.toSorted((one, other) => one - other)[offBy.length >> 1]).toBeLessThan(5000);
  });

  test("the more runs are known, the surer it is", async () => {
    const past = await pastOf(12, article);
    const widthAfter = async (count: number): Promise<number> => {
      const { told } = await simulate(article(createChance(50)), past.slice(0, count));
      return told[0]!.mostMs! - told[0]!.leastMs;
    };
    expect(await widthAfter(12)).toBeLessThan(await widthAfter(1));
  });

  test("more sections than ever: they are counted as they come", async () => {
    const plan =
      (sections: number) =>
      (clock: ManualClock): AnyWorkflow => {
        const [Section, Check] = [taking(clock, "Section"), taking(clock, "Check")];
        return workflow("W", async () => {
          await Promise.all(
            Array.from({ length: sections }, (_, index) => Section.run({ ms: 10_000 }, { key: index })),
          );
          await Check.run({ ms: 5000 });
          return null;
        });
      };
    const { times } = await simulate(plan(3), []);
    const { told, endedAt } = await simulate(plan(30), [times!]);
    expect(told[0]).toMatchObject({ remainingMs: endedAt - START });
  });

  test("a name that is over is not waited for, however often it came before", async () => {
    const plan =
      (sections: number) =>
      (clock: ManualClock): AnyWorkflow => {
        const [Section, Check] = [taking(clock, "Section"), taking(clock, "Check")];
        return workflow("W", async () => {
          for (let index = 0; index < sections; index++) await Section.run({ ms: 10_000 }, { key: index });
          await Check.run({ ms: 8000 });
          return null;
        });
      };
    const { times } = await simulate(plan(6), []);
    const { told, endedAt } = await simulate(plan(2), [times!]);
    expect(told[0]).toMatchObject({ remainingMs: 68_000 });
    expect(told.at(-1)).toMatchObject({ remainingMs: endedAt - told.at(-1)!.at });
    expect(told.at(-1)!.at).toBeLessThanOrEqual(START + 21_000);
  });

  test("that people will be waited for, and nothing while they are", async () => {
    const make = (clock: ManualClock): AnyWorkflow => {
      const A = taking(clock, "A");
      return workflow("W", { input: z.object({}), signals: { go: z.null() } }, async () => {
        await A.run({ ms: 3000 }, { key: "before" });
        await waitFor("go");
        await A.run({ ms: 2000 }, { key: "after" });
        return null;
      });
    };
    const answerAt = (ms: number) => {
      let sent = false;
      return (life: Life, passedMs: number): undefined => {
        if (passedMs >= ms && !sent) life.signal("go", null);
        sent ||= passedMs >= ms;
      };
    };
    const { times } = await simulate(make, [], { onStep: answerAt(60_000) });
    const { told } = await simulate(make, [times!], { onStep: answerAt(30_000) });
    // Of two steps of one name, nobody knows which of them is the longer.
    expect(told).toMatchObject([
      { at: START, remainingMs: 5000, waits: true },
      { at: START + 30_000, remainingMs: 2500, waits: false },
    ]);
  });

  test("at most once a second, however many steps there are, and only when it is news", async () => {
    const plan =
      (ms: number) =>
      (clock: ManualClock): AnyWorkflow => {
        const Quick = taking(clock, "Quick");
        return workflow("W", async () => {
          for (let index = 0; index < 60; index++) await Quick.run({ ms }, { key: index });
          return null;
        });
      };
    const slow = (await simulate(plan(1000), [])).times!;
    const { told } = await simulate(plan(250), [slow]);
    for (const [index, { at }] of told.entries()) {
      if (index > 0) expect(at - told[index - 1]!.at).toBeGreaterThanOrEqual(1000);
    }
    expect(told.length).toBeLessThan(16);
    // As fast as ever: there is nothing to add to what was said first.
    expect((await simulate(plan(1000), [slow])).told).toHaveLength(1);
  });

  test("a run that is over at once needs none", async () => {
    const make = (clock: ManualClock): AnyWorkflow => {
      const A = taking(clock, "A");
      return workflow("W", async () => A.run({ ms: 500 }));
    };
    expect((await simulate(make, [(await simulate(make, [])).times!])).told).toEqual([]);
  });

  test("by a new owner, anew: once, and from where the run is", async () => {
    const past = await pastOf(12, article);
    const make = article(createChance(60));
    const first = await simulate(make, past, {
      onStep: (_, passedMs) => (passedMs >= 30_000 ? "crash" : undefined),
    });
    const disk = createDisk(first.disk);
    const second = await simulate(make, past, { disk });
    expect(second.told[0]!.remainingMs).toBeLessThan(first.told[0]!.remainingMs);
    expect(second.told.filter(({ at }) => at === second.told[0]!.at)).toHaveLength(1);
  });
});

describe("without runs of the past", () => {
  test("a workflow's .expect is the first guess, and says how unsure it is", async () => {
    const { told } = await simulate((clock) => {
      const A = taking(clock, "A");
      return workflow("W", { input: z.object({}), expect: "1m" }, async () => A.run({ ms: 30_000 }));
    }, []);
    expect(told).toEqual([
      expect.objectContaining({ remainingMs: 60_000, leastMs: 30_000, mostMs: 120_000, runs: 0 }),
    ]);
  });

  test("a component's .expect says at least how long, not at most", async () => {
    const { told } = await simulate((clock) => {
      const [A, B] = [taking(clock, "A", "20s"), taking(clock, "B")];
      return workflow("W", async () => {
        await A.run({ ms: 20_000 });
        return B.run({ ms: 5000 });
      });
    }, []);
    expect(told).toEqual([expect.objectContaining({ remainingMs: 20_000, mostMs: null, runs: 0 })]);
  });

  test("a component that is new in a workflow that is not: its guess is added to what is known", async () => {
    const plan =
      (isNew: boolean) =>
      (clock: ManualClock): AnyWorkflow => {
        const [A, New] = [taking(clock, "A"), taking(clock, "New", "20s")];
        return workflow("W", async () => {
          if (isNew) await New.run({ ms: 20_000 });
          return A.run({ ms: 10_000 });
        });
      };
    const { told } = await simulate(plan(true), [(await simulate(plan(false), [])).times!]);
    expect(told[0]).toMatchObject({ remainingMs: 30_000, runs: 1 });
  });

  test("a guess must be a duration longer than nothing", () => {
    const A = component("A", async () => null);
    expect(() => A.expect("0s")).toThrow(expect.objectContaining({ code: "bad_policy" }));
    expect(() => A.expect("soon" as never)).toThrow(expect.objectContaining({ code: "bad_duration" }));
    expect(() => workflow("W", { input: z.object({}), expect: "0s" }, async () => null)).toThrow(
      expect.objectContaining({ code: "bad_policy" }),
    );
  });
});
