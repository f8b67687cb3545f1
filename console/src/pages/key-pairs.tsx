import { DeleteKeyPairCommand, DescribeKeyPairsCommand, type KeyPairInfo } from "@aws-sdk/client-ec2";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { useAsked } from "../list/asked";
import { ResourcePage } from "../list/resource-page";
import { columns as col, strings, keyPairs as words } from "../strings";
import { Facts, Tags, when } from "../ui/details";
import { urls } from "../urls";

export function KeyPairs() {
  const go = useNavigate();
  const asked = useAsked();
  return (
    <ResourcePage<KeyPairInfo>
      title={words.title}
      fetch={async (filters) => {
        const answer = await ec2(
          new DescribeKeyPairsCommand({ Filters: filters.length ? filters : undefined }),
        );
        return { items: answer.KeyPairs ?? [], next: undefined };
      }}
      id={(key) => key.KeyPairId ?? ""}
      idFilter="key-pair-id"
      primary={{ text: words.create, act: () => go(urls.createKeyPair) }}
      properties={[
        ["key-name", col.name],
        ["key-pair-id", col.id],
        ["fingerprint", col.fingerprint],
      ]}
      columns={[
        { id: "name", header: col.name, cell: (key) => key.KeyName, isRowHeader: true },
        { id: "id", header: col.id, cell: (key) => key.KeyPairId },
        { id: "type", header: col.type, cell: (key) => key.KeyType },
        { id: "fingerprint", header: col.fingerprint, cell: (key) => key.KeyFingerprint },
        { id: "created", header: col.created, cell: (key) => when(key.CreateTime) },
      ]}
      actions={[
        {
          id: "delete",
          text: words.remove,
          reason: (selected) => (selected.length ? null : strings.list.choose),
          act: asked(
            words.remove,
            words.removeBody,
            (key) => key.KeyName,
            ({ KeyPairId }) => ec2(new DeleteKeyPairCommand({ KeyPairId })),
          ),
        },
      ]}
      details={(key) => (
        <>
          <Facts
            facts={{
              [col.name]: key.KeyName,
              [col.type]: key.KeyType,
              [col.fingerprint]: key.KeyFingerprint,
            }}
          />
          <Tags tags={key.Tags} />
        </>
      )}
    />
  );
}
