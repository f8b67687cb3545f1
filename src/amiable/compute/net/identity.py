"""The instance identity document and its signatures: a guest shows them to prove what it is.

AWS signs with keys whose certificates it publishes by region; ours is made once and lies beside the data.
Forms: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html
"""

import base64
import textwrap
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from amiable.core import clock
from amiable.core.errors import Corrupt

_TEN_YEARS = timedelta(days=3650)


@dataclass(frozen=True)
class Identity:
    """What documents are signed with."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def certificate_pem(self) -> str:
        """The certificate that a verifier needs."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def create() -> Identity:
    """A fresh RSA-2048 key with a self-signed certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "amiable instance identity")])
    begin = clock.now() - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin + _TEN_YEARS)
    return Identity(key, builder.sign(key, hashes.SHA256()))


def load_or_create(path: Path) -> Identity:
    """The identity in a file (PEM, key and certificate, mode 0600), made when absent. Raises Corrupt."""
    if not path.exists():
        made = create()
        key = made.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        fresh = path.with_name(path.name + ".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(key + made.certificate_pem.encode())
        fresh.replace(path)
    text = path.read_bytes()
    try:
        key_found = serialization.load_pem_private_key(text, password=None)
        certificate = x509.load_pem_x509_certificate(text)
    except ValueError as wrong:
        raise Corrupt(str(path), str(wrong)) from wrong
    if not isinstance(key_found, rsa.RSAPrivateKey):
        raise Corrupt(str(path), "it holds no RSA key")
    return Identity(key_found, certificate)


def signature(identity: Identity, document: bytes) -> str:
    """Base64 of the RSA signature (PKCS #1 v1.5, SHA-256), as `signature` shows it."""
    return _lines(identity.key.sign(document, padding.PKCS1v15(), hashes.SHA256()))


def envelope(identity: Identity, document: bytes) -> str:
    """A PKCS #7 envelope with the document inside, in base64, as `pkcs7` and `rsa2048` show it."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(document)
    builder = builder.add_signer(identity.certificate, identity.key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
    return _lines(builder.sign(serialization.Encoding.DER, options))


def _lines(raw: bytes) -> str:
    return "\n".join(textwrap.wrap(base64.b64encode(raw).decode(), 64))
