import {
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  type SecurityGroup,
} from "@aws-sdk/client-ec2";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { PAGE } from "../aws/lists";
import { useAsked } from "../list/asked";
import { ResourcePage } from "../list/resource-page";
import { deleteGroup, forAll, type Reason } from "../rules";
import { columns as col, strings, securityGroups as words } from "../strings";
import { Facts, Rows, Tags } from "../ui/details";
import { urls } from "../urls";

function rowsOf(permissions: IpPermission[] | undefined): string[][] {
  return (permissions ?? []).flatMap((each) => {
    const all = each.IpProtocol === "-1";
    const ports =
      all || each.FromPort === -1
        ? strings.none
        : each.FromPort === each.ToPort
          ? String(each.FromPort)
          : `${each.FromPort}–${each.ToPort}`;
    const peers = [
      ...(each.IpRanges ?? []).map((range) => [range.CidrIp, range.Description]),
      ...(each.Ipv6Ranges ?? []).map((range) => [range.CidrIpv6, range.Description]),
      ...(each.UserIdGroupPairs ?? []).map((pair) => [pair.GroupId, pair.Description]),
    ];
    return peers.map(([peer, note]) => [
      all ? words.everything : (each.IpProtocol ?? "").toUpperCase(),
      ports,
      peer ?? "",
      note ?? strings.none,
    ]);
  });
}

const idOf = (group: SecurityGroup | undefined) => group?.GroupId ?? "";
const one = (selected: SecurityGroup[]): Reason =>
  selected.length === 1 ? null : selected.length ? strings.list.chooseOnlyOne : strings.list.chooseOne;

export function SecurityGroups() {
  const go = useNavigate();
  const asked = useAsked();
  const heads = [col.protocol, col.ports, col.peer, words.note];
  return (
    <ResourcePage<SecurityGroup>
      title={words.title}
      fetch={async (filters, NextToken) => {
        const answer = await ec2(
          new DescribeSecurityGroupsCommand({
            Filters: filters.length ? filters : undefined,
            NextToken,
            MaxResults: PAGE,
          }),
        );
        return { items: answer.SecurityGroups ?? [], next: answer.NextToken };
      }}
      id={idOf}
      idFilter="group-id"
      primary={{ text: words.create, act: () => go(urls.createSecurityGroup) }}
      properties={[
        ["group-name", col.name],
        ["group-id", col.id],
        ["vpc-id", col.vpc],
        ["description", col.description],
      ]}
      columns={[
        { id: "name", header: col.name, cell: (group) => group.GroupName, isRowHeader: true, width: 280 },
        { id: "id", header: col.id, cell: (group) => group.GroupId, width: 210 },
        { id: "vpc", header: col.vpc, cell: (group) => group.VpcId, width: 210 },
        {
          id: "rules",
          header: words.inbound,
          cell: (group) => rowsOf(group.IpPermissions).length,
          width: 140,
        },
        {
          id: "out",
          header: words.outbound,
          cell: (group) => rowsOf(group.IpPermissionsEgress).length,
          width: 140,
        },
        { id: "description", header: col.description, cell: (group) => group.Description, width: 300 },
      ]}
      actions={[
        { id: "edit", text: words.edit, reason: one, act: ([group]) => go(urls.inboundRules(idOf(group))) },
        {
          id: "out",
          text: words.editOut,
          reason: one,
          act: ([group]) => go(urls.outboundRules(idOf(group))),
        },
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => forAll(selected, deleteGroup, strings.list.choose),
          act: asked(
            words.remove,
            words.removeBody,
            (group) => group.GroupName,
            ({ GroupId }) => ec2(new DeleteSecurityGroupCommand({ GroupId })),
          ),
        },
      ]}
      details={(group) => (
        <SpaceBetween size="l">
          <Facts
            facts={{
              [col.name]: group.GroupName,
              [col.id]: group.GroupId,
              [col.vpc]: group.VpcId,
              [col.description]: group.Description,
              [col.owner]: group.OwnerId,
            }}
          />
          <Header variant="h3">{words.inbound}</Header>
          <Rows caption={words.inbound} columns={heads} rows={rowsOf(group.IpPermissions)} />
          <Header variant="h3">{words.outbound}</Header>
          <Rows caption={words.outbound} columns={heads} rows={rowsOf(group.IpPermissionsEgress)} />
          <Tags tags={group.Tags} />
        </SpaceBetween>
      )}
    />
  );
}
