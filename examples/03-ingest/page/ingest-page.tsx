import { hasEnded } from "@alder/core/protocol";
import { Ending } from "../../shared/page/ending.tsx";
import { Masthead } from "../../shared/page/masthead.tsx";
import { Problem } from "../../shared/page/problem.tsx";
import { Figures } from "./figures.tsx";
import { Happening } from "./happening.tsx";
import { Headline } from "./headline.tsx";
import type { IngestRun } from "./ingest-run.ts";
import { toIngestView } from "./ingest-view.ts";
import { Mosaic } from "./mosaic.tsx";
import { OnboardingForm } from "./onboarding-form.tsx";
import { Profile } from "./profile.tsx";

export function IngestPage({ run }: { run: IngestRun }) {
  const isIdle = run.status === "idle";
  return (
    <div className="frame">
      <Masthead
        connection={run.connection}
        onNew={isIdle ? undefined : () => run.reset()}
        newLabel="New customer"
      />
      <main>
        {isIdle ? (
          <OnboardingForm
            isStarting={run.isStarting}
            onStart={(onboarding) => {
              // What was read for one customer is cached for this one only, and none waits for all of another's calls.
              void run.start(onboarding, { tenant: onboarding.customer });
            }}
          />
        ) : (
          <Onboarding run={run} />
        )}
        {isIdle && run.connectionError && <Problem title="That did not start" error={run.connectionError} />}
      </main>
    </div>
  );
}

const endings = {
  failed: "The profile could not be made",
  cancelled: "You cancelled this",
  unreadable: "This cannot be read",
};

function Onboarding({ run }: { run: IngestRun }) {
  const view = toIngestView(run);
  const isGrowing = run.status !== "idle" && !hasEnded(run.status);
  return (
    <div className="columns">
      <div className="panel">
        <Headline run={run} view={view} />
        <Figures run={run} view={view} />
        <Mosaic documents={view.documents} />
        <Happening now={view.now} />
      </div>
      <div>
        <Ending run={run} titles={endings} kept="What was read until then is kept, and is not read again." />
        <Profile view={view} output={run.output} isGrowing={isGrowing} />
      </div>
    </div>
  );
}
