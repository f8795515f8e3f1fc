import { defineConfig } from "vitest/config";

// Tests run the packages' sources: no build is needed, and none can be stale.
const conditions = ["alder-source"];
const browserTests = "{packages,examples}/*/test/browser/**/*.test.{ts,tsx}";

/** A project whose tests run in Node, unless a file's docblock asks for happy-dom. */
const project = (name: string, folder: string) => ({
  extends: true as const,
  test: {
    name,
    include: [`${folder}/test/**/*.test.{ts,tsx}`],
    exclude: ["**/node_modules/**", browserTests],
  },
});

const onRedis = { ALDER_TEST_STORE: "redis" };

const browserProject = (name: string, include: string, env: Record<string, string> = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [include],
    env,
    // A browser, a server and a page at once: one file at a time is faster than two that starve each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

export default defineConfig({
  resolve: { conditions: [...conditions, "module", "browser", "development|production"] },
  ssr: { resolve: { conditions: [...conditions, "module", "node", "development|production"] } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    env: { NODE_ENV: "test" },
    coverage: { include: ["packages/*/src/**"] },
    projects: [
      project("core", "packages/core"),
      project("server", "packages/server"),
      project("react-client", "packages/react-client"),
      project("examples", "examples/*"),
      project("docs", "docs"),
      project("benchmarks", "benchmarks"),
      {
        extends: true,
        test: {
          name: "on-redis",
          // Files that say by `openTestStore` that any store will do.
          include: [
            "packages/core/test/engine/proof/on-store.test.ts",
            "examples/02-article/test/article.test.ts",
            "packages/core/test/worker/{worker,lease,crash,limits,shared-cache}.test.{ts,tsx}",
            "packages/core/test/client/{store-client,view-cache}.test.ts",
            "packages/server/test/{accept-and-retry,event-source,large-runs,other-process}.test.ts",
            "packages/server/test/{readers,runs,signals,start-run,streams}.test.ts",
            "packages/react-client/test/hooks/{accept-and-retry,callbacks,hydrate,killed-application}.test.tsx",
            "packages/react-client/test/hooks/{network,other-workflow,persist,use-workflow-run}.test.tsx",
            "packages/react-client/test/stream/cut-stream.test.ts",
          ],
          env: onRedis,
        },
      },
      {
        extends: true,
        test: {
          name: "on-cluster",
          include: ["examples/02-article/test/article.test.ts", "packages/core/test/worker/worker.test.tsx"],
          env: { ALDER_TEST_STORE: "cluster" },
          hookTimeout: 60_000,
        },
      },
      browserProject("browser-e2e", browserTests),
      browserProject("browser-on-redis", "examples/02-article/test/browser/article.test.tsx", onRedis),
    ],
  },
});
