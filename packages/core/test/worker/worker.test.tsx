/** @jsxImportSource @alder/core */
import type { StoreClient } from "@alder/core/client";
import type { ClaimRequest, Store } from "@alder/core/store";
import { createManualClock, createMemoryStore } from "@alder/core/testing";
import { component, Sequence, sleep, Status, waitFor, WaitFor, workflow } from "@alder/core";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createWorkerScene } from "./scene.ts";

const Say = component("Say", async ({ what }: { what: string }) => what);
const Hello = workflow("hello", ({ name }: { name: string }) => (
  <Sequence>
    <Status>Greeting {name}</Status>
    <Say what={`Hello, ${name}`} />
  </Sequence>
));

const scene = createWorkerScene({ graceMs: 1000 });
const { startWorker, until } = scene;
let store: Store;
let client: StoreClient;
beforeEach(() => {
  ({ store, client } = scene);
});

test("a run is claimed, executed and ended", async () => {
  await startWorker([Hello]);
  const { run } = await client.start("hello", { name: "Ada" });
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({
    status: "completed",
    output: "Hello, Ada",
    message: "Greeting Ada",
    executions: 1,
  });
  expect(Object.values(view.steps)).toMatchObject([
    { name: "Say", status: "completed", output: "Hello, Ada" },
  ]);
});

test("a failure ends the run with what happened and where", async () => {
  const Bad = component("Bad", async (): Promise<void> => {
    throw new RangeError("no");
  });
  const Fails = workflow("fails", () => <Bad />);
  await startWorker([Fails]);
  const { run } = await client.start("fails", {});
  const view = await client.waitForEnd(run.runId);
  expect(view).toMatchObject({ status: "failed", error: { name: "RangeError", message: "no", step: "Bad" } });
});

test("input that does not fit the schema fails the run and not the worker", async () => {
  const Strict = workflow("strict", { input: z.object({ count: z.number() }) }, ({ count }) => (
    <Say what={`${count}`} />
  ));
  await startWorker([Strict]);
  const { run } = await client.start("strict", { count: "three" });
  expect(await client.waitForEnd(run.runId)).toMatchObject({
    status: "failed",
    error: { code: "invalid_input" },
  });
  const { run: next } = await client.start("strict", { count: 3 });
  expect(await client.waitForEnd(next.runId)).toMatchObject({ status: "completed", output: "3" });
});

describe("E11, E12: a run that only waits is parked", () => {
  const Review = z.object({ approved: z.boolean() });
  const Asks = workflow("asks", { input: z.object({}), signals: { review: Review } }, () => (
    <WaitFor name="review" schema={Review}>
      {({ approved }) => <Say what={approved ? "yes" : "no"} />}
    </WaitFor>
  ));

  test("and goes on when its signal comes", async () => {
    await startWorker([Asks]);
    const { run } = await client.start("asks", {});
    const waiting = await until(run.runId, (view) => view.status === "waiting");
    expect(waiting.inputs).toMatchObject([{ name: "review", schema: { type: "object" } }]);
    await client.signal(run.runId, "review", { approved: true });
    expect(await client.waitForEnd(run.runId)).toMatchObject({
      status: "completed",
      output: "yes",
      inputs: [],
    });
  });

  test("a signal that comes before anybody waits is kept", async () => {
    const { run } = await (async () => {
      await startWorker([Asks]);
      return client.start("asks", {});
    })();
    await client.signal(run.runId, "review", { approved: false });
    expect(await client.waitForEnd(run.runId)).toMatchObject({ status: "completed", output: "no" });
  });

  test("a payload that does not fit is refused and consumed by nobody", async () => {
    await startWorker([Asks]);
    const { run } = await client.start("asks", {});
    await store.sendSignal(run.runId, { id: "1", name: "review", payload: "nonsense" });
    await client.signal(run.runId, "review", { approved: true });
    const view = await client.waitForEnd(run.runId);
    expect(view).toMatchObject({ status: "completed", output: "yes" });
    expect(view.logs.map(({ message }) => message).join()).toContain("refused");
  });

  test("a parked timer is due in store time, also on another worker", async () => {
    const clock = createManualClock();
    await scene.takeStore(createMemoryStore({ clock }));
    ({ client } = scene);
    const Naps = workflow("naps", async () => {
      await sleep("1h");
      return Say.run({ what: "awake" });
    });
    const first = await startWorker([Naps]);
    const { run } = await client.start("naps", {});
    await until(run.runId, (view) => view.status === "waiting");
    await first.stop();
    clock.advance(3_600_000);
    await startWorker([Naps]);
    const view = await client.waitForEnd(run.runId);
    expect(view).toMatchObject({ status: "completed", output: "awake", recoveries: 0 });
    expect(view.executions).toBeGreaterThan(1);
  });
});

