import {
  type Instance,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { listInstances } from "../aws/lists";
import { tagOf } from "../list/filters";
import { one } from "../list/one";
import { type Action, ResourcePage } from "../list/resource-page";
import * as rules from "../rules";
import { columns as col, strings, terminal, instances as words } from "../strings";
import { when } from "../ui/details";
import { Link } from "../ui/link";
import { useNotices } from "../ui/notices";
import { State } from "../ui/state";
import { urls } from "../urls";
import { InstanceDetails } from "./instance-details";

const ids = (selected: Instance[]) => selected.map((instance) => instance.InstanceId ?? "");

export function Instances() {
  const go = useNavigate();
  return (
    <ResourcePage<Instance>
      title={words.title}
      fetch={listInstances}
      id={(instance) => instance.InstanceId ?? ""}
      idFilter="instance-id"
      moving={(instance) => rules.isMoving(instance.State?.Name)}
      primary={{ text: words.launch, act: () => go(urls.launch) }}
      actions={useActions()}
      details={(instance) => <InstanceDetails instance={instance} />}
      properties={[
        ["tag:Name", col.name],
        ["instance-id", col.id],
        [
          "instance-state-name",
          col.state,
          ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"],
        ],
        ["instance-type", col.type],
        ["image-id", col.image],
        ["availability-zone", col.zone],
        ["ip-address", col.publicIp],
        ["private-ip-address", col.privateIp],
        ["key-name", col.keyPair],
      ]}
      columns={[
        {
          id: "name",
          header: col.name,
          cell: (i) => tagOf(i.Tags, "Name") || strings.none,
          isRowHeader: true,
          width: 180,
        },
        { id: "id", header: col.id, cell: (i) => i.InstanceId, width: 200 },
        { id: "state", header: col.state, cell: (i) => <State state={i.State?.Name} />, width: 140 },
        { id: "type", header: col.type, cell: (i) => i.InstanceType, width: 110 },
        { id: "zone", header: col.zone, cell: (i) => i.Placement?.AvailabilityZone, width: 150 },
        { id: "public", header: col.publicIp, cell: (i) => i.PublicIpAddress ?? strings.none, width: 140 },
        { id: "private", header: col.privateIp, cell: (i) => i.PrivateIpAddress ?? strings.none, width: 140 },
        {
          id: "image",
          header: col.image,
          cell: (i) => <Link to={urls.image(i.ImageId ?? "")}>{i.ImageId}</Link>,
          width: 200,
        },
        { id: "key", header: col.keyPair, cell: (i) => i.KeyName ?? strings.none, width: 120 },
        { id: "launched", header: col.launched, cell: (i) => when(i.LaunchTime), width: 180 },
      ]}
    />
  );
}

function useActions(): Action<Instance>[] {
  const go = useNavigate();
  const { ask, say, fail } = useNotices();
  const all = (rule: (instance: Instance) => rules.Reason) => (selected: Instance[]) =>
    rules.forAll(selected, rule, strings.list.choose);
  const question =
    (
      title: string,
      body: string,
      run: (InstanceIds: string[]) => Promise<unknown>,
    ): Action<Instance>["act"] =>
    (selected, refresh) =>
      ask({
        title,
        verb: title,
        body: `${body} ${ids(selected).join(", ")}`,
        act: () => run(ids(selected)),
        done: refresh,
      });

  return [
    {
      id: "connect",
      button: true,
      text: terminal.connect,
      reason: one(rules.connectInstance),
      act: (selected) => go(urls.connect(ids(selected)[0] ?? "")),
    },
    {
      id: "start",
      group: words.stateGroup,
      text: words.start,
      reason: all(rules.startInstance),
      act: (selected, refresh) => {
        ec2(new StartInstancesCommand({ InstanceIds: ids(selected) }))
          .then(() => say(words.started(selected.length)))
          .catch((error) => fail(words.start, error))
          .finally(refresh);
      },
    },
    {
      id: "stop",
      group: words.stateGroup,
      text: words.stop,
      reason: all(rules.stopInstance),
      act: question(words.stop, words.stopBody, (InstanceIds) =>
        ec2(new StopInstancesCommand({ InstanceIds })),
      ),
    },
    {
      id: "reboot",
      group: words.stateGroup,
      text: words.reboot,
      reason: all(rules.rebootInstance),
      act: question(words.reboot, words.rebootBody, (InstanceIds) =>
        ec2(new RebootInstancesCommand({ InstanceIds })),
      ),
    },
    {
      id: "terminate",
      group: words.stateGroup,
      text: words.terminate,
      reason: all(rules.terminateInstance),
      act: question(words.terminate, words.terminateBody, (InstanceIds) =>
        ec2(new TerminateInstancesCommand({ InstanceIds })),
      ),
    },
    {
      id: "create-image",
      group: words.imageGroup,
      text: words.createImage,
      reason: one(rules.createImage),
      act: (selected) => go(urls.createImage(ids(selected)[0] ?? "")),
    },
    {
      id: "create-template",
      group: words.imageGroup,
      text: words.createTemplate,
      reason: one(rules.templateFromInstance),
      act: (selected) => go(urls.templateFromInstance(ids(selected)[0] ?? "")),
    },
  ];
}
