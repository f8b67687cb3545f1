/** The built-in catalog of public images (docs/catalog.md). */
import { amiable } from "./amiable";

export interface CatalogImage {
  Name: string;
  Distribution: string;
  Release: string;
  Description: string;
  Architecture: string;
  UserName: string;
  /** listed, importing or available. */
  State: string;
  /** Where its disk comes from. */
  Source: string;
  ProductName?: string;
  ImageId?: string;
  /** Of an import, in per cent. */
  Progress?: string;
  /** Why the last import failed. */
  Message?: string;
}

export async function listCatalog(): Promise<CatalogImage[]> {
  const answer = await amiable<{ CatalogImages: CatalogImage[] }>("DescribeCatalog", {});
  return answer.CatalogImages;
}

export const pullImage = (Name: string) => amiable<unknown>("PullCatalogImage", { Name });
