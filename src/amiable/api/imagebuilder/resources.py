"""What all resources of Image Builder share: made once for a client token, found by ARN, listed, deleted.

Whoever is not the owner finds a resource if it is shipped (owner `aws`) or its policy names the account
(api/imagebuilder/sharing.py).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.imagebuilder.arns import SHIPPED, Arn, Parts, made, owner_in_arn, parse, slug_of
from amiable.api.imagebuilder.faults import combination, depended_on, invalid, not_found
from amiable.api.imagebuilder.sharing import shared_with
from amiable.api.paging import page_of
from amiable.api.table import Shape
from amiable.model.account import AMAZON, Account
from amiable.model.builder_resource import BuilderResource, resources_using
from amiable.protocol.faults import Fault

MOST_TAGS = 50
PAGE = 25
PLATFORMS = ("Linux",)


def add(
    call: Call,
    operation: str,
    request: Shape,
    kind: str,
    data: Shape,
    *,
    version: Parts | None = None,
    builds: bool = False,
    resource_type: str | None = None,
    state: str = "ACTIVE",
    data_of_tags: str = "tags",
) -> str:
    """Make a resource of a Create request, and return its ARN; the same token again gives the same.

    `builds`: a version that is there already gets another build. Raises ResourceAlreadyExistsException.
    """
    if known := made_before(call, operation, request):
        return known
    name = request["name"]
    slug = slug_of(name)
    if kind == "workflow":
        slug = f"{str(resource_type).lower()}/{slug}"
    tags = dict(request.get(data_of_tags) or {})
    check_tags(tags)
    build = _next_build(call, kind, slug, version) if builds else None
    owner = owner_in_arn(call.account_id, call.session.get_one(Account, call.account_id).alias)
    written = request.get("semanticVersion", "x")
    arn = made(call.region, owner, kind, slug, version if "x" in written else written, build)
    if known := call.session.scalar(_same(call, kind, slug, version, build)):
        raise Fault("ResourceAlreadyExistsException", f"The resource '{known}' is there already.")
    major, minor, patch = version or (None, None, None)
    call.session.add(
        BuilderResource(
            arn=arn,
            region=call.region,
            account_id=call.account_id,
            kind=kind,
            name=name,
            slug=slug,
            resource_type=resource_type,
            major=major,
            minor=minor,
            patch=patch,
            build=build,
            state=state,
            data={key: value for key, value in data.items() if value is not None},
            tags=tags,
            created_at=call.now,
            updated_at=call.now,
        )
    )
    call.session.flush()
    remember(call, operation, request, arn)
    return arn


def check_tags(tags: dict[str, str]) -> None:
    """Raise InvalidParameterValueException for tags out of bounds."""
    if len(tags) > MOST_TAGS:
        raise invalid(f"A resource has at most {MOST_TAGS} tags.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
            raise invalid(f"The tag '{key}' is too long, or reserved (aws:).")


def _next_build(call: Call, kind: str, slug: str, version: Parts | None) -> int:
    query = select(BuilderResource.build).where(*_mine(call, kind, slug), *_version(version))
    return max((build or 0 for build in call.session.scalars(query)), default=0) + 1


def _same(call: Call, kind: str, slug: str, version: Parts | None, build: int | None) -> Select[Any]:
    """The ARN of the resource that has this name, version and build already."""
    return select(BuilderResource.arn).where(
        *_mine(call, kind, slug), *_version(version), BuilderResource.build == build
    )


def _mine(call: Call, kind: str, slug: str) -> tuple[Any, ...]:
    return (
        BuilderResource.region == call.region,
        BuilderResource.account_id == call.account_id,
        BuilderResource.kind == kind,
        BuilderResource.slug == slug,
    )


def _version(version: Parts | None) -> tuple[Any, ...]:
    columns = (BuilderResource.major, BuilderResource.minor, BuilderResource.patch)
    return tuple(
        column == part for column, part in zip(columns, version or (), strict=False) if part is not None
    )


def newest(query: Select[Any]) -> Select[Any]:
    """The newest version first."""
    table = BuilderResource
    return query.order_by(table.major.desc(), table.minor.desc(), table.patch.desc(), table.build.desc())


def found(call: Call, arn: str, *kinds: str, own: bool = False, lock: bool = False) -> BuilderResource:
    """The resource that an ARN names; the newest one that it matches, if it has wildcards or no build.

    Raises InvalidParameterValueException, ResourceNotFoundException; with `own`, for others' too.
    """
    wanted = parse(arn, *kinds)
    query = select(BuilderResource).where(
        BuilderResource.region == wanted.region,
        BuilderResource.kind == wanted.kind,
        BuilderResource.slug == wanted.slug,
        *_version(wanted.version),
    )
    if wanted.build is not None:
        query = query.where(BuilderResource.build == wanted.build)
    if wanted.owner == SHIPPED:
        query = query.join(Account, Account.id == BuilderResource.account_id).where(Account.alias == AMAZON)
    else:
        query = query.where(BuilderResource.account_id == wanted.owner)
    if wanted.region != call.region:
        raise not_found(arn)
    row: BuilderResource | None = call.session.scalar(
        newest(query.with_for_update(of=BuilderResource) if lock else query).limit(1)
    )
    if row is None or not _visible(call, row, wanted, own):
        raise not_found(arn)
    return row


def _visible(call: Call, row: BuilderResource, wanted: Arn, own: bool) -> bool:
    if row.account_id == call.account_id:
        return True
    return not own and (wanted.owner == SHIPPED or shared_with(call, row.policy, row.arn))


def deleted(call: Call, arn: str, *kinds: str) -> str:
    """Delete the caller's resource of exactly this ARN. Raises ResourceDependencyException."""
    row = found(call, arn, *kinds, own=True, lock=True)
    if row.arn != arn:
        raise not_found(arn)
    if users := resources_using(call.session, call.account_id, call.region, arn):
        raise depended_on(arn, users)
    call.session.delete(row)
    call.session.flush()
    return arn


