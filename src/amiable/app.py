"""The composition root: settings become a state database, a host and a running server.

Order at start: bind the port → lock the data directory → migrate → accounts → stores, cache, accelerator →
networks as the rows say → engine → supervisor → requests. At the end, backwards; machines go on running.
"""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from amiable.api.dispatch import Dispatcher
from amiable.api.imagebuilder.cloud import PublicCloud
from amiable.api.imagebuilder.scheduled import ScheduledBuilds
from amiable.api.perform import Performer
from amiable.blocks.cache import BaseCache
from amiable.blocks.store import open_store
from amiable.builder.components import ship
from amiable.builder.execution.step import BuilderHost
from amiable.builder.execution.story import BUILDER_STORIES
from amiable.builder.lifecycle.story import lifecycle
from amiable.builder.timetable import Timetable
from amiable.builder.workflow.managed import ship_workflows
from amiable.compute import machine
from amiable.compute.accelerator import choose
from amiable.compute.net import vpc
from amiable.compute.net.identity import load_or_create
from amiable.compute.net.metadata import MetadataServer
from amiable.compute.net.names import runtime_folder, token
from amiable.compute.net.tree import InstanceMetadata
from amiable.compute.net.wanted import HostNetwork
from amiable.core.errors import Conflict, MissingPrerequisite, Unavailable
from amiable.core.log import logger
from amiable.core.settings import Settings
from amiable.flows import networks
from amiable.flows.catalog_listing import list_catalog
from amiable.flows.engine import Engine
from amiable.flows.host import Host
from amiable.flows.metadata import metadata_of
from amiable.flows.reachability import Prober
from amiable.flows.stories import STORIES
from amiable.flows.story import Story
from amiable.flows.supervisor import Supervisor
from amiable.model import migrations
from amiable.model.account import AMAZON, Account, create_account
from amiable.model.account_setting import chosen
from amiable.model.database import Database, connect
from amiable.model.host import register_host
from amiable.model.network import DEFAULT_VPC_DELETED, ensure_default_vpc
from amiable.model.secret import Sealer, load_sealer
from amiable.web.gateway import application, server

log = logger(__name__)
REQUEST_THREADS = 8
H = TypeVar("H")


@dataclass(frozen=True)
class State:
    """The state database and the key of its secrets: root's own view."""

    settings: Settings
    database: Database
    sealer: Sealer


@contextmanager
def open_state(settings: Settings) -> Iterator[State]:
    """Open the state database, bringing it to the current schema; make the data directory if missing."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except PermissionError as refused:
        raise MissingPrerequisite(
            f"{settings.data_dir} cannot be made.", "Run as root, or set AMIABLE_DATA_DIR."
        ) from refused
    database = Database(
        connect(settings.database, pool_size=settings.workers + settings.builders + REQUEST_THREADS)
    )
    try:
        try:
            migrations.upgrade(database.engine)
        except OperationalError as down:
            raise Unavailable(f"The state database does not answer: {down.orig}") from down
        yield State(settings, database, load_sealer(settings.data_dir / "secret.key"))
    finally:
        database.close()


def add_account(state: State, name: str, *, alias: str | None = None, unit: str | None = None) -> Account:
    """A new account with its default network in every region. Raises what `create_account` raises."""
    with state.database.write() as session:
        account = create_account(session, name, alias=alias, unit=unit)
        _give_networks(state, session, account)
        return account


def _give_networks(state: State, session: Session, account: Account) -> None:
    for region in state.settings.region_names:
        if chosen(session, account.id, region, DEFAULT_VPC_DELETED):
            continue
        ensure_default_vpc(session, account.id, region, state.settings.zone_names(region))


def _prepare_accounts(state: State) -> None:
    """The built-in account with what it publishes, and networks for regions that were configured since."""
    with state.database.write() as session:
        if session.scalar(select(Account).where(Account.alias == AMAZON)) is None:
            create_account(session, AMAZON, alias=AMAZON)
        for account in session.scalars(select(Account)).all():
            _give_networks(state, session, account)
        list_catalog(session, state.settings)
        ship(session, state.settings)
        ship_workflows(session, state.settings)


@contextmanager
def _only_server(settings: Settings) -> Iterator[None]:
    """One server a data directory. Raises Conflict."""
    with (settings.data_dir / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Conflict(f"An amiable server runs on {settings.data_dir}. Stop it first.") from taken
        yield


def _listen(settings: Settings) -> socket.socket:
    """The bound socket of the endpoint. Raises Conflict or InvalidInput-like errors in plain words."""
    address, _, port = settings.listen.rpartition(":")
    try:
        return socket.create_server((address, int(port)), backlog=256)
    except OSError as refused:
        remedy = "Stop what uses it, or set AMIABLE_LISTEN."
        raise Conflict(f"Cannot listen on {settings.listen}: {refused.strerror}. {remedy}") from refused


def host_network(settings: Settings) -> HostNetwork:
    """The pools and the mark of this server's networks."""
    return HostNetwork(
        settings.public_pool,
        settings.transit_pool,
        token(settings.data_dir),
        masquerade_public=not settings.public_pool_routed,
    )


