/** A page with one form: its fields, what the server refused, Cancel and the verb. */
import AppLayout from "@cloudscape-design/components/app-layout";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { useNavigate } from "react-router-dom";
import { type Problem, problemOf } from "../aws/errors";
import { forms, strings } from "../strings";
import { useLayout } from "./layout";
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
  const layout = useLayout();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    document.title = `${title} · ${strings.product}`;
  }, [title]);

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
    <AppLayout
      {...layout}
      contentType="form"
      content={
        <ContentLayout
          header={
            <Header variant="h1" description={description}>
              {title}
            </Header>
          }
        >
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
        </ContentLayout>
      }
    />
  );
}
