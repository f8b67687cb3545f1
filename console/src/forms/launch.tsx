import { DescribeImagesCommand, type Image, RunInstancesCommand } from "@aws-sdk/client-ec2";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { AdvancedSection } from "../launch/advanced-section";
import { launchProblem } from "../launch/check";
import { type LaunchFields, NEW_LAUNCH, withImage } from "../launch/fields";
import { ImageChoice } from "../launch/image-choice";
import { KeySection } from "../launch/key-section";
import { makeGroup } from "../launch/make-group";
import { NameSection } from "../launch/name-section";
import { NetworkSection } from "../launch/network-section";
import { fieldsOf } from "../launch/prefill";
import { beyond, dataOf, runRequest, takenBack } from "../launch/request";
import { StorageSection } from "../launch/storage-section";
import { Summary } from "../launch/summary";
import { type Source, sourceOf, TemplateChoice } from "../launch/template-choice";
import { TypeSection } from "../launch/type-section";
import { mayLaunch, Subscription } from "../marketplace/subscription";
import { useProducts } from "../marketplace/use-products";
import { marketplace, strings, launch as words } from "../strings";
import { FormPage } from "../ui/form-page";
import { useNotices } from "../ui/notices";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";

/** What the address asks to begin with: an image, or a version of a template. */
async function begin(image: string, template: string, version: string) {
  const found = image ? (await ec2(new DescribeImagesCommand({ ImageIds: [image] }))).Images?.[0] : undefined;
  return { image: found, source: template ? await sourceOf(template, version) : undefined };
}

const devicesOf = (image: Image | null | undefined) =>
  (image?.BlockDeviceMappings ?? []).flatMap((each) => each.DeviceName ?? []);

export function Launch() {
  const [search, setSearch] = useSearchParams();
  const go = useNavigate();
  const { say } = useNotices();
  const [fields, setFields] = useState<LaunchFields>(NEW_LAUNCH);
  const change = (changed: Partial<LaunchFields>) => setFields((old) => ({ ...old, ...changed }));
  const [image, setImage] = useState<Image | null>(null);
  const [source, setSource] = useState<Source | null>(null);
  // The group of an attempt that failed later is used again by the next one.
  const [made, setMade] = useState("");
  const asked = [search.get("image"), search.get("template"), search.get("version")];
  const [askedImage = "", template = "", version = ""] = asked.map((each) => each ?? "");
  const { answer: first, problem } = useAnswer(JSON.stringify(asked), () =>
    begin(askedImage, template, version || "$Default"),
  );
  const products = useProducts(image);

  useEffect(() => {
    if (!first) return;
    setSource(first.source ?? null);
    if (first.source) {
      setImage(first.source.image ?? null);
      const filled = fieldsOf(first.source.data, first.source.image);
      setFields((old) => ({
        ...filled,
        type: filled.type || NEW_LAUNCH.type,
        groupMode: filled.groups.length ? "existing" : old.groupMode,
        count: old.count,
      }));
    } else if (first.image) {
      setImage(first.image);
      setFields((old) => ({ ...old, ...withImage(first.image) }));
    }
  }, [first]);

  const devices = devicesOf(image);
  // What the template's own fields would send: only what differs from that is sent.
  const filled = source && fieldsOf(source.data, source.image);
  const wires = source?.data.NetworkInterfaces ?? [];
  const said = filled && dataOf(filled, filled.groups, devicesOf(source?.image), wires.length === 0);
  const dataWith = (groups: string[]) => dataOf(fields, groups, devices, wires.length === 0);
  const chosen = dataWith(fields.groupMode === "new" ? ["new"] : fields.groups);
  const kept = said ? takenBack(chosen, said) : [];
  const unpaid = products.list.find((product) => !mayLaunch(product));

  async function submit() {
    let groups = fields.groups;
    if (fields.groupMode === "new") {
      groups = [made || (await makeGroup(fields))];
      setMade(groups[0] ?? "");
    }
    const data = said ? beyond(dataWith(groups), said) : dataWith(groups);
    const answer = await ec2(
      new RunInstancesCommand(
        runRequest(
          data,
          fields.count,
          source ? { LaunchTemplateId: template, Version: String(source.version.VersionNumber) } : undefined,
        ),
      ),
    );
    say(words.launched((answer.Instances ?? []).map((each) => each.InstanceId).join(", ")), "info");
    go(urls.instances);
  }

  return (
    <FormPage
      title={words.title}
      verb={words.submit}
      reason={
        !first && !problem
          ? strings.loading
          : (launchProblem(fields) ??
            (unpaid ? `${unpaid.Title}: ${marketplace.subscribeFirst}` : null) ??
            (kept.length ? words.kept(kept) : null))
      }
      back={urls.instances}
      submit={submit}
    >
      <Trouble problem={problem ?? products.problem} />
      <NameSection fields={fields} change={change} />
      <TemplateChoice
        template={template}
        version={source ? String(source.version.VersionNumber) : version}
        onChange={(id, number) => setSearch(id ? { template: id, version: number } : {}, { replace: true })}
      />
      <Container header={<Header>{words.image}</Header>}>
        <SpaceBetween size="m">
          <ImageChoice
            chosen={image}
            onChange={(next) => {
              setImage(next);
              change(withImage(next));
            }}
          />
          <Subscription products={products.list} onChange={products.refresh} />
        </SpaceBetween>
      </Container>
      <TypeSection fields={fields} change={change} />
      <KeySection fields={fields} change={change} />
      <NetworkSection fields={fields} change={change} fixed={made !== ""} />
      <StorageSection fields={fields} change={change} />
      <AdvancedSection fields={fields} change={change} />
      <Summary fields={fields} change={change} image={image} />
    </FormPage>
  );
}
