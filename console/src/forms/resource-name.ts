import type { Reason } from "../rules";
import { configurationForm, forms, pipelineForm } from "../strings";

const NAME = /^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$/;

/** What is against a name of Image Builder (api/imagebuilder/arns.py: slug_of). */
export const nameReason = (name: string): Reason => {
  if (!name) return forms.required;
  return NAME.test(name) ? null : pipelineForm.nameBad;
};

/** What is against a description (the API's model: NonEmptyString). */
export const descriptionReason = (text: string): Reason =>
  text.length <= 1024 ? null : configurationForm.descriptionLong;
