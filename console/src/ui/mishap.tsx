/** Instead of a page that failed to show itself: a sentence, and the way on. The navigation stays. */
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";
import { strings } from "../strings";
import { Page } from "./page";

/** React tells of such failures only a class. Give it another `key` and it tries anew. */
export class Mishap extends Component<{ children: ReactNode }, { failed: string | null }> {
  override state = { failed: null };

  static getDerivedStateFromError(error: unknown) {
    return { failed: String(error) };
  }

  override render() {
    return this.state.failed === null ? this.props.children : <Failed why={this.state.failed} />;
  }
}

function Failed({ why }: { why: string }) {
  return (
    <Page title={strings.mishap.title}>
      <Alert type="error" action={<Button onClick={() => location.reload()}>{strings.mishap.reload}</Button>}>
        {strings.mishap.why} {why}
      </Alert>
    </Page>
  );
}
