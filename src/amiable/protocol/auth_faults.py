"""What a refused signature is called, protocol by protocol: one row each.

EC2 hides the reason behind AuthFailure 401, query services (STS, IAM) name it, JSON services append
"Exception". Clients match on these: boto3 retries clock skew on `RequestExpired` and
`InvalidSignatureException`, the browser's SDK too; Terraform and Packer print AuthFailure's advice.

Sources: "Error codes for the Amazon EC2 API"; "Common errors" of STS. Seen of real endpoints in public
threads: EC2's AuthFailure 401, the texts of UnrecognizedClientException. Other statuses follow the pages.
"""

from amiable.protocol.faults import Fault

_NO_ACCESS = "AWS was not able to validate the provided access credentials"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_BAD_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - a message, no secret

# situation: (ec2, query, json); each (code, message).
_ROWS = {
    # No Authorization header and no X-Amz-Signature.
    "missing": (
        ("MissingAuthenticationToken", "Request is missing Authentication Token"),
        ("MissingAuthenticationToken", "Request is missing Authentication Token"),
        ("MissingAuthenticationTokenException", "Missing Authentication Token"),
    ),
    # The signature's parts are not all there, or not well formed.
    "incomplete": (
        ("IncompleteSignature", "The request signature does not conform to AWS standards."),
        ("IncompleteSignature", "The request signature does not conform to AWS standards."),
        ("IncompleteSignatureException", "The request signature does not conform to AWS standards."),
    ),
    # The access key id is not known, or is not active.
    "unknown_key": (
        ("AuthFailure", _NO_ACCESS),
        ("InvalidClientTokenId", _BAD_TOKEN),
        ("UnrecognizedClientException", _BAD_TOKEN),
    ),
    # The signature is another one than the request and the secret give.
    "mismatch": (
        ("AuthFailure", _NO_ACCESS),
        ("SignatureDoesNotMatch", _MISMATCH),
        ("InvalidSignatureException", _MISMATCH),
    ),
    # Signed too long ago, or in the future.
    "expired": (
        ("RequestExpired", "Request has expired."),
        ("SignatureDoesNotMatch", "Signature expired."),
        ("InvalidSignatureException", "Signature expired."),
    ),
    # The session token is not the one of the access key.
    "bad_token": (
        ("AuthFailure", _NO_ACCESS),
        ("InvalidClientTokenId", _BAD_TOKEN),
        ("UnrecognizedClientException", _BAD_TOKEN),
    ),
    # The session is over.
    "expired_token": (
        ("RequestExpired", "Request has expired."),
        ("ExpiredToken", "The security token included in the request is expired"),
        ("ExpiredTokenException", "The security token included in the request is expired"),
    ),
}
_COLUMN = {"ec2": 0, "query": 1, "json": 2, "rest-json": 2}


def auth_fault(protocol: str, situation: str, detail: str = "") -> Fault:
    """The Fault of a situation: a key of `_ROWS`.

    `detail` replaces the message where the protocol is one that gives reasons.
    """
    code, message = _ROWS[situation][_COLUMN[protocol]]
    # EC2 names a reason only for what it could not read.
    told = protocol != "ec2" or situation == "incomplete"
    return Fault(code, detail if detail and told else message)
