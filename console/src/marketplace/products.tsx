import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Cards from "@cloudscape-design/components/cards";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { listProducts, type Product } from "../aws/marketplace";
import { session } from "../aws/session";
import type { Reason } from "../rules";
import { strings, marketplace as words } from "../strings";
import { Link } from "../ui/link";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { urls } from "../urls";
import { Price } from "./price";
import { mayLaunch } from "./subscription";
import { useSubscriptions } from "./use-subscriptions";

const isMine = (product: Product) => product.PublisherId === session.current()?.account;

/** api/amiable/products.py: SubscribeProduct. */
const againstSubscribing = (product: Product): Reason =>
  isMine(product) ? words.ownReason : product.Subscribed ? words.subscribedAlready : null;

const againstLaunch = (product: Product): Reason =>
  !mayLaunch(product) ? words.subscribeFirst : product.ImageIds?.length ? null : words.noImages;

function Held({ product }: { product: Product }) {
  if (isMine(product)) return <StatusIndicator type="info">{words.own}</StatusIndicator>;
  return product.Subscribed ? (
    <StatusIndicator>{words.subscribed}</StatusIndicator>
  ) : (
    <StatusIndicator type="stopped">{words.notSubscribed}</StatusIndicator>
  );
}

export function Products() {
  const go = useNavigate();
  const subscriptions = useSubscriptions();
  const [asked, setAsked] = useState(0);
  const [text, setText] = useState("");
  const [code, setCode] = useState("");
  const { answer, problem } = useAnswer(`products ${asked}`, () => listProducts());
  const products = (answer ?? []).filter((each) =>
    `${each.Title} ${each.Name} ${each.Description}`.toLowerCase().includes(text.toLowerCase()),
  );
  const chosen = products.find((each) => each.ProductCode === code);
  const refresh = () => setAsked(asked + 1);
  const button = (verb: string, rule: (product: Product) => Reason, act: (product: Product) => void) => {
    const reason = chosen ? rule(chosen) : strings.list.chooseOne;
    return (
      <Button
        disabled={reason !== null}
        disabledReason={reason ?? undefined}
        onClick={() => chosen && act(chosen)}
      >
        {verb}
      </Button>
    );
  };
  return (
    <SpaceBetween size="m">
      <Trouble problem={problem} />
      <Cards
        items={products}
        trackBy="ProductCode"
        loading={!answer && !problem}
        loadingText={strings.loading}
        selectionType="single"
        selectedItems={chosen ? [chosen] : []}
        onSelectionChange={({ detail }) => setCode(detail.selectedItems[0]?.ProductCode ?? "")}
        ariaLabels={{
          selectionGroupLabel: words.products,
          itemSelectionLabel: (_, product) => `${strings.list.select} ${product.Title}`,
        }}
        cardDefinition={{
          header: (product) => product.Title,
          sections: [
            { id: "held", content: (product) => <Held product={product} /> },
            { id: "description", content: (product) => product.Description },
            { id: "price", header: words.hourly, content: (product) => <Price product={product} /> },
            {
              id: "images",
              header: words.images,
              content: (product) =>
                product.ImageIds?.length
                  ? product.ImageIds.map((id) => (
                      <Link key={id} to={urls.image(id)}>
                        {id}
                      </Link>
                    ))
                  : words.noImages,
            },
            { id: "publisher", header: words.publisher, width: 50, content: (each) => each.PublisherId },
            { id: "code", header: words.code, width: 50, content: (each) => each.ProductCode },
            { id: "support", header: words.support, content: (each) => each.Support || strings.none },
            { id: "terms", header: words.terms, content: (each) => each.Terms },
          ],
        }}
        cardsPerRow={[{ cards: 1 }, { minWidth: 900, cards: 2 }]}
        header={
          <Header
            counter={answer && `(${products.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {button(
                  words.unsubscribe,
                  (product) => (product.Subscribed ? null : words.notHeld),
                  (product) => subscriptions.unsubscribe(product, refresh),
                )}
                {button(words.subscribe, againstSubscribing, (product) =>
                  subscriptions.subscribe(product, refresh),
                )}
                {button(words.launch, againstLaunch, (product) =>
                  go(urls.launchFrom(product.ImageIds?.[0] ?? "")),
                )}
              </SpaceBetween>
            }
          >
            {words.products}
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder={words.find}
            filteringAriaLabel={words.find}
            onChange={({ detail }) => setText(detail.filteringText)}
          />
        }
        empty={<Box textAlign="center">{text ? words.noMatch : words.none}</Box>}
      />
    </SpaceBetween>
  );
}
