/** An update of Image Builder replaces all that a resource says; these say the same again, to change some of it. */
import type {
  ImagePipeline,
  LifecyclePolicy,
  UpdateImagePipelineRequest,
  UpdateLifecyclePolicyRequest,
} from "@aws-sdk/client-imagebuilder";

export const pipelineAgain = (pipeline: ImagePipeline): UpdateImagePipelineRequest => ({
  ...pipeline,
  imagePipelineArn: pipeline.arn,
  infrastructureConfigurationArn: pipeline.infrastructureConfigurationArn,
});

export const policyAgain = (policy: LifecyclePolicy): UpdateLifecyclePolicyRequest => ({
  lifecyclePolicyArn: policy.arn,
  description: policy.description,
  status: policy.status,
  executionRole: policy.executionRole,
  resourceType: policy.resourceType,
  policyDetails: policy.policyDetails,
  resourceSelection: policy.resourceSelection,
});
