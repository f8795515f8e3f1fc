import { expect, test, vi } from "vitest";
import { createOpenRequests } from "../../src/stream/open-requests.ts";
import { createStreamBody } from "../../src/stream/stream-body.ts";

// Each of them would be kept as long as the run says nothing: hundreds of bytes for each ping of each reader.
test("invariant 4: pings leave no listener on what is waited for", async () => {
  let say: (text: string) => void = () => {};
  const said = new Promise<IteratorResult<string, void>>((resolve) => {
    say = (value) => resolve({ value, done: false });
  });
  const then = vi.spyOn(said, "then");
  const frames = { next: () => said, return: async () => ({ value: undefined, done: true }) };
  const body = createStreamBody({
    frames: () => frames as unknown as AsyncGenerator<string, void, undefined>,
    requests: createOpenRequests(),
    ping: ": ping\n\n",
    pingMs: 1,
    onError: (error) => expect.fail(String(error)),
  });
  const reader = body.getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  for (let ping = 0; ping < 5; ping++) expect(await read()).toBe(": ping\n\n");
  expect(then).toHaveBeenCalledTimes(1);
  say("data: 1\n\n");
  expect(await read()).toBe("data: 1\n\n");
  await reader.cancel();
});
