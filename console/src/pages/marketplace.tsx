/** Paid products and their subscriptions; what their use costs this account. */
import Tabs from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router-dom";
import { Products } from "../marketplace/products";
import { UsageAndCost } from "../marketplace/usage";
import { marketplace as words } from "../strings";
import { Page } from "../ui/page";

export function Marketplace() {
  const [search, setSearch] = useSearchParams();

  return (
    <Page title={words.title} contentType="table" description={words.hint}>
      <Tabs
        ariaLabel={words.title}
        activeTabId={search.get("tab") ?? "products"}
        onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
        tabs={[
          { id: "products", label: words.products, content: <Products /> },
          { id: "usage", label: words.usage, content: <UsageAndCost /> },
        ]}
      />
    </Page>
  );
}
