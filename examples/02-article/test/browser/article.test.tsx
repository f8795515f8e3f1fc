// Must show 5: an article is written while the page is reloaded and the server is killed; not a character is lost.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunView } from "@alder/core/protocol";
import { chromium, type Browser, type Page } from "playwright-core";
import { renderToStaticMarkup } from "react-dom/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emptyAddress, isOnRedis } from "../../../../packages/core/test/store/open-test-store.ts";
import { findChromium } from "../../../../scripts/find-program.mjs";
import type { CallReport } from "../../../shared/model-server/call-log.ts";
import { startModelServer, type ModelServer } from "../../../shared/model-server/model-server.ts";
import { Prose } from "../../../shared/page/prose.tsx";
import type { Article } from "../../src/schemas.ts";
import { findFreePorts } from "../../../shared/processes/free-ports.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

/** Some of its sections are short, so that when the server is killed some are written and some are not. */
const topic = "Terminal colors";
const screenshots = fileURLToPath(new URL("../../../../test-results/article", import.meta.url));

let browser: Browser;
let page: Page;
let model: ModelServer;
let server: ServerProcess;
let environment: Record<string, string>;
const pageErrors: string[] = [];

beforeAll(async () => {
  await mkdir(screenshots, { recursive: true });
  browser = await chromium.launch({
    executablePath: findChromium() ?? "chromium",
    args: [
      ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(" "),
      ..."--disable-background-networking --disable-component-update --disable-sync".split(" "),
    ],
  });
});
afterAll(() => browser.close());

beforeEach(async () => {
  // Outside the process that is killed, so that it can tell afterwards what it was asked.
  model = await startModelServer({ tokenDelayMs: 12 });
  environment = {
    PORT: String((await findFreePorts(1))[0]),
    ALDER_DATA: await mkdtemp(join(tmpdir(), "alder-article-")),
    REDIS_URL: isOnRedis ? await emptyAddress("") : "",
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_MODEL: "quoter",
  };
  server = await startServerProcess(environment);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on("pageerror", (error) => pageErrors.push(error.message));
});
afterEach(async () => {
  await page.close();
  await server.end("SIGKILL");
  await model.close();
  await rm(environment.ALDER_DATA!, { recursive: true, force: true });
  if (pageErrors.length > 0) throw new Error(`The page failed: ${pageErrors.splice(0).join("; ")}`);
});

