import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { accountProblem } from "../permissions";
import { sharing as words } from "../strings";
import { RowFields } from "../ui/row-fields";

/** Account IDs, a row each. */
export function AccountFields({
  label,
  none,
  accounts,
  onChange,
}: {
  label: string;
  none: string;
  accounts: string[];
  onChange: (accounts: string[]) => void;
}) {
  return (
    <RowFields
      rows={accounts}
      blank=""
      words={{ add: words.add, remove: words.remove, none }}
      onChange={onChange}
      columns={[
        {
          label,
          hint: words.accountHint,
          problem: (account) => (account ? accountProblem(account) : null),
          field: (account, set) => (
            <Input value={account} ariaLabel={label} onChange={({ detail }) => set(detail.value.trim())} />
          ),
        },
      ]}
    />
  );
}

/** With whom something is shared: everybody, or accounts. */
export function PermissionFields({
  hint,
  isPublic,
  onPublic,
  accounts,
  onAccounts,
}: {
  /** What everybody may then do with it. */
  hint: string;
  isPublic: boolean;
  onPublic: (isPublic: boolean) => void;
  accounts: string[];
  onAccounts: (accounts: string[]) => void;
}) {
  return (
    <SpaceBetween size="l">
      <RadioGroup
        ariaLabel={words.visibility}
        value={isPublic ? "public" : "private"}
        onChange={({ detail }) => onPublic(detail.value === "public")}
        items={[
          { value: "private", label: words.private },
          { value: "public", label: words.public, description: hint },
        ]}
      />
      <AccountFields
        label={words.accounts}
        none={words.noAccounts}
        accounts={accounts}
        onChange={onAccounts}
      />
    </SpaceBetween>
  );
}
