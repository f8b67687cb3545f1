"""Key pairs: create, import, describe, delete. The private half is answered once and never kept."""

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.exc import IntegrityError

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.ec2 import public_keys
from amiable.api.faults import check_ids, invalid, not_found, unsupported
from amiable.api.owned import listed, select_owned
from amiable.api.table import Shape, operation
from amiable.core import ids
from amiable.model.key_pair import KeyPair, key_pair_named
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

FILTERS: dict[str, filters.Filter] = {
    "key-pair-id": filters.text(KeyPair.id),
    "fingerprint": filters.text(KeyPair.fingerprint),
    "key-name": filters.text(KeyPair.name),
}


@operation("ec2", "CreateKeyPair")
def create_key_pair(call: Call, request: Shape) -> Shape:
    """Make an RSA (2048 bits) or Ed25519 key pair and answer its private key, in PEM."""
    kind, form = request.get("KeyType") or "rsa", request.get("KeyFormat") or "pem"
    if form != "pem":
        raise unsupported(f"The key format '{form}' is not supported: use pem, and puttygen to convert it.")
    key: public_keys.PrivateKey
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    elif kind == "ed25519":
        key = Ed25519PrivateKey.generate()
    else:
        raise invalid(f"Value ({kind}) for parameter KeyType is invalid. Use rsa or ed25519.")
    answer = _keep(call, request, key.public_key(), public_keys.created_fingerprint(key))
    return {**answer, "KeyMaterial": public_keys.private_pem(key)}


@operation("ec2", "ImportKeyPair")
def import_key_pair(call: Call, request: Shape) -> Shape:
    """Keep a public key that was made elsewhere (OpenSSH, RFC 4716, PEM, or base64 DER)."""
    key = public_keys.parse(request["PublicKeyMaterial"])
    return _keep(call, request, key, public_keys.imported_fingerprint(key))


def _keep(call: Call, request: Shape, key: public_keys.PublicKey, fingerprint: str) -> Shape:
    name = _checked_name(request["KeyName"])
    new_tags = tags.specified(request, "key-pair").get("key-pair")
    pair = KeyPair(
        id=ids.new_id("key"),
        region=call.region,
        account_id=call.account_id,
        name=name,
        key_type=public_keys.key_type(key),
        fingerprint=fingerprint,
        public_key=public_keys.openssh_line(key, name),
        created_at=call.now,
    )
    try:
        with call.session.begin_nested():
            call.session.add(pair)
    except IntegrityError as taken:
        raise Fault("InvalidKeyPair.Duplicate", f"The keypair '{name}' already exists.") from taken
    tags.apply(call, pair.id, "key-pair", new_tags)
    return {
        "KeyPairId": pair.id,
        "KeyName": name,
        "KeyFingerprint": fingerprint,
        "Tags": tags.tag_set(new_tags),
    }


def _checked_name(name: str) -> str:
    if not (1 <= len(name) <= 255 and name.isascii() and name.isprintable() and name == name.strip()):
        raise invalid(
            f"Value ({name}) for parameter KeyName is invalid. Use 1 to 255 ASCII characters, "
            "without spaces at the ends."
        )
    return name


@operation("ec2", "DescribeKeyPairs")
def describe_key_pairs(call: Call, request: Shape) -> Shape:
    """The caller's key pairs, by name, id and filters; the public halves with IncludePublicKey."""
    query = select_owned(call, KeyPair)
    narrowed = []
    if names := list(request.get("KeyNames") or ()):
        narrowed = [KeyPair.name.in_(names)]
        known = call.session.scalars(query.with_only_columns(KeyPair.name).where(*narrowed))
        missing = sorted(set(names) - set(known))
        if missing:
            raise not_found("key", *missing)
    pairs, tagged, _ = listed(
        call, "DescribeKeyPairs", request, query, KeyPair.id, "key", "KeyPairIds", FILTERS, narrowed
    )
    with_key = bool(request.get("IncludePublicKey"))
    return {"KeyPairs": [key_pair_shape(pair, tagged.get(pair.id), with_key) for pair in pairs]}


def key_pair_shape(pair: KeyPair, own_tags: dict[str, str] | None, with_key: bool) -> Shape:
    """A key pair as EC2 prints it."""
    shape: Shape = {
        "KeyPairId": pair.id,
        "KeyName": pair.name,
        "KeyType": pair.key_type,
        "KeyFingerprint": pair.fingerprint,
        "CreateTime": pair.created_at,
        "Tags": tags.tag_set(own_tags),
    }
    return {**shape, "PublicKey": pair.public_key} if with_key else shape


@operation("ec2", "DeleteKeyPair")
def delete_key_pair(call: Call, request: Shape) -> Shape:
    """Forget a key pair, by name or id; instances keep the key that they have. Missing is no error."""
    name, key_id = request.get("KeyName"), request.get("KeyPairId")
    if name:
        pair = key_pair_named(call.session, name, call.account_id, call.region)
    elif key_id:
        check_ids("key", key_id)
        pair = call.session.scalar(select_owned(call, KeyPair).where(KeyPair.id == key_id))
    else:
        raise Fault("MissingParameter", "The request must contain the parameter KeyName or KeyPairId")
    if pair is None or (key_id and pair.id != key_id):
        return {"Return": True}
    drop_tags(call.session, pair.id)
    call.session.delete(pair)
    return {"Return": True, "KeyPairId": pair.id}
