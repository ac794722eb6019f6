"""What each role may do on the pages: what is offered to it, and that an act is checked when it is done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from fsat_core.access import ROLES, give_role, read_audit
from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import Decision, LabelStore, build_queue, list_queues, save_queue
from fsat_core.runs import Run, RunStatus, list_runs
from fsat_core.settings import Settings
from ui.shared import access, sign_in

Open = Callable[..., AppTest]
SECRETS = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "app",
    "client_secret": "s",
    "server_metadata_url": "https://example.org/.well-known/openid-configuration",
}


@dataclass(frozen=True)
class Act:
    """A button that changes something: its page and key, for whom it is, and what the audit calls it."""

    page: str
    key: str
    least: str
    noted: str = ""


ACTS = [
    Act("explore", "rescan", "trainer"),
    Act("clips", "label_these_filter", "annotator"),
    Act("predict", "predict_train", "trainer", "start a run"),
    Act("train", "train_start", "trainer", "start a run"),
    Act("train", "resume-RUN", "trainer", "resume a run"),
    Act("label", "label_queue_delete", "annotator", "delete a queue"),
    Act("label", "label_take_back_DECISION", "owner", "take back a decision"),
    Act("team", "team_remove_viewer@example.org", "owner", "change a role"),
]


def email(role: str) -> str:
    return f"{role}@example.org"


@pytest.fixture
def store(settings: Settings) -> Iterator[LabelStore]:
    """The label database of the app, with a member of each role, a queue and a decision."""
    with LabelStore.open(settings.database_url) as opened:
        for role in ROLES:
            give_role(opened, email(role), role, by="the test")
        access.forget_members()
        catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
        queue = save_queue(opened, build_queue("random", catalogue, limit=5))
        opened.add(Decision(queue.clips["clip_id"].iloc[0], "somebody@example.org", "unsure"))
        yield opened


@pytest.fixture
def lost(new_run: Callable[..., Run]) -> Run:
    """A run whose worker is gone."""
    run = new_run()
    RunStatus("training", pid=1, create_time=1.0).save(run.path / "status.json")
    return run


@pytest.fixture
def open_as(
    open_app: Open, store: LabelStore, lost: Run, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Act], AppTest]:
    """Opens the page of an act as somebody with a role."""
    monkeypatch.setattr(sign_in, "_secrets", lambda: {"auth": SECRETS})
    monkeypatch.setattr(sign_in, "_configured", set())
    monkeypatch.setattr(sign_in, "_LOOK_EVERY_S", 0.0)
    monkeypatch.setattr("ui.train.run_view.resume", lambda run, settings: launched.append(run.run_id))

    def open_page(role: str, act: Act) -> AppTest:
        app = open_app(act.page, user={"is_logged_in": True, "email": email(role)})
        assert not app.exception
        if act.key.startswith("label_take_back"):
            app.session_state["label_history"] = True  # unfolded
            app.run()
        return app

    return open_page


def find(app: AppTest, act: Act, lost: Run) -> Button | None:
    """The button, where the page has it."""
    key = act.key.replace("RUN", lost.run_id).replace("DECISION", "1")
    return next((button for button in app.button if button.key == key), None)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.key)
def test_a_role_is_offered_what_it_may_do(open_as: Open, lost: Run, act: Act, role: str) -> None:
    button = find(open_as(role, act), act, lost)
    is_offered = button is not None and not button.disabled
    assert is_offered == (ROLES.index(role) >= ROLES.index(act.least))


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.key)
def test_who_may_do_it_does_it_and_it_is_noted(
    open_as: Open, store: LabelStore, lost: Run, launched: list[str], act: Act
) -> None:
    app = open_as(act.least, act)
    button = find(app, act, lost)
    assert button is not None
    before = len(read_audit(store))
    button.click().run()
    assert not app.exception
    rows = read_audit(store)
    noted = rows["act"].tolist()[: len(rows) - before]
    assert noted == ([act.noted] if act.noted else [])
    assert set(rows["who"].tolist()[: len(noted)]) <= {email(act.least)}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.key)
def test_an_act_is_checked_when_it_is_done(
    open_as: Open, store: LabelStore, lost: Run, launched: list[str], settings: Settings, act: Act
) -> None:
    app = open_as(act.least, act)
    button = find(app, act, lost)
    assert button is not None
    give_role(store, email("second"), "owner", by="the test")
    give_role(store, email(act.least), "viewer", by="the test")
    access.forget_members()

    def state() -> tuple[object, ...]:
        audit, decisions = read_audit(store), store.decisions()
        return (
            len(audit),
            len(decisions),
            len(list_queues(store)),
            len(list_runs(settings.runs_dir)),
            *launched,
        )

    before = state()
    button.click().run()
    assert state() == before


def test_one_line_says_that_nobody_signs_in(open_app: Open, settings: Settings) -> None:
    app = open_app()
    assert any("whoever reaches this app may do anything" in each.value for each in app.sidebar.caption)


def test_a_stranger_sees_nothing_but_why(open_as: Open, store: LabelStore) -> None:
    app = open_as("stranger", ACTS[0])
    assert ["You have no role" in each.value for each in app.error] == [True]
    assert [button.key for button in app.button] == ["sign_out"]
    assert not app.sidebar.caption
    assert not app.title


def test_decisions_are_made_in_the_name_that_signed_in(open_as: Open, store: LabelStore) -> None:
    app = open_as("annotator", Act("label", "", ""))
    assert not any(field.label == "Your name" for field in app.text_input)
    assert email("annotator") in "".join(each.value for each in app.markdown).replace("\u2060", "")
