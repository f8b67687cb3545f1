import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { listProducts, type UsageReport, usageOf } from "../aws/marketplace";
import { dollars, total } from "../money";
import { marketplace as words } from "../strings";
import { Rows } from "../ui/details";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { monthSoFar, period } from "./period";

export function UsageAndCost() {
  const [{ first, last }, setDays] = useState(monthSoFar(new Date()));
  const [publisher, setPublisher] = useState(false);
  const asked = period(first, last);
  const products = useAnswer("products", () => listProducts());
  const { answer, problem } = useAnswer(
    `${first} ${last} ${publisher}`,
    async (): Promise<UsageReport> => (asked ? usageOf(asked.since, asked.until, publisher) : { Usage: [] }),
  );
  const titleOf = (code: string) => products.answer?.find((each) => each.ProductCode === code)?.Title ?? code;
  const hours = answer?.Usage ?? [];
  const units = answer?.MeteredUsage ?? [];
  const day = (label: string, value: string, choose: (value: string) => void) => (
    <FormField label={label} errorText={asked ? undefined : words.badPeriod}>
      <DatePicker
        value={value}
        ariaLabel={label}
        openCalendarAriaLabel={() => label}
        onChange={({ detail }) => choose(detail.value)}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="l">
      <Trouble problem={problem ?? products.problem} />
      <SpaceBetween direction="horizontal" size="l">
        {day(words.since, first, (value) => setDays({ first: value, last }))}
        {day(words.until, last, (value) => setDays({ first, last: value }))}
        <Toggle checked={publisher} onChange={({ detail }) => setPublisher(detail.checked)}>
          {words.publisherView}
        </Toggle>
      </SpaceBetween>
      <Container header={<Header>{words.total}</Header>}>
        <Box variant="awsui-value-large">
          {dollars(total([...hours, ...units].map((each) => each.Amount)))}
        </Box>
        {answer && hours.length + units.length === 0 && <Box>{words.noUsage}</Box>}
      </Container>
      <Container header={<Header>{words.hoursTitle}</Header>}>
        <Rows
          caption={words.hoursTitle}
          columns={[words.account, words.product, words.region, words.type, words.time, words.amount]}
          rows={hours.map((each) => [
            each.AccountId,
            titleOf(each.ProductCode),
            each.Region,
            each.InstanceType,
            words.duration(each.Seconds),
            dollars(each.Amount),
          ])}
        />
      </Container>
      <Container header={<Header>{words.meteredTitle}</Header>}>
        <Rows
          caption={words.meteredTitle}
          columns={[words.account, words.product, words.dimension, words.quantity, words.amount]}
          rows={units.map((each) => [
            each.AccountId,
            titleOf(each.ProductCode),
            each.Dimension,
            each.Quantity,
            dollars(each.Amount),
          ])}
        />
      </Container>
    </SpaceBetween>
  );
}
