/** Instead of a page that failed to show itself: a sentence, and the way on. The navigation stays. */
import Alert from "@cloudscape-design/components/alert";
import AppLayout from "@cloudscape-design/components/app-layout";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import { Component, type ReactNode } from "react";
import { strings } from "../strings";
import { useLayout } from "./layout";

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
  const content = (
    <Alert
      type="error"
      action={<Button onClick={() => location.reload()}>{strings.mishap.reload}</Button>}
      header={<Header variant="h1">{strings.mishap.title}</Header>}
    >
      {strings.mishap.why} {why}
    </Alert>
  );
  return <AppLayout {...useLayout()} content={content} />;
}