def _open_host(state: State) -> Host:
    settings = state.settings
    accelerator = choose(settings.accelerator, settings.data_dir / "accelerator.json")
    log.info("accelerator: %s (%s)", accelerator.name, accelerator.reason)

    def lookup(vpc_id: str, source: str) -> InstanceMetadata | None:
        return metadata_of(state.database, vpc_id, source)

    return Host(
        settings=settings,
        accelerator=accelerator.name,
        stores={
            region: open_store(settings.store_url(region), settings.store_options)
            for region in settings.region_names
        },
        cache=BaseCache(settings.data_dir / "cache", settings.cache_gib * 1024**3),
        network=host_network(settings),
        metadata=MetadataServer(
            lookup,
            state.sealer.derive(b"metadata tokens"),
            load_or_create(settings.data_dir / "identity.pem"),
        ),
    )


def _engine(
    state: State,
    stories: Mapping[str, Story[H]],
    host: H,
    workers: int,
    observe: Callable[[str], None],
) -> Engine[H]:
    settings = state.settings
    return Engine(
        state.database,
        stories,
        host,
        host_name=settings.host_name,
        workers=workers,
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_seconds,
        observe=observe,
    )


@contextmanager
def running(settings: Settings, observe: Callable[[str], None] = lambda event: None) -> Iterator[Dispatcher]:
    """A whole server but for HTTP. `observe` is told of every step of every story."""
    if os.geteuid() != 0:
        raise MissingPrerequisite(
            "amiable serve needs root: it makes network namespaces and starts machines.",
            "Run it as root or with sudo.",
        )
    with open_state(settings) as state, _only_server(settings):
        for folder in ("instances", "volumes", "work"):
            (settings.data_dir / folder).mkdir(exist_ok=True)
        (settings.data_dir / "volumes").chmod(0o700)  # a program in one volume's folder reaches no other's
        settings.import_folder.mkdir(parents=True, exist_ok=True)
        _prepare_accounts(state)
        host = _open_host(state)
        with state.database.write() as session:
            register_host(session, host.name, host.accelerator)
        networks.reconcile(host, state.database)
        engines: list[Engine[Any]] = []

        def wake() -> None:
            for engine in engines:
                engine.wake()

        performer = Performer(state.database, state.sealer, settings, host.stores, wake)
        builder = BuilderHost(settings, PublicCloud(performer), state.sealer)
        engines += [
            _engine(state, STORIES, host, settings.workers, observe),
            # Builds have threads of their own: one may be busy for an hour with what a guest does.
            _engine(
                state, {**BUILDER_STORIES, lifecycle.kind: lifecycle}, builder, settings.builders, observe
            ),
        ]
        supervisor = Supervisor(host, state.database, wake)
        prober = Prober(host, state.database)
        timetable = Timetable(builder, state.database, ScheduledBuilds(performer), wake)
        for engine in engines:
            engine.start()
        supervisor.start()
        prober.start()
        timetable.start()
        try:
            yield Dispatcher(performer)
        finally:
            timetable.stop()
            prober.stop()
            supervisor.stop()
            for engine in engines:
                engine.stop()
            host.metadata.close()


def serve(settings: Settings, observe: Callable[[str], None] = lambda event: None) -> None:
    """Run the server until it is told to stop (SIGTERM, SIGINT). Machines go on running."""
    with _listen(settings) as listener, running(settings, observe) as dispatcher:
        log.info("serving %s (regions %s)", settings.url, ", ".join(settings.region_names))
        app = application(dispatcher, threads=REQUEST_THREADS, own_range=settings.transit_pool)
        server(app).run(sockets=[listener])


def teardown(settings: Settings) -> list[str]:
    """End every machine and remove every network of this data directory; ids of the machines ended.

    State stays: instances come back as `stopped` at the next start. Raises Conflict while a server runs.
    """
    with _only_server(settings):
        ended = []
        folder = settings.data_dir / "instances"
        for directory in sorted(folder.iterdir()) if folder.exists() else ():
            if machine.stop(directory, 0.0) != "absent":
                ended.append(directory.name)
        for helper in (settings.data_dir / "work").glob("**/pid"):  # block servers, cleaning machines
            machine.kill(helper.parent)
        network = host_network(settings)
        vpc.teardown(network, runtime_folder(network.token))
        return ended
