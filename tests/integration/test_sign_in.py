"""Where people sign in: who reaches what, by address, by link and by message, and what is noted of it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from fsat_core.access import ROLES, give_role, read_audit, take_role
from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import Decision, LabelStore, Queue, build_queue, list_queues, save_queue
from tests.helpers.members import MemberVisit, oidc_provider, sign_in
from tools.app_server import AppServer

FRESH_S = 3.0  # after so long a role that was changed holds everywhere
STRANGER = "stranger@example.com"
# Whatever Streamlit answers to, but for signing in and for saying that it is there.
ADDRESSES = [
    "/",
    "/clips?label=Bark",
    "/team",
    "/label?queue=1",
    "/index.html",
    "/static/js/index.js",
    "/media/0000000000000000000000000000000000000000.wav",
    "/component/x/index.html",
    "/app/static/x",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/upload_file/x/y",
    "/_stcore/bidi-components/x/y.js",
    "/_stcore/agent/openapi.json",
    "/_stcore/allowed-message-origins",
    "/_stcore/health/x",
    "/auth/login/x",
    "/anything/else",
]

Clients = dict[str, httpx2.Client]
Visit = Callable[[str], MemberVisit]


def email(role: str) -> str:
    return f"{role}@example.org"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with sign-in, and a member of each role."""
    app = AppServer(tmp_path_factory.mktemp("app"))
    with oidc_provider() as provider:
        app.sign_in_with(provider)
        with LabelStore.open(app.settings.database_url) as store:
            for role in ROLES:
                give_role(store, email(role), role, by="the test")
        app.start()
        yield app
        app.stop()


