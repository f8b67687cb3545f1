import {
  type _InstanceType,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  type Image,
  type IpPermission,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { columns as col, forms, strings } from "../strings";
import { Facts } from "../ui/details";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { type TagField, TagFields, tagsOf } from "../ui/tag-fields";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { ImageChoice } from "./image-choice";

const words = forms.launch;

/** The rules of the boxes that are ticked. */
export function ingressOf(ssh: boolean, https: boolean, http: boolean, from: string): IpPermission[] {
  const open = (port: number, CidrIp: string): IpPermission => ({
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    IpRanges: [{ CidrIp }],
  });
  return [
    ...(ssh ? [open(22, from)] : []),
    ...(https ? [open(443, "0.0.0.0/0")] : []),
    ...(http ? [open(80, "0.0.0.0/0")] : []),
  ];
}

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function choices() {
  const [types, keys, groups] = await Promise.all([
    ec2(new DescribeInstanceTypesCommand({})),
    ec2(new DescribeKeyPairsCommand({})),
    ec2(new DescribeSecurityGroupsCommand({})),
  ]);
  const sorted = (types.InstanceTypes ?? []).sort(
    (a, b) => (a.MemoryInfo?.SizeInMiB ?? 0) - (b.MemoryInfo?.SizeInMiB ?? 0),
  );
  return { types: sorted, keys: keys.KeyPairs ?? [], groups: groups.SecurityGroups ?? [] };
}

export function Launch() {
  const [search] = useSearchParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [name, setName] = useState("");
  const [tags, setTags] = useState<TagField[]>([]);
  const [image, setImage] = useState<Image | null>(null);
  const [type, setType] = useState("t3.micro");
  const [key, setKey] = useState("");
  const [groupMode, setGroupMode] = useState("new");
  const [groups, setGroups] = useState<string[]>([]);
  const [ssh, setSsh] = useState(true);
  const [https, setHttps] = useState(false);
  const [http, setHttp] = useState(false);
  const [from, setFrom] = useState("0.0.0.0/0");
  const [size, setSize] = useState("");
  const [deleteRoot, setDeleteRoot] = useState(true);
  const [userData, setUserData] = useState("");
  const [tokens, setTokens] = useState(true);
  const [count, setCount] = useState("1");
  // The group of an attempt that failed later is used again by the next one.
  const [made, setMade] = useState("");
  const { answer, problem } = useAnswer("choices", choices);
  const asked = search.get("image");
  const given = useAnswer(asked ?? "", async () =>
    asked ? (await ec2(new DescribeImagesCommand({ ImageIds: [asked] }))).Images?.[0] : undefined,
  );
  const chosen = image ?? given.answer ?? null;
  const root = chosen?.BlockDeviceMappings?.find((each) => each.DeviceName === chosen.RootDeviceName);
  const least = root?.Ebs?.VolumeSize ?? 1;

  async function groupIds(): Promise<string[]> {
    if (groupMode === "existing") return groups;
    if (made) return [made];
    const stamp = new Date().toISOString().replace(/[:.]/g, "-");
    const group = await ec2(
      new CreateSecurityGroupCommand({
        GroupName: `launch-wizard-${stamp}`,
        Description: words.groupDescription,
      }),
    );
    const GroupId = group.GroupId ?? "";
    const IpPermissions = ingressOf(ssh, https, http, from);
    if (IpPermissions.length) await ec2(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    setMade(GroupId);
    return [GroupId];
  }

  async function submit() {
    const Tags = tagsOf([{ key: name ? "Name" : "", value: name }, ...tags]);
    const number = Number(count);
    const answer = await ec2(
      new RunInstancesCommand({
        ImageId: chosen?.ImageId,
        InstanceType: type as _InstanceType,
        KeyName: key || undefined,
        MinCount: number,
        MaxCount: number,
        SecurityGroupIds: await groupIds(),
        UserData: userData ? base64(userData) : undefined,
        MetadataOptions: { HttpTokens: tokens ? "required" : "optional" },
        BlockDeviceMappings: root && [
          {
            DeviceName: chosen?.RootDeviceName,
            Ebs: { VolumeSize: size ? Number(size) : undefined, DeleteOnTermination: deleteRoot },
          },
        ],
        TagSpecifications: Tags && [
          { ResourceType: "instance", Tags },
          { ResourceType: "volume", Tags },
        ],
      }),
    );
    say(words.launched((answer.Instances ?? []).map((each) => each.InstanceId).join(", ")), "info");
    go(urls.instances);
  }

  const keyOptions = [
    { value: "", label: words.noKey },
    ...(answer?.keys ?? []).map((each) => ({ value: each.KeyName ?? "", label: each.KeyName })),
  ];
  const typeOptions = (answer?.types ?? []).map((each) => ({
    value: each.InstanceType ?? "",
    label: each.InstanceType,
    description: words.typeText(each.VCpuInfo?.DefaultVCpus ?? 0, each.MemoryInfo?.SizeInMiB ?? 0),
  }));
  const groupOptions = (answer?.groups ?? []).map((each) => ({
    value: each.GroupId ?? "",
    label: each.GroupName,
    description: each.GroupId,
  }));
  const tooSmall = size !== "" && !(Number(size) >= least);

  return (
    <FormPage
      title={words.title}
      verb={words.submit}
      reason={
        !chosen
          ? words.pickImage
          : tooSmall
            ? words.rootSizeHint(least)
            : !(Number(count) >= 1)
              ? `${words.count}: 1`
              : groupMode === "existing" && groups.length === 0
                ? words.groups
                : null
      }
      back={urls.instances}
      submit={submit}
    >
      <Trouble problem={problem ?? given.problem} />
      <Container header={<Header>{words.nameTags}</Header>}>
        <SpaceBetween size="m">
          <FormField label={words.name}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <TagFields tags={tags} onChange={setTags} />
        </SpaceBetween>
      </Container>
      <Container header={<Header>{words.image}</Header>}>
        <ImageChoice chosen={chosen} onChange={setImage} />
      </Container>
      <Container header={<Header>{words.type}</Header>}>
        <FormField label={words.type}>
          <Select
            selectedOption={typeOptions.find((each) => each.value === type) ?? null}
            options={typeOptions}
            filteringType="auto"
            onChange={({ detail }) => setType(detail.selectedOption.value ?? "")}
          />
        </FormField>
      </Container>
      <Container
        header={
          <Header
            actions={
              <Button formAction="none" onClick={() => go(urls.createKeyPair)}>
                {words.newKey}
              </Button>
            }
          >
            {words.keyPair}
          </Header>
        }
      >
        <FormField label={col.keyPair}>
          <Select
            selectedOption={keyOptions.find((each) => each.value === key) ?? null}
            options={keyOptions}
            onChange={({ detail }) => setKey(detail.selectedOption.value ?? "")}
          />
        </FormField>
      </Container>
      <Container header={<Header>{words.network}</Header>}>
        <SpaceBetween size="m">
          <RadioGroup
            ariaLabel={words.groups}
            value={groupMode}
            onChange={({ detail }) => setGroupMode(detail.value)}
            items={[
              { value: "new", label: words.createGroup },
              { value: "existing", label: words.existingGroup },
            ]}
          />
          {groupMode === "new" ? (
            <SpaceBetween size="xs">
              <Checkbox
                checked={ssh}
                disabled={made !== ""}
                onChange={({ detail }) => setSsh(detail.checked)}
              >
                {words.ssh}
              </Checkbox>
              {ssh && (
                <FormField label={words.sshFrom}>
                  <Input
                    value={from}
                    disabled={made !== ""}
                    onChange={({ detail }) => setFrom(detail.value)}
                  />
                </FormField>
              )}
              <Checkbox
                checked={https}
                disabled={made !== ""}
                onChange={({ detail }) => setHttps(detail.checked)}
              >
                {words.https}
              </Checkbox>
              <Checkbox
                checked={http}
                disabled={made !== ""}
                onChange={({ detail }) => setHttp(detail.checked)}
              >
                {words.http}
              </Checkbox>
            </SpaceBetween>
          ) : (
            <FormField label={words.groups}>
              <Multiselect
                selectedOptions={groupOptions.filter((each) => groups.includes(each.value))}
                options={groupOptions}
                onChange={({ detail }) => setGroups(detail.selectedOptions.map((each) => each.value ?? ""))}
              />
            </FormField>
          )}
        </SpaceBetween>
      </Container>
      <Container header={<Header>{words.storage}</Header>}>
        <SpaceBetween size="m">
          <FormField
            label={words.rootSize}
            constraintText={words.rootSizeHint(least)}
            errorText={tooSmall && words.rootSizeHint(least)}
          >
            <Input
              type="number"
              value={size}
              placeholder={String(least)}
              onChange={({ detail }) => setSize(detail.value)}
            />
          </FormField>
          <Checkbox checked={deleteRoot} onChange={({ detail }) => setDeleteRoot(detail.checked)}>
            {words.deleteRoot}
          </Checkbox>
        </SpaceBetween>
      </Container>
      <ExpandableSection variant="container" headerText={words.advanced}>
        <SpaceBetween size="m">
          <Checkbox checked={tokens} onChange={({ detail }) => setTokens(detail.checked)}>
            {words.tokens}
          </Checkbox>
          <FormField label={words.userData} constraintText={words.userDataHint}>
            <Textarea value={userData} rows={8} onChange={({ detail }) => setUserData(detail.value)} />
          </FormField>
        </SpaceBetween>
      </ExpandableSection>
      <Container header={<Header>{words.summary}</Header>}>
        <SpaceBetween size="m">
          <FormField label={words.count}>
            <Input type="number" value={count} onChange={({ detail }) => setCount(detail.value)} />
          </FormField>
          <Facts
            facts={{
              [col.image]: chosen && `${chosen.Name} (${chosen.ImageId})`,
              [col.type]: type,
              [col.keyPair]: key,
              [col.groups]: groupMode === "new" ? words.createGroup : groups.join(", "),
              [col.size]: `${size || least} ${strings.units.gib}`,
            }}
          />
          <Box />
        </SpaceBetween>
      </Container>
    </FormPage>
  );
}