describe("E9: a cancel", () => {
  test("of a running run reaches its steps", async () => {
    let aborted = false;
    const Slow = component("Slow", async (_: {}, step) => {
      await new Promise((_resolve, reject) => {
        step.signal.addEventListener("abort", () => {
          aborted = true;
          reject(step.signal.reason as Error);
        });
      });
    });
    const Waits = workflow("waits", () => <Slow />);
    await startWorker([Waits], { heartbeatMs: 20 });
    const { run } = await client.start("waits", {});
    await until(run.runId, (view) => Object.values(view.steps).length === 1);
    expect(await client.cancel(run.runId)).toBe("cancelling");
    const view = await client.waitForEnd(run.runId);
    expect(view.status).toBe("cancelled");
    expect(aborted).toBe(true);
    expect(Object.values(view.steps)).toMatchObject([{ status: "cancelled" }]);
  });

  test("of a parked run needs no worker", async () => {
    const Asks = workflow("asks", { input: z.object({}), signals: { go: z.null() } }, async () =>
      waitFor("go"),
    );
    const worker = await startWorker([Asks]);
    const { run } = await client.start("asks", {});
    await until(run.runId, (view) => view.status === "waiting");
    await worker.stop();
    expect(await client.cancel(run.runId)).toBe("cancelled");
    expect((await client.view(run.runId)).status).toBe("cancelled");
  });
});

describe("a stop", () => {
  test("lets steps end and hands the run over, which is no recovery", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const executed: string[] = [];
    const Gated = component("Gated", async ({ name }: { name: string }) => {
      executed.push(name);
      if (name === "first") await gate;
      return name;
    });
    const Both = workflow("both", async () => [
      await Gated.run({ name: "first" }),
      await Gated.run({ name: "second" }),
    ]);
    const first = await startWorker([Both]);
    const { run } = await client.start("both", {});
    await until(run.runId, (view) => Object.values(view.steps).length === 1);
    const stopped = first.stop();
    release();
    await stopped;
    expect(executed).toEqual(["first"]);
    expect((await client.view(run.runId)).status).toBe("queued");
    await startWorker([Both]);
    const view = await client.waitForEnd(run.runId);
    expect(view).toMatchObject({
      status: "completed",
      output: ["first", "second"],
      executions: 2,
      recoveries: 0,
    });
    expect(executed).toEqual(["first", "second"]);
  });

  test("does not wait for the claim that is under way: no step begins meanwhile", async () => {
    let letGo!: () => void;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const executed: string[] = [];
    const Gated = component("Gated", async ({ name }: { name: string }) => {
      executed.push(name);
      if (name === "first") await gate;
    });
    const Both = workflow("both", async () => {
      await Gated.run({ name: "first" });
      await Gated.run({ name: "second" });
    });
    let claims = 0;
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let asked!: () => void;
    const hasAsked = new Promise<void>((resolve) => (asked = resolve));
    const slow = new Proxy(store, {
      get(target, name: keyof Store) {
        const method = target[name].bind(target);
        if (name !== "claim") return method;
        return async (request: ClaimRequest) => {
          if (executed.length > 0 && claims++ === 0) {
            asked();
            await answered;
          }
          return target.claim(request);
        };
      },
    });
    const worker = await startWorker([Both], { store: slow });
    const { run } = await client.start("both", {});
    await hasAsked;
    const stopped = worker.stop();
    letGo();
    await until(run.runId, (view) => view.status === "queued");
    expect(executed).toEqual(["first"]);
    answer();
    await stopped;
  });

  test("parks a run that only waits, so that nobody has to take it over", async () => {
    const Waits = workflow("waits", { input: z.object({}), signals: { go: z.null() } }, async () => {
      await waitFor("go");
      return "gone on";
    });
    // It would stay in memory for long.
    const first = await startWorker([Waits], { parkAfterMs: 600_000, graceMs: 600_000 });
    const { run } = await client.start("waits", {});
    await until(run.runId, (view) => view.inputs.length === 1);
    await first.stop();
    expect(await client.view(run.runId)).toMatchObject({ status: "waiting", executions: 1 });
    await startWorker([Waits]);
    await client.signal(run.runId, "go", null);
    expect(await client.waitForEnd(run.runId)).toMatchObject({ output: "gone on", recoveries: 0 });
  });

  test("hands over a run that waits beside a step that was not started any more", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const Gated = component("Gated", () => gate);
    const Beside = workflow("beside", { input: z.object({}), signals: { go: z.null() } }, async () => {
      const work = async () => {
        await Gated.run({});
        return Say.run({ what: "after" });
      };
      return await Promise.all([waitFor("go"), work()]);
    });
    const first = await startWorker([Beside]);
    const { run } = await client.start("beside", {});
    await until(run.runId, (view) => view.inputs.length === 1 && Object.keys(view.steps).length >= 2);
    const stopped = first.stop();
    release();
    await stopped;
    expect((await client.view(run.runId)).status).toBe("queued");
    await startWorker([Beside]);
    await client.signal(run.runId, "go", null);
    expect(await client.waitForEnd(run.runId)).toMatchObject({ output: [null, "after"], recoveries: 0 });
  });
});

describe("E8: one owner", () => {
  test("a run whose worker is silent is taken over, and its old owner's writes are rejected", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let starts = 0;
    const Once = component("Once", async () => {
      starts++;
      if (starts === 1) await gate;
      return starts;
    });
    const Silent = workflow("silent", () => <Once />);
    // Its heartbeats never come.
    const zombie = await startWorker([Silent], { leaseMs: 60, heartbeatMs: 1_000_000 });
    const { run } = await client.start("silent", {});
    await until(run.runId, (view) => Object.values(view.steps).length === 1);
    await startWorker([Silent], { leaseMs: 5000 });
    const view = await client.waitForEnd(run.runId);
    expect(view).toMatchObject({ status: "completed", output: 2, recoveries: 1 });
    release();
    await zombie.stop();
    expect((await client.view(run.runId)).seq).toBe(view.seq);
  });
});
