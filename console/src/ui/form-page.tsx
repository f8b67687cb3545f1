/** A page with one form: its fields, what the server refused, Cancel and the verb. */
import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useState } from "react";
import { useNavigate } from "react-router-dom";
import { type Problem, problemOf } from "../aws/errors";
import { forms } from "../strings";
import { Page } from "./page";
import { Trouble } from "./trouble";

interface Props {
  title: string;
  description?: string;
  verb: string;
  /** Why it cannot be sent yet, shown on the button. */
  reason: string | null;
  back: string;
  submit: () => Promise<void>;
  children: ReactNode;
}

export function FormPage({ title, description, verb, reason, back, submit, children }: Props) {
  const go = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function send(event: FormEvent) {
    event.preventDefault();
    if (reason || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await submit();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Page title={title} description={description} contentType="form">
      <form onSubmit={(event) => void send(event)}>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={() => go(back)}>
                {forms.cancel}
              </Button>
              <Button
                variant="primary"
                formAction="submit"
                loading={busy}
                disabled={reason !== null}
                disabledReason={reason ?? undefined}
              >
                {verb}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Trouble problem={problem} />
            {children}
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
