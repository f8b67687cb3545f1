"""All tables, by importing every module that declares one; `metadata` is complete after this import."""

from amiable.model import (  # noqa: F401 - importing is what declares the tables
    account,
    account_setting,
    builder_resource,
    client_token,
    dhcp_options,
    flow,
    host,
    image,
    image_build,
    inspection,
    instance,
    key_pair,
    launch_template,
    metering_record,
    network,
    parameter,
    product,
    product_code,
    recycle_rule,
    routing,
    security_group,
    sign_in_link,
    snapshot,
    tag,
    task,
    usage,
    volume,
    volume_modification,
    watermark,
)
from amiable.model.base import Base

metadata = Base.metadata
