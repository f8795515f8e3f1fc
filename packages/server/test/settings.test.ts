import { createMemoryStore } from "@alder/core/testing";
import { createApp } from "@alder/server";
import { expect, test } from "vitest";

test.each(["bodyLimitBytes", "pingMs", "waitLimitSeconds"])(
  "a %s that is no number of any use is refused at once, by its name",
  (name) => {
    for (const value of [Number.NaN, -1]) {
      expect(() => createApp({ store: createMemoryStore(), [name]: value })).toThrow(
        expect.objectContaining({ code: "bad_setting", message: expect.stringContaining(name) }),
      );
    }
  },
);
