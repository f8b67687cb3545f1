import { EnableImageDeprecationCommand } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { deprecating as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { urls } from "../urls";

const DAY = 24 * 3600 * 1000;
/** api/ec2/image_retirement.py: in the future, and at most ten years ahead. */
const MOST_DAYS = 3652;

const dayOf = (ahead: number) => new Date(Date.now() + ahead * DAY).toISOString().slice(0, 10);

export function DeprecateImage() {
  const { id = "" } = useParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [day, setDay] = useState(() => dayOf(365));
  const fits = day > dayOf(0) && day <= dayOf(MOST_DAYS);

  async function submit() {
    const DeprecateAt = new Date(`${day}T00:00:00Z`);
    await ec2(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt }));
    say(words.done(id, day));
    go(urls.image(id));
  }

  return (
    <FormPage
      title={words.title}
      description={words.intro}
      verb={words.submit}
      reason={fits ? null : words.bad}
      back={urls.images}
      submit={submit}
    >
      <Container>
        <FormField label={words.day} constraintText={words.hint} errorText={!fits && words.bad}>
          <DatePicker
            value={day}
            onChange={({ detail }) => setDay(detail.value)}
            isDateEnabled={(date) => date > new Date() && Number(date) < Date.now() + MOST_DAYS * DAY}
            openCalendarAriaLabel={(chosen) => `${words.choose}${chosen ? `, ${chosen}` : ""}`}
          />
        </FormField>
      </Container>
    </FormPage>
  );
}
