import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Product } from "../aws/marketplace";
import { session } from "../aws/session";
import { marketplace as words } from "../strings";
import { Price } from "./price";
import { useSubscriptions } from "./use-subscriptions";

/** Whether the account may launch it (model/product.py: missing_subscriptions). */
export const mayLaunch = (product: Product): boolean =>
  product.Subscribed || product.PublisherId === session.current()?.account;

/** What the paid products in an image cost, and how to subscribe. */
export function Subscription({ products, onChange }: { products: Product[]; onChange: () => void }) {
  const subscriptions = useSubscriptions();
  return (
    <SpaceBetween size="s">
      {products.map((product) => (
        <Alert
          key={product.ProductCode}
          type={mayLaunch(product) ? "info" : "warning"}
          header={product.Title}
          action={
            !mayLaunch(product) && (
              <Button formAction="none" onClick={() => subscriptions.subscribe(product, onChange)}>
                {words.subscribe}
              </Button>
            )
          }
        >
          {words.paidImage} {mayLaunch(product) ? words.mayLaunch : words.needed}
          <Price product={product} />
        </Alert>
      ))}
    </SpaceBetween>
  );
}