def of_owner(call: Call, kind: str, owner: str | None) -> list[BuilderResource]:
    """All builds of all versions of a kind that belong to an owner's scope: Self, Shared, Amazon."""
    query = select(BuilderResource).where(BuilderResource.region == call.region, BuilderResource.kind == kind)
    if owner in (None, "Self"):
        query = query.where(BuilderResource.account_id == call.account_id)
    elif owner == "Amazon":
        query = query.join(Account, Account.id == BuilderResource.account_id).where(Account.alias == AMAZON)
    elif owner == "Shared":
        query = query.where(
            BuilderResource.account_id != call.account_id, BuilderResource.policy.is_not(None)
        )
        return [row for row in call.session.scalars(newest(query)) if shared_with(call, row.policy, row.arn)]
    else:  # ThirdParty, AWSMarketplace: nobody sells components here
        return []
    return list(call.session.scalars(newest(query)))


def first_of_each(rows: Iterable[BuilderResource], *parts: str) -> list[BuilderResource]:
    """The first row of each combination of attributes: of rows newest first, the newest."""
    seen: dict[tuple[Any, ...], BuilderResource] = {}
    for row in rows:
        seen.setdefault(tuple(getattr(row, part) for part in parts), row)
    return list(seen.values())


def listed(
    call: Call,
    operation: str,
    request: Shape,
    member: str,
    rows: Sequence[Any],
    shape: Callable[[Any], Shape],
    filters: dict[str, Callable[[Any], object]],
    key: Callable[[Any], str] = lambda row: str(row.arn),
) -> Shape:
    """The answer of a List operation: rows that meet all filters, in order of their keys, by pages."""
    for one in request.get("filters") or ():
        if one.get("name") not in filters:
            raise invalid(f"'{one.get('name')}' is not a filter here; there are: {', '.join(filters)}.")
        wanted = set(one.get("values") or ())
        rows = [row for row in rows if wanted & _values(filters[one["name"]](row))]
    rows, token = paged(call, operation, request, rows, key)
    answer = {"requestId": call.request_id, member: [shape(row) for row in rows]}
    return {**answer, "nextToken": token} if token else answer


def _values(found: object) -> set[str]:
    """What a filter compares: one value, each of a list, or none."""
    if found is None:
        return set()
    return {str(one) for one in found} if isinstance(found, list) else {str(found)}


def paged(
    call: Call, operation: str, request: Shape, rows: Sequence[Any], key: Callable[[Any], str]
) -> tuple[list[Any], str | None]:
    """A page of items. Raises InvalidPaginationTokenException."""
    given = {"MaxResults": request.get("maxResults") or PAGE, "NextToken": request.get("nextToken")}
    try:
        return page_of(call, operation, rows, key, given, smallest=1)
    except Fault as fault:
        if fault.code == "InvalidNextToken":
            raise Fault("InvalidPaginationTokenException", fault.message) from fault
        raise


def with_request(call: Call, answer: Shape) -> Shape:
    """An answer with its request id."""
    return {"requestId": call.request_id, **answer}


def one_of(request: Shape, *members: str) -> str:
    """The one of some members that a request has. Raises InvalidParameterCombinationException."""
    given = [member for member in members if request.get(member)]
    if len(given) != 1:
        raise combination(f"Give exactly one of: {', '.join(members)}.")
    return given[0]


def check_platform(platform: str | None) -> None:
    """Raise InvalidParameterValueException for platforms that cannot be built here."""
    if platform not in (None, *PLATFORMS):
        raise invalid(f"The platform {platform} cannot be built here: only Linux images.")
