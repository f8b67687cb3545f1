/** Sign-in by the link of `amiable console`, or by an access key. */
import Alert from "@cloudscape-design/components/alert";
import AppLayout from "@cloudscape-design/components/app-layout";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type Problem, problemOf } from "../aws/errors";
import { session } from "../aws/session";
import { withKey, withLink } from "../aws/sign-in";
import { strings } from "../strings";

export function SignIn({ token, onDone }: { token: string | null; onDone: () => void }) {
  const [key, setKey] = useState("");
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(token !== null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const traded = useRef(false);

  useEffect(() => {
    // A link works once, and React's strict mode runs effects twice.
    if (token === null || traded.current) return;
    traded.current = true;
    withLink(token).then(
      (started) => {
        session.start(started);
        onDone();
      },
      (error) => {
        setProblem(problemOf(error));
        setBusy(false);
      },
    );
  }, [token, onDone]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      session.start(await withKey(key.trim(), secret.trim()));
      onDone();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  }

  return (
    <AppLayout
      navigationHide
      toolsHide
      contentType="form"
      content={
        <form onSubmit={(event) => void submit(event)}>
          <Form
            header={
              <Header variant="h1" description={session.current() && !token && strings.signIn.another}>
                {strings.signIn.title}
              </Header>
            }
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {session.current() ? (
                  <Button variant="link" formAction="none" onClick={onDone}>
                    {strings.signIn.back}
                  </Button>
                ) : (
                  session.others().map((account) => (
                    <Button key={account} formAction="none" onClick={() => session.switchTo(account)}>
                      {strings.signIn.goOn(account)}
                    </Button>
                  ))
                )}
                <Button variant="primary" formAction="submit" loading={busy} disabled={!key || !secret}>
                  {strings.signIn.submit}
                </Button>
              </SpaceBetween>
            }
          >
            <SpaceBetween size="m">
              {problem ? (
                <Alert type="error" header={problem.code}>
                  {problem.message} {problem.hint}
                </Alert>
              ) : (
                session.why() && (
                  <Alert type="info" header={strings.signIn.ended}>
                    {session.why()}
                  </Alert>
                )
              )}
              <Container>
                <SpaceBetween size="m">
                  <FormField label={strings.signIn.accessKey}>
                    <Input
                      value={key}
                      onChange={({ detail }) => setKey(detail.value)}
                      autoComplete="username"
                    />
                  </FormField>
                  <FormField label={strings.signIn.secret} description={strings.signIn.note}>
                    <Input
                      type="password"
                      value={secret}
                      onChange={({ detail }) => setSecret(detail.value)}
                      autoComplete="off"
                    />
                  </FormField>
                  <Box color="text-body-secondary">{strings.signIn.linkHint}</Box>
                </SpaceBetween>
              </Container>
            </SpaceBetween>
          </Form>
        </form>
      }
    />
  );
}
