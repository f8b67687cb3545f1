/** Paid products, subscriptions and what their use costs (docs/catalog.md). */
import type { Image } from "@aws-sdk/client-ec2";
import { amiable } from "./amiable";

/** Prices are US dollars as exact decimal text: an hour by instance type, with `default`; and a metered unit. */
export interface Product {
  ProductCode: string;
  PublisherId: string;
  Name: string;
  Title: string;
  Description?: string;
  HourlyPrices: Record<string, string>;
  Dimensions?: Record<string, string>;
  Support?: string;
  Terms: string;
  Subscribed: boolean;
  /** In this Region. */
  ImageIds?: string[];
}

export interface Usage {
  AccountId: string;
  Region: string;
  ProductCode: string;
  InstanceType: string;
  Seconds: number;
  Amount: string;
}

export interface MeteredUsage {
  AccountId: string;
  ProductCode: string;
  Dimension: string;
  Quantity: string;
  Amount: string;
}

export interface UsageReport {
  Usage: Usage[];
  MeteredUsage?: MeteredUsage[];
}

export async function listProducts(ProductCodes?: string[]): Promise<Product[]> {
  const products: Product[] = [];
  let NextToken: string | undefined;
  do {
    const answer: { Products: Product[]; NextToken?: string } = await amiable("DescribeProducts", {
      ProductCodes,
      NextToken,
    });
    products.push(...answer.Products);
    NextToken = answer.NextToken;
  } while (NextToken);
  return products;
}

export const subscribe = (ProductCode: string) =>
  amiable<unknown>("SubscribeProduct", { ProductCode, AcceptTerms: true });

export const unsubscribe = (ProductCode: string) => amiable<unknown>("UnsubscribeProduct", { ProductCode });

/** Of whole days, in UTC: from the first on, before the second. */
export const usageOf = (since: Date, until: Date, AsPublisher: boolean) =>
  amiable<UsageReport>("DescribeUsage", {
    StartTime: since.getTime() / 1000,
    EndTime: until.getTime() / 1000,
    AsPublisher,
  });

/** The codes of the paid products in an image. */
export const codesOf = (image: Image): string[] =>
  (image.ProductCodes ?? []).flatMap((each) => each.ProductCodeId ?? []);
