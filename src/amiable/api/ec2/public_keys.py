"""Public keys as EC2 takes and prints them: formats of ImportKeyPair, fingerprints, the OpenSSH line.

Sources: EC2 API Reference, ImportKeyPair; EC2 User Guide, "Verify the fingerprint of your key pair";
RFC 4716 (SSH public key file format).
"""

import base64
import binascii
import hashlib
from typing import Literal, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
    load_ssh_public_key,
)

from amiable.protocol.faults import Fault

PublicKey: TypeAlias = RSAPublicKey | Ed25519PublicKey
PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey

RFC4716 = b"---- BEGIN SSH2 PUBLIC KEY ----"
RFC4716_END = b"---- END SSH2 PUBLIC KEY ----"
PEM = b"-----BEGIN "
RSA_BITS = (1024, 4096)
MAX_BYTES = 16384


def parse(material: bytes) -> PublicKey:
    """A public key from OpenSSH, RFC 4716, PEM, or base64 DER text. Raises InvalidKey.Format."""
    material = material.strip()
    try:
        key = _read(material) if len(material) <= MAX_BYTES else None
    except (ValueError, UnsupportedAlgorithm, binascii.Error) as wrong:
        raise _bad_format() from wrong
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise _bad_format()
    if isinstance(key, RSAPublicKey) and not RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
        raise Fault(
            "InvalidKey.Format",
            f"An RSA key of {key.key_size} bits is not supported: use {RSA_BITS[0]} to {RSA_BITS[1]}.",
        )
    return key


def _read(material: bytes) -> object:
    if material.startswith(RFC4716):
        return load_ssh_public_key(_rfc4716_line(material))
    if material.startswith(PEM):
        return load_pem_public_key(material)
    if material.startswith((b"ssh-", b"ecdsa-", b"sk-")):
        return load_ssh_public_key(material)
    return load_der_public_key(base64.b64decode(b"".join(material.split()), validate=True))


def _rfc4716_line(material: bytes) -> bytes:
    """The OpenSSH line of an RFC 4716 file: headers (a backslash continues one), then base64."""
    lines = [line.strip() for line in material.splitlines()]
    if RFC4716_END not in lines:
        raise ValueError("the file has no end marker")
    body, in_header = [], False
    for line in lines[1 : lines.index(RFC4716_END)]:
        if in_header or b":" in line:
            in_header = line.endswith(b"\\")
        else:
            body.append(line)
    blob = base64.b64decode(b"".join(body), validate=True)
    length = int.from_bytes(blob[:4], "big")
    return blob[4 : 4 + length] + b" " + base64.b64encode(blob)


def _bad_format() -> Fault:
    return Fault("InvalidKey.Format", "Key is not in valid OpenSSH public key format")


def key_type(key: PublicKey) -> Literal["rsa", "ed25519"]:
    """EC2's word for the kind of key."""
    return "rsa" if isinstance(key, RSAPublicKey) else "ed25519"


def openssh_line(key: PublicKey, name: str) -> str:
    """`ssh-rsa AAAA… name`: what an instance finds in its metadata."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + f" {name}"


def imported_fingerprint(key: PublicKey) -> str:
    """RSA: MD5 of the DER public key, in hex pairs. Ed25519: as for a created one."""
    if isinstance(key, Ed25519PublicKey):
        return _ed25519_fingerprint(key)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.md5(der, usedforsecurity=False).digest().hex(":")


def created_fingerprint(key: PrivateKey) -> str:
    """RSA: SHA-1 of the DER private key (PKCS#8), in hex pairs. Ed25519: of the public half."""
    if isinstance(key, Ed25519PrivateKey):
        return _ed25519_fingerprint(key.public_key())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return hashlib.sha1(der, usedforsecurity=False).digest().hex(":")


def _ed25519_fingerprint(key: Ed25519PublicKey) -> str:
    """OpenSSH's SHA-256 digest in padded base64 without `SHA256:`, as EC2 prints it."""
    blob = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1]
    return base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode()


def private_pem(key: PrivateKey) -> str:
    """The private half as EC2 hands it out: PKCS#1 PEM for RSA, OpenSSH's own form for Ed25519."""
    form = PrivateFormat.TraditionalOpenSSL if isinstance(key, RSAPrivateKey) else PrivateFormat.OpenSSH
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
