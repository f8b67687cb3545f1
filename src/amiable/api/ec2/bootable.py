"""Whether a machine here can boot an image as its maker registered it."""

from amiable.api.faults import invalid, unsupported
from amiable.model.image import Image


def check_bootable(image: Image) -> None:
    """Raise the fault that says what this image needs and no instance type here has."""
    if image.virtualization_type != "hvm":
        raise unsupported(
            f"The image {image.id} is paravirtual; instances here are hvm. Register it again with "
            "VirtualizationType hvm (RegisterImage's default is paravirtual)."
        )
    if image.architecture != "x86_64":
        raise invalid(
            f"The architecture 'x86_64' of the specified instance type does not match the architecture "
            f"'{image.architecture}' of the specified AMI."
        )
    if image.tpm_support:
        raise unsupported(f"The image {image.id} asks for a TPM, which instances here do not have.")
    if image.uefi_data:
        raise unsupported(
            f"The image {image.id} brings UEFI variables; instances here begin with empty ones."
        )