@pytest.fixture(scope="module")
def store(server: AppServer) -> Iterator[LabelStore]:
    with LabelStore.open(server.settings.database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def clients(server: AppServer) -> Iterator[Clients]:
    """Browsers by role; "stranger" has signed in and is no member, "nobody" has not signed in."""
    people: dict[str, str | None] = {role: email(role) for role in ROLES}
    people |= {"stranger": STRANGER, "nobody": None}
    with ExitStack() as stack:
        yield {who: stack.enter_context(sign_in(server.url, address)) for who, address in people.items()}


@pytest.fixture
def visit(server: AppServer, clients: Clients) -> Iterator[Visit]:
    """Opens a connection as a page in somebody's browser has one."""
    with ExitStack() as stack:
        yield lambda who: stack.enter_context(MemberVisit(server.url, dict(clients[who].cookies)))


@pytest.fixture
def queue(server: AppServer, store: LabelStore) -> Queue:
    """A saved queue of five clips."""
    catalogue = scan(open_dataset(server.data_dir), server.cache_dir)
    return save_queue(store, build_queue("random", catalogue, limit=5))


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_get_nothing_by_any_address(clients: Clients, address: str) -> None:
    for who, status in (("nobody", 401), ("stranger", 403)):
        for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
            answer = clients[who].request(method, address)
            assert answer.status_code == status, f"{method} by {who}"
        assert b"streamlit" not in clients[who].get(address).content.lower()


@pytest.mark.parametrize("who", ROLES)
def test_every_member_gets_pages(clients: Clients, who: str) -> None:
    assert clients[who].get("/clips?label=Bark").status_code == 200
    assert clients[who].get("/_stcore/host-config").status_code == 200


@pytest.mark.parametrize("who", ["nobody", "stranger"])
def test_strangers_have_no_connection(visit: Visit, who: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        visit(who)
    assert refused.value.response.status_code == 403


def test_the_address_of_a_sound_is_for_members(visit: Visit, clients: Clients) -> None:
    page = visit("owner")
    page.open("clips", "label=Bark")
    sound = next(address for address in page.media if address.endswith(".wav"))
    statuses = {who: client.get(sound).status_code for who, client in clients.items()}
    expected: dict[str, int] = dict.fromkeys(ROLES, 200)
    assert statuses == expected | {"stranger": 403, "nobody": 401}


def browser_of(server: AppServer, cookies: dict[str, str]) -> httpx2.Client:
    """A browser with cookies of one's own making, which waits as long as a busy machine takes."""
    return httpx2.Client(base_url=server.url, cookies=cookies, timeout=60, trust_env=False)


@pytest.mark.parametrize("cookie", ["", "x", "x.y.z", "eyJlbWFpbCI6Im93bmVyQGV4YW1wbGUub3JnIn0.aaaa.bbbb"])
def test_a_cookie_of_ones_own_making_is_of_nobody(server: AppServer, cookie: str) -> None:
    with browser_of(server, {"_streamlit_user": cookie}) as client:
        assert client.get("/clips").status_code == 401


def test_a_cookie_that_was_changed_is_of_nobody(server: AppServer, clients: Clients) -> None:
    cookies = dict(clients["viewer"].cookies)
    cookies["_streamlit_user"] = "A" + cookies["_streamlit_user"][1:]
    with browser_of(server, cookies) as client:
        assert client.get("/clips").status_code == 401


@pytest.mark.parametrize("who", ROLES)
def test_a_message_does_what_the_role_allows_whatever_the_page_has(
    visit: Visit, store: LabelStore, who: str
) -> None:
    before = len(list_queues(store))
    page = visit(who)
    page.open("clips", "label=Bark")
    page.choose("label_these_filter", trigger_value=True)
    assert len(list_queues(store)) - before == (who != "viewer")


@pytest.mark.parametrize("who", ROLES)
def test_pages_have_what_a_role_may_use(visit: Visit, who: str) -> None:
    page = visit(who)
    page.open()
    assert ("team" in page.pages) == (who == "owner")
    page.open("train")
    assert page.shows("train_start") == (who in ("trainer", "owner"))
    assert ("expected annotator or more" in page.open("label").text) == (who == "viewer")


def test_team_is_no_page_for_others_even_by_what_a_message_calls_it(visit: Visit) -> None:
    owners = visit("owner")
    owners.open("team")
    assert owners.shows("team_address")
    page = visit("trainer")
    page.open()
    page.go_to(owners.pages["team"])
    assert not page.shows("team_address")


def decision(queue: Queue, annotator: str, token: str) -> dict[str, Any]:
    """An operation of a board: that the first clip of a queue is to go."""
    first = queue.clips["clip_id"].iloc[0]
    op = {"token": token, "queue": queue.queue_id, "clip_id": first, "annotator": annotator}
    return op | {"action": "remove"}


def post(page: MemberVisit, queue: Queue, op: dict[str, Any]) -> None:
    posted = {"n": 1, "queue": queue.queue_id, "ops": [op]}
    page.choose("label_board", json_value=json.dumps({"post": posted}))


def test_a_board_takes_ones_own_decisions_alone(visit: Visit, store: LabelStore, queue: Queue) -> None:
    page = visit("annotator")
    page.open("label", f"queue={queue.queue_id}")
    post(page, queue, decision(queue, email("owner"), "forged"))
    post(page, queue, decision(queue, email("annotator"), "own"))
    assert store.decisions()["token"].tolist() == ["own"]


def test_an_owner_takes_back_what_others_decided(visit: Visit, store: LabelStore, queue: Queue) -> None:
    theirs = store.add(Decision(queue.clips["clip_id"].iloc[0], email("viewer"), "unsure", token="viewer"))
    trainers = visit("trainer")
    trainers.open("label", f"queue={queue.queue_id}")
    trainers.choose("label_history", bool_value=True)
    assert not trainers.shows(f"label_take_back_{theirs}")
    undo = {"token": "u", "queue": queue.queue_id, "action": "undo"}
    undo |= {"annotator": email("viewer"), "undoes": "viewer"}
    post(trainers, queue, undo)
    owners = visit("owner")
    owners.open("label", f"queue={queue.queue_id}")
    post(owners, queue, undo)  # which no board offers
    assert "undo" not in store.decisions()["action"].tolist()
    owners.choose("label_history", bool_value=True)
    owners.choose(f"label_take_back_{theirs}", trigger_value=True)
    last = store.decisions().iloc[-1]
    assert (last["action"], last["undoes"], last["annotator"]) == ("undo", theirs, email("owner"))
    assert read_audit(store).iloc[0][["who", "act"]].tolist() == [email("owner"), "take back a decision"]


def test_who_has_no_role_any_more_has_no_page(server: AppServer, store: LabelStore, queue: Queue) -> None:
    address = "leaver@example.org"
    give_role(store, address, "annotator", by="the test")
    time.sleep(FRESH_S)
    with (
        sign_in(server.url, address) as client,
        MemberVisit(server.url, dict(client.cookies)) as page,
    ):
        page.open("label", f"queue={queue.queue_id}")
        assert page.shows("label_board")
        take_role(store, address, by="the test")
        assert "You have no role" in page.see_redrawn().text
        post(page, queue, decision(queue, address, "late"))
        assert "late" not in store.decisions()["token"].tolist()
        assert client.get("/clips").status_code == 403


def test_signing_in_and_being_turned_away_is_noted_once_each(clients: Clients, store: LabelStore) -> None:
    for client in clients.values():
        client.get("/clips")
    rows = read_audit(store)
    for who in ROLES:
        assert rows[rows["who"] == email(who)]["act"].tolist().count("sign in") == 1
    assert rows[rows["who"] == STRANGER]["act"].tolist() == ["turned away"]


def test_a_choice_that_there_is_not_leads_back_to_those_that_there_are(clients: Clients) -> None:
    answer = clients["nobody"].get("/sign-in?with=<script>", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert 'href="/sign-in?with="' in answer.text
    assert "if (false) sessionStorage" in answer.text, "who signs in is not led back to this page"


def test_an_address_is_no_part_of_the_page(server: AppServer) -> None:
    with sign_in(server.url, "$links{links}@example.com") as client:
        page = client.get("/clips", headers={"Accept": "text/html"}).text
    assert page.count("<a href") == 1
    assert "$links{links}@example.com has no role here" in page


def test_signing_out_ends_it(server: AppServer) -> None:
    with sign_in(server.url, email("viewer")) as client:
        assert client.get("/clips").status_code == 200
        client.get("/auth/logout")
        assert client.get("/clips").status_code == 401
