import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Product, subscribe, unsubscribe } from "../aws/marketplace";
import { marketplace as words } from "../strings";
import { useNotices } from "../ui/notices";
import { Price } from "./price";

/** Subscribing and unsubscribing; both ask, and say what it costs. */
export function useSubscriptions() {
  const { ask } = useNotices();
  return {
    subscribe: (product: Product, done: () => void) =>
      ask({
        title: words.subscribeTitle(product.Title),
        verb: words.accept,
        body: (
          <SpaceBetween size="s">
            <Box>{words.subscribeBody}</Box>
            <Price product={product} />
            <Box variant="awsui-key-label">{words.terms}</Box>
            <Box>{product.Terms}</Box>
          </SpaceBetween>
        ),
        act: () => subscribe(product.ProductCode),
        done,
      }),
    unsubscribe: (product: Product, done: () => void) =>
      ask({
        title: words.unsubscribeTitle(product.Title),
        verb: words.unsubscribe,
        body: words.unsubscribeBody,
        act: () => unsubscribe(product.ProductCode),
        done,
      }),
  };
}
