/** A lock that keeps a snapshot from being deleted. */
import { type LockMode, LockSnapshotCommand } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { lockOf } from "../aws/snapshot-lock";
import { isWhole } from "../numbers";
import { columns as col, strings, snapshots as words } from "../strings";
import { Facts, when } from "../ui/details";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

/** api/ec2/snapshot_locks.py: MOST_DAYS, MOST_HOURS. */
const MOST_DAYS = 36500;
const MOST_HOURS = 72;

export function LockSnapshot() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const { answer: now, problem } = useAnswer(id, () => lockOf(id));
  const [mode, setMode] = useState<LockMode>("governance");
  const [days, setDays] = useState("30");
  const [hours, setHours] = useState("");

  async function submit() {
    await ec2(
      new LockSnapshotCommand({
        SnapshotId: id,
        LockMode: mode,
        LockDuration: Number(days),
        CoolOffPeriod: mode === "compliance" && hours ? Number(hours) : undefined,
      }),
    );
    say(words.locked(id));
    go(urls.snapshots);
  }

  return (
    <FormPage
      title={words.lock}
      description={id}
      verb={words.lock}
      reason={
        now === undefined
          ? strings.loading
          : !isWhole(days, 1, MOST_DAYS)
            ? words.lockDaysHint(MOST_DAYS)
            : mode === "compliance" && hours !== "" && !isWhole(hours, 1, MOST_HOURS)
              ? words.coolOffHint(MOST_HOURS)
              : null
      }
      back={urls.snapshots}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          {now && (
            <Facts facts={{ [col.state]: now.LockState, [words.lockUntil]: when(now.LockExpiresOn) }} />
          )}
          <RadioGroup
            ariaLabel={words.lockMode}
            value={mode}
            onChange={({ detail }) => setMode(detail.value as LockMode)}
            items={[
              { value: "governance", label: words.governance, description: words.governanceHint },
              { value: "compliance", label: words.compliance, description: words.complianceHint },
            ]}
          />
          <FormField label={words.lockDays} constraintText={words.lockDaysHint(MOST_DAYS)}>
            <Input type="number" value={days} onChange={({ detail }) => setDays(detail.value)} />
          </FormField>
          {mode === "compliance" && (
            <FormField label={words.coolOff} constraintText={words.coolOffHint(MOST_HOURS)}>
              <Input type="number" value={hours} onChange={({ detail }) => setHours(detail.value)} />
            </FormField>
          )}
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
