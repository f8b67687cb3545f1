"""The sentence of every expected error says what to do."""

import errno
import os

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoRegionError

from amiable.cli.failures import EXPECTED, sentence
from amiable.core.errors import MissingPrerequisite


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeImages")


def of_system(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


SENTENCES = [
    (
        MissingPrerequisite("nft is not installed.", "Run: apt-get install nftables"),
        "nft is not installed. Run: apt-get install nftables",
    ),
    (
        refusal("InvalidAMIID.NotFound", "The image id '[ami-1]' does not exist"),
        "InvalidAMIID.NotFound: The image id '[ami-1]' does not exist. See: amiable image list",
    ),
    (
        refusal("AuthFailure", "No."),
        'AuthFailure: No. These credentials are not of this server. Run as root: eval "$(amiable env)"',
    ),
    (refusal("SomethingElse", "Odd."), "SomethingElse: Odd."),
    (
        EndpointConnectionError(endpoint_url="http://127.0.0.1:8773/"),
        "No server answers at http://127.0.0.1:8773. Start it: amiable serve",
    ),
    (NoRegionError(), "You must specify a region."),
    (of_system(errno.EACCES, "/x"), "/x: Permission denied. Run it as root, or with sudo."),
    (of_system(errno.ENOSPC, "/x"), "/x: No space left on device. Make room and try again."),
    (of_system(errno.EEXIST, "k.pem"), "k.pem: File exists."),
]


@pytest.mark.parametrize(("error", "words"), SENTENCES)
def test_sentence(error: Exception, words: str) -> None:
    assert isinstance(error, EXPECTED)
    assert sentence(error) == words
