import {
  CreateDistributionConfigurationCommand,
  type DistributionConfiguration,
  GetDistributionConfigurationCommand,
  UpdateDistributionConfigurationCommand,
} from "@aws-sdk/client-imagebuilder";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { imagebuilder } from "../aws/imagebuilder";
import { regionNames } from "../aws/regions";
import { retag } from "../aws/retag";
import { region, session } from "../aws/session";
import { RegionSection } from "../builder/distribution-region";
import { distributionOf, placeOf, placeProblem } from "../builder/distribution-rules";
import { NameFields } from "../builder/name-fields";
import { forms, strings, distributionForm as words } from "../strings";
import { tagProblem, tagsProblem } from "../tag-rules";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { TagFields, tagFields, tagMap } from "../ui/tag-fields";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { WaitingPage } from "../ui/waiting-page";
import { urls } from "../urls";
import { descriptionReason, nameReason } from "./resource-name";

export function CreateDistribution() {
  return <DistributionForm title={words.create} verb={words.create} before={null} />;
}

export function EditDistribution() {
  const arn = useSearchParams()[0].get("arn") ?? "";
  const { answer, problem } = useAnswer(arn, () =>
    imagebuilder(new GetDistributionConfigurationCommand({ distributionConfigurationArn: arn })),
  );
  const before = answer?.distributionConfiguration;
  if (before) return <DistributionForm title={words.edit} verb={forms.save} before={before} />;
  return <WaitingPage title={words.edit} problem={problem} />;
}

function DistributionForm({
  title,
  verb,
  before,
}: {
  title: string;
  verb: string;
  before: DistributionConfiguration | null;
}) {
  const go = useNavigate();
  const { say } = useNotices();
  const own = session.current()?.account ?? "";
  const [name, setName] = useState(before?.name ?? "");
  const [description, setDescription] = useState(before?.description ?? "");
  const [places, setPlaces] = useState(
    (before?.distributions ?? [{ region: region.current() }]).map(placeOf),
  );
  const [tags, setTags] = useState(tagFields(before?.tags));
  const { answer: regions, problem } = useAnswer("regions", regionNames);
  const taken = places.map((each) => each.distribution.region);
  const free = (regions ?? []).filter((each) => !taken.includes(each));

  async function submit() {
    const said = { description: description || undefined, distributions: places.map(distributionOf) };
    if (before) {
      const arn = before.arn ?? "";
      await imagebuilder(
        new UpdateDistributionConfigurationCommand({ distributionConfigurationArn: arn, ...said }),
      );
      await retag(arn, before.tags, tagMap(tags));
    } else {
      await imagebuilder(new CreateDistributionConfigurationCommand({ name, ...said, tags: tagMap(tags) }));
    }
    say(words.saved(name));
    go(urls.distribution(name));
  }

  return (
    <FormPage
      title={title}
      description={words.intro}
      verb={verb}
      reason={
        nameReason(name) ??
        descriptionReason(description) ??
        places.map((each) => placeProblem(each, own)).find((reason) => reason !== null) ??
        tagsProblem(tags)
      }
      back={urls.distributions}
      submit={submit}
    >
      <Trouble problem={problem} />
      <NameFields
        name={name}
        onName={before ? null : setName}
        description={description}
        onDescription={setDescription}
      />
      {places.map((place, at) => (
        <RegionSection
          // biome-ignore lint/suspicious/noArrayIndexKey: a section keeps nothing of its own, and its Region may change
          key={at}
          place={place}
          own={own}
          regions={[place.distribution.region ?? "", ...free]}
          onChange={(changed) => setPlaces(places.map((each, other) => (other === at ? changed : each)))}
          onRemove={places.length > 1 ? () => setPlaces(places.filter((_, other) => other !== at)) : null}
        />
      ))}
      <Button
        formAction="none"
        iconName="add-plus"
        disabled={free.length === 0}
        onClick={() => setPlaces([...places, placeOf({ region: free[0] })])}
      >
        {words.addRegion}
      </Button>
      <Container header={<Header>{strings.tags.title}</Header>}>
        <TagFields tags={tags} problem={(tag) => tagProblem(tag, tags)} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
