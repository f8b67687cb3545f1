import {
  DescribeInstancesCommand,
  EnableSerialConsoleAccessCommand,
  GetSerialConsoleAccessStatusCommand,
} from "@aws-sdk/client-ec2";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { Suspense, useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import type { Problem } from "../aws/errors";
import { region } from "../aws/session";
import { tagOf } from "../list/filters";
import { connectInstance } from "../rules";
import { terminal as words } from "../strings";
import { useNotices } from "../ui/notices";
import { onDemand } from "../ui/on-demand";
import { Page } from "../ui/page";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

// The emulator is loaded when somebody connects.
const SerialTerminal = onDemand(async () => (await import("../ui/serial-terminal")).default);

export function Connect() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { fail } = useNotices();
  const [attempt, setAttempt] = useState(0);
  const [open, setOpen] = useState(false);
  const [ended, setEnded] = useState<Problem | null>(null);
  const { answer, problem } = useAnswer(`${id} ${attempt}`, async () => {
    const [found, access] = await Promise.all([
      ec2(new DescribeInstancesCommand({ InstanceIds: [id] })),
      ec2(new GetSerialConsoleAccessStatusCommand({})),
    ]);
    return {
      instance: found.Reservations?.[0]?.Instances?.[0] ?? {},
      allowed: access.SerialConsoleAccessEnabled ?? false,
    };
  });
  const reason = answer && connectInstance(answer.instance);
  const name = tagOf(answer?.instance.Tags, "Name");

  function again() {
    setEnded(null);
    setOpen(false);
    setAttempt(attempt + 1);
  }

  function allow() {
    ec2(new EnableSerialConsoleAccessCommand({}))
      .then(again)
      .catch((error) => fail(words.allow, error));
  }

  return (
    <Page
      title={words.title(name ? `${name} (${id})` : id)}
      tab={`${words.connect} ${id}`}
      description={words.intro}
      actions={<Button onClick={() => go(urls.instance(id))}>{words.back}</Button>}
    >
      <SpaceBetween size="m">
        <Trouble problem={problem} />
        {answer && !answer.allowed && (
          <Alert
            type="info"
            header={words.off(region.current())}
            action={<Button onClick={allow}>{words.allow}</Button>}
          >
            {words.offBody}
          </Alert>
        )}
        {reason && (
          <Alert type="warning" action={<Button onClick={again}>{words.reconnect}</Button>}>
            {reason}
          </Alert>
        )}
        {answer?.allowed && !reason && (
          <>
            {ended && (
              <Alert
                type="warning"
                header={words.ended}
                action={<Button onClick={again}>{words.reconnect}</Button>}
              >
                {ended.code}: {ended.message} {ended.hint}
              </Alert>
            )}
            <LiveRegion>
              <StatusIndicator type={ended ? "stopped" : open ? "success" : "in-progress"}>
                {ended ? words.disconnected : open ? words.connected : words.connecting}
              </StatusIndicator>
            </LiveRegion>
            <Suspense fallback={null}>
              <SerialTerminal key={attempt} instanceId={id} onOpen={() => setOpen(true)} onEnd={setEnded} />
            </Suspense>
            <Box color="text-body-secondary" fontSize="body-s">
              {words.keys}
            </Box>
          </>
        )}
      </SpaceBetween>
    </Page>
  );
}
