/** The images of one owner or grantee as cards, a page at a time, found by name among all. */
import type { Image } from "@aws-sdk/client-ec2";
import Button from "@cloudscape-design/components/button";
import Pagination from "@cloudscape-design/components/pagination";
import { useState } from "react";
import { type ImageScope, listImages } from "../aws/lists";
import { codesOf, listProducts, type Product } from "../aws/marketplace";
import { usePages } from "../list/use-pages";
import { mayLaunch } from "../marketplace/subscription";
import { useSubscriptions } from "../marketplace/use-subscriptions";
import { dollars } from "../money";
import { launchImage } from "../rules";
import { columns as col, marketplace, strings } from "../strings";
import { when } from "../ui/details";
import { useAnswer } from "../ui/use-answer";
import { type Entry, Gallery } from "./gallery";

const FACTS = [col.id, col.architecture, col.owner, col.created];

function entryOf(image: Image, product: Product | undefined): Entry {
  const unpaid = product && !mayLaunch(product) ? marketplace.subscribeFirst : null;
  return {
    id: image.ImageId ?? "",
    name: image.Name ?? image.ImageId ?? "",
    description: image.Description,
    facts: {
      [col.id]: image.ImageId,
      [col.architecture]: image.Architecture,
      [col.owner]: image.ImageOwnerAlias ?? image.OwnerId,
      [col.created]: when(image.CreationDate),
      [marketplace.product]: product?.Title,
      [marketplace.hourly]: product && dollars(product.HourlyPrices.default ?? "0"),
      [col.state]: product && (mayLaunch(product) ? marketplace.subscribed : marketplace.notSubscribed),
    },
    against: launchImage(image) ?? unpaid,
  };
}

export function ImageGallery({
  title,
  scope,
  paid = false,
}: {
  title: string;
  scope: ImageScope;
  paid?: boolean;
}) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState(0);
  const subscriptions = useSubscriptions();
  const filters = text ? [{ Name: "name", Values: [`*${text.replace(/[\\*?]/g, "\\$&")}*`] }] : [];
  const pages = usePages<Image>(
    JSON.stringify([scope, text]),
    (token) => listImages(scope, filters, token),
    () => false,
  );
  const products = useAnswer(`products ${asked} ${paid}`, async () => (paid ? listProducts() : []));
  const productOf = (image: Image) =>
    products.answer?.find((product) => codesOf(image).includes(product.ProductCode));
  const wanted = (chosen: Entry | undefined) => {
    const image = pages.items.find((each) => each.ImageId === chosen?.id);
    return image && productOf(image);
  };
  return (
    <Gallery
      title={title}
      facts={paid ? [...FACTS, marketplace.product, marketplace.hourly, col.state] : FACTS}
      entries={pages.items.map((image) => entryOf(image, productOf(image)))}
      loading={pages.loading}
      problem={pages.problem ?? products.problem}
      text={text}
      onText={setText}
      actions={
        paid
          ? (chosen) => {
              const product = wanted(chosen);
              const reason = !product
                ? strings.list.chooseOne
                : mayLaunch(product)
                  ? marketplace.subscribedAlready
                  : null;
              return (
                <Button
                  disabled={reason !== null}
                  disabledReason={reason ?? undefined}
                  onClick={() => product && subscriptions.subscribe(product, () => setAsked(asked + 1))}
                >
                  {marketplace.subscribe}
                </Button>
              );
            }
          : undefined
      }
      pagination={
        <Pagination
          currentPageIndex={pages.index}
          pagesCount={pages.count}
          disabled={pages.loading}
          onChange={({ detail }) => pages.goTo(detail.currentPageIndex)}
          ariaLabels={strings.paging}
        />
      }
    />
  );
}
