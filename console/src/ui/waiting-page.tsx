/** Instead of a form, until what it is about is there: that it is asked for, or why it is not there. */
import type { Problem } from "../aws/errors";
import { strings } from "../strings";
import { Page } from "./page";
import { Trouble } from "./trouble";

export function WaitingPage({ title, problem }: { title: string; problem: Problem | null }) {
  return (
    <Page title={title} contentType="form">
      {problem ? <Trouble problem={problem} /> : strings.loading}
    </Page>
  );
}