describe("an article", () => {
  test("goes on through a reload of the page and the death of its server, and no character is lost", async () => {
    await page.goto(server.url);
    await page.getByLabel("What should the article be about?").fill(topic);
    await page.getByRole("button", { name: "Write it" }).click();

    await waitForText(page, 60);
    await shoot("writing");
    const beforeReload = await readTexts(page);
    await page.reload();
    await expect.poll(async () => startsWithAll(await readTexts(page), beforeReload)).toBe(true);

    const beforeKill = await waitForText(page, 260);
    const written = Object.values((await readRun(page)).steps).filter(({ status }) => status === "completed");
    expect(written.some(({ name }) => name === "Draft")).toBe(true);
    await server.end("SIGKILL");
    await expect.poll(async () => (await readCalls()).byOutcome.left).toBeGreaterThan(0);
    await page.getByText("Reconnecting…").waitFor();
    // What was read stays while nobody is there.
    expect(startsWithAll(await readTexts(page), beforeKill)).toBe(true);
    await shoot("reconnecting");
    server = await startServerProcess(environment);
    await page.getByText("Live").waitFor();

    await page.getByRole("button", { name: "Approve as it is" }).waitFor();
    await shoot("review");
    const streamed = await readTexts(page);
    await page.getByRole("button", { name: "Approve as it is" }).click();
    await page.getByText("Finished", { exact: false }).waitFor();
    await shoot("finished");

    const { output, status } = await readRun(page);
    expect(status).toBe("completed");
    const article = output as unknown as Article;
    expect(article.review).toEqual({ approved: true });
    // From here on the page shows the output; until then it has shown what was streamed.
    const shown = await readTexts(page);
    expect(streamed).toEqual(shown);
    const { calls } = await readCalls();
    for (const { heading, text } of article.sections) {
      expect(shown[heading]).toBe(toShownText(text));
      const asked = calls.filter(({ subject }) => subject === heading);
      expect(asked.at(-1)).toMatchObject({ outcome: "answered", text });
      // What was written when the server died is not asked for again; the rest is, once.
      expect(asked).toHaveLength(written.some(({ key }) => key === heading) ? 1 : 2);
    }
    expect(shown.introduction).toBe(toShownText(article.introduction));
    // What was on the page before the server died was what the article still says.
    for (const before of [beforeReload, beforeKill]) expect(startsWithAll(shown, before)).toBe(true);
    expect(server.output()).toContain("goes on");
  });

  test("is revised once, by a note; a page that is opened later shows it all", async () => {
    await control({ tokenDelayMs: 1 });
    await page.goto(server.url);
    await page.getByRole("button", { name: topic }).click();
    await page.getByLabel("What should change?").fill("Shorter, please");
    await page.getByRole("button", { name: "Revise with this note" }).click();
    await page.getByText("Finished", { exact: false }).waitFor();
    const article = (await readRun(page)).output as unknown as Article;
    expect(article.review).toEqual({ approved: false, note: "Shorter, please" });
    const { calls } = await readCalls();
    let saved = 0;
    for (const { heading, text } of article.sections) {
      const [draft, revised, ...more] = calls.filter(({ subject }) => subject === heading);
      expect(revised).toMatchObject({ kind: "revision", text });
      expect(more).toEqual([]);
      saved += draft!.text.length - text.length;
    }
    expect(saved).toBeGreaterThan(0);

    const phone = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    await phone.goto(page.url());
    await phone.getByText("Finished", { exact: false }).waitFor();
    expect(await readTexts(phone)).toEqual(await readTexts(page));
    expect(await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
    await phone.screenshot({ path: join(screenshots, "finished-phone.png"), fullPage: true });
    await phone.close();
  });

  test("gets past a rate limit, an error and a cut stream, and shows nothing of the attempt that failed", async () => {
    await control({ tokenDelayMs: 1, kind: "section", fault: { fault: "rate_limit", retryAfterSeconds: 0 } });
    await control({ kind: "section", fault: { fault: "cut", afterChunks: 12 } });
    await control({ kind: "outline", fault: { fault: "error" } });
    await page.goto(server.url);
    await page.getByRole("button", { name: topic }).click();
    await page.getByRole("button", { name: "Approve as it is" }).click();
    await page.getByText("Finished", { exact: false }).waitFor();
    const article = (await readRun(page)).output as unknown as Article;
    const shown = await readTexts(page);
    for (const { heading, text } of article.sections) expect(shown[heading]).toBe(toShownText(text));
    expect((await readCalls()).byOutcome).toMatchObject({ rate_limit: 1, cut: 1, error: 1 });
  });

  test("that cannot be written says why, and one that is cancelled stays as it was", async () => {
    await page.goto(server.url);
    await page.getByLabel("What should the article be about?").fill("zyzzyva");
    await page.getByRole("button", { name: "Write it" }).click();
    await page.getByRole("alert").getByText("says anything about “zyzzyva”").waitFor();
    await shoot("failed");

    await page.getByRole("button", { name: "New article" }).click();
    await page.getByRole("button", { name: topic }).click();
    await waitForText(page, 40);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("You cancelled this article").waitFor();
    expect(Object.values(await readTexts(page)).join("").length).toBeGreaterThan(40);
    await expect.poll(async () => (await readCalls()).inFlight).toBe(0);
  });
});

/** Waits until a section that is still being written has that many letters; returns what is shown. */
async function waitForText(of: Page, letters: number): Promise<Texts> {
  await of.waitForFunction(
    (least) =>
      [...document.querySelectorAll("section[data-heading] .is-writing")].some(
        (text) => text.textContent.length > least,
      ),
    letters,
  );
  return await readTexts(of);
}

type Texts = Readonly<Record<string, string>>;

async function readTexts(of: Page): Promise<Texts> {
  return await of.evaluate(() => {
    const texts: Record<string, string> = {};
    for (const section of document.querySelectorAll<HTMLElement>("section[data-heading]")) {
      texts[section.dataset.heading!] = section.querySelector(".prose")?.textContent ?? "";
    }
    texts.introduction = document.querySelector(".introduction .prose")?.textContent ?? "";
    return texts;
  });
}

/** Letters only: Markdown that is not finished looks a little different. */
function startsWithAll(texts: Texts, beginnings: Texts): boolean {
  const letters = (text = "") => text.replaceAll(/[^\p{L}]/gu, "");
  return Object.entries(beginnings).every(([name, beginning]) =>
    letters(texts[name]).startsWith(letters(beginning)),
  );
}

/** The text a browser shows for a Markdown text. */
function toShownText(markdown: string): string {
  const html = renderToStaticMarkup(<Prose>{markdown}</Prose>);
  return html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&");
}

async function readRun(of: Page): Promise<RunView> {
  const runId = [...new URL(of.url()).searchParams.values()][0];
  return (await (await fetch(`${server.url}/runs/${runId}`)).json()) as RunView;
}

async function readCalls(): Promise<CallReport> {
  return (await (await fetch(`${model.url}/calls`)).json()) as CallReport;
}

async function control(body: object): Promise<void> {
  await fetch(`${model.url}/control`, { method: "POST", body: JSON.stringify(body) });
}

async function shoot(name: string): Promise<void> {
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
