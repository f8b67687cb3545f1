import type { Image } from "@aws-sdk/client-ec2";
import {
  CreateImageRecipeCommand,
  type EbsVolumeType,
  GetImageRecipeCommand,
} from "@aws-sdk/client-imagebuilder";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { all, listRecipes, tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { type ChosenComponent, RecipeComponents } from "../builder/recipe-components";
import { ImageChoice } from "../launch/image-choice";
import { forms, recipes as labels, recipeForm as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { RowFields } from "../ui/row-fields";
import { type TagField, TagFields, tagMap } from "../ui/tag-fields";
import { TextField } from "../ui/text-field";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { useSettled } from "../ui/use-settled";
import { urls } from "../urls";
import { isPattern, resolved } from "../versions";
import { VOLUME_TYPES } from "../volume-types";
import { nameReason } from "./resource-name";

interface Volume {
  device: string;
  size: string;
  type: string;
}

export function CreateRecipe() {
  const go = useNavigate();
  const { say } = useNotices();
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  const [name, setName] = useState("");
  const [version, setVersion] = useState("1.0.x");
  const [description, setDescription] = useState("");
  const [byImage, setByImage] = useState(!from);
  const [image, setImage] = useState<Image | null>(null);
  const [parent, setParent] = useState("");
  const [components, setComponents] = useState<ChosenComponent[]>([]);
  const [volumes, setVolumes] = useState<Volume[]>([]);
  const [tags, setTags] = useState<TagField[]>([]);

  const { answer: model, problem } = useAnswer(from, async () =>
    from ? (await imagebuilder(new GetImageRecipeCommand({ imageRecipeArn: from }))).imageRecipe : null,
  );
  useEffect(() => {
    if (!model) return;
    setName(model.name ?? "");
    setDescription(model.description ?? "");
    setParent(model.parentImage ?? "");
    setComponents(
      (model.components ?? []).map(({ componentArn = "", parameters }) => ({
        arn: componentArn,
        values: Object.fromEntries(
          (parameters ?? []).map((each) => [each.name ?? "", each.value?.[0] ?? ""]),
        ),
      })),
    );
    setVolumes(
      (model.blockDeviceMappings ?? []).map(({ deviceName = "", ebs }) => ({
        device: deviceName,
        size: String(ebs?.volumeSize ?? ""),
        type: ebs?.volumeType ?? "gp3",
      })),
    );
  }, [model]);

  const settled = useSettled(name);
  const { answer: existing } = useAnswer(settled, async () =>
    settled ? all((token) => listRecipes([{ Name: "name", Values: [settled] }], token)) : [],
  );
  const versions = (existing ?? []).flatMap((each) => tail(each.arn).split("/")[1] ?? []);
  const base = byImage ? (image?.ImageId ?? "") : parent;

  async function submit() {
    const answer = await imagebuilder(
      new CreateImageRecipeCommand({
        name,
        semanticVersion: version,
        description: description || undefined,
        parentImage: base,
        components: components.map(({ arn, values }) => {
          const given = Object.entries(values).filter(([, value]) => value !== "");
          return {
            componentArn: arn,
            parameters: given.length
              ? given.map(([key, value]) => ({ name: key, value: [value] }))
              : undefined,
          };
        }),
        blockDeviceMappings: volumes.length
          ? volumes.map(({ device, size, type }) => ({
              deviceName: device,
              ebs: { volumeSize: size ? Number(size) : undefined, volumeType: type as EbsVolumeType },
            }))
          : undefined,
        tags: tagMap(tags),
      }),
    );
    say(words.made(tail(answer.imageRecipeArn)));
    go(urls.recipes);
  }

  return (
    <FormPage
      title={labels.create}
      description={words.intro}
      verb={labels.create}
      reason={
        nameReason(name) ??
        (isPattern(version) ? null : words.versionBad) ??
        (base && volumes.every((each) => each.device) ? null : forms.required)
      }
      back={urls.recipes}
      submit={submit}
    >
      <Trouble problem={problem} />
      <Container>
        <SpaceBetween size="m">
          <TextField
            label={words.name}
            errorText={name && nameReason(name)}
            value={name}
            onChange={setName}
          />
          <TextField
            label={words.version}
            description={words.versionHint}
            constraintText={isPattern(version) && words.versionIs(resolved(version, versions))}
            errorText={!isPattern(version) && words.versionBad}
            value={version}
            onChange={(text) => setVersion(text.trim())}
          />
          <TextField label={words.description} value={description} onChange={setDescription} />
        </SpaceBetween>
      </Container>
      <Container header={<Header>{words.baseFrom}</Header>}>
        <SpaceBetween size="m">
          <RadioGroup
            ariaLabel={words.baseFrom}
            value={byImage ? "image" : "another"}
            onChange={({ detail }) => setByImage(detail.value === "image")}
            items={[
              { value: "image", label: words.anImage },
              { value: "another", label: words.another },
            ]}
          />
          {byImage ? (
            <ImageChoice chosen={image} onChange={setImage} />
          ) : (
            <TextField
              label={words.parent}
              constraintText={words.parentHint}
              value={parent}
              onChange={(text) => setParent(text.trim())}
            />
          )}
        </SpaceBetween>
      </Container>
      <RecipeComponents chosen={components} onChange={setComponents} />
      <Container header={<Header description={words.storageHint}>{words.storage}</Header>}>
        <RowFields
          rows={volumes}
          blank={{
            device: volumes.length || !byImage ? "" : (image?.RootDeviceName ?? ""),
            size: "",
            type: "gp3",
          }}
          words={{ add: words.addVolume, remove: words.removeVolume }}
          onChange={setVolumes}
          columns={[
            {
              label: words.device,
              field: (volume, set) => (
                <Input
                  ariaLabel={words.device}
                  value={volume.device}
                  onChange={({ detail }) => set({ ...volume, device: detail.value.trim() })}
                />
              ),
            },
            {
              label: words.size,
              field: (volume, set) => (
                <Input
                  type="number"
                  ariaLabel={words.size}
                  value={volume.size}
                  onChange={({ detail }) => set({ ...volume, size: detail.value })}
                />
              ),
            },
            {
              label: words.type,
              field: (volume, set) => (
                <Select
                  ariaLabel={words.type}
                  selectedOption={{ value: volume.type, label: volume.type }}
                  options={VOLUME_TYPES.map((value) => ({ value, label: value }))}
                  onChange={({ detail }) => set({ ...volume, type: detail.selectedOption.value ?? "" })}
                />
              ),
            },
          ]}
        />
      </Container>
      <Container>
        <TagFields tags={tags} onChange={setTags} />
      </Container>
    </FormPage>
  );
}
