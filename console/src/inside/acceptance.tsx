/**
 * Where the server shares nothing that has findings (its setting share_gate), the owner may accept a report:
 * then the image may be shared all the same, and who did so, when and why is kept.
 */
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type FormEvent, useState } from "react";
import { acceptFindings, type Inspection } from "../aws/inspections";
import { forms, hygiene as words } from "../strings";
import { useNotices } from "../ui/notices";

export function Acceptance({ inspection }: { inspection: Inspection }) {
  const { fail } = useNotices();
  const [accepted, setAccepted] = useState(inspection.AcceptedReason);
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");

  async function accept(event: FormEvent) {
    event.preventDefault();
    if (!reason) return;
    try {
      await acceptFindings(inspection.InspectionId, reason);
      setAccepted(reason);
    } catch (error) {
      fail(words.accept, error);
    }
  }

  if (accepted) return <StatusIndicator type="info">{words.accepted(accepted)}</StatusIndicator>;
  if (!asking) return <Button onClick={() => setAsking(true)}>{words.accept}</Button>;
  return (
    <form onSubmit={(event) => void accept(event)}>
      <FormField label={words.acceptWhy} description={words.acceptHint}>
        <SpaceBetween direction="horizontal" size="xs">
          <Input value={reason} autoFocus onChange={({ detail }) => setReason(detail.value)} />
          <Button variant="primary" formAction="submit" disabled={!reason} disabledReason={forms.required}>
            {words.accept}
          </Button>
          <Button variant="link" formAction="none" onClick={() => setAsking(false)}>
            {forms.cancel}
          </Button>
        </SpaceBetween>
      </FormField>
    </form>
  );
}
