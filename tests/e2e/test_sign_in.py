"""Signing in with a browser: by a link to a page, to the page Team, and out again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fsat_core.access import ROLES, give_role, read_members, role_of
from fsat_core.labels import LabelStore
from tests.helpers.browsers import expect_player, new_context
from tests.helpers.inspector import Inspector, axe_script
from tests.helpers.members import oidc_provider
from tools.app_server import AppServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[AppServer]:
    """The app with sign-in, and a member of each role."""
    app = AppServer(tmp_path_factory.mktemp("app"))
    with oidc_provider() as provider:
        app.sign_in_with(provider)
        with LabelStore.open(app.settings.database_url) as store:
            for role in ROLES:
                give_role(store, f"{role}@example.org", role, by="the test")
        app.start()
        yield app
        app.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own for each test: cookies say who is signed in."""
    context = new_context(browser)
    yield context
    context.close()


def sign_in(page: Page, address: str) -> None:
    page.get_by_role("link", name="Sign in").click()
    page.locator("input[name=sub]").fill(address)
    page.get_by_role("button", name="Authorize").click()


def test_a_link_to_a_page_leads_there_by_way_of_signing_in(server: AppServer, page: Page) -> None:
    page.goto(f"{server.url}/clips?label=Bark")
    expect(page.get_by_role("heading", name="Freesound audio tagging")).to_be_visible()
    assert page.locator("[data-testid=stApp]").count() == 0
    sign_in(page, "viewer@example.org")
    expect(page.get_by_role("heading", name="Clips", exact=True)).to_be_visible()
    assert page.url == f"{server.url}/clips?label=Bark"
    expect(page.get_by_role("button", name="Label these")).to_be_disabled()
    expect(page.locator("audio").first).to_have_js_property("readyState", 4)
    expect_player(page)
    page.get_by_test_id("player-loop").click()  # a short clip could end before anyone looks
    page.get_by_role("button", name="Play", exact=True).first.click()
    expect(page.locator("audio").first).to_have_js_property("paused", False)


def test_a_stranger_can_come_back_as_somebody_else(server: AppServer, page: Page) -> None:
    page.goto(f"{server.url}/train")
    sign_in(page, "stranger@example.com")
    expect(page.get_by_text("stranger@example.com has no role here")).to_be_visible()
    page.get_by_role("link", name="Sign in as somebody else").click()
    expect(page.get_by_role("heading", name="End Session")).to_be_visible()  # the provider's
    page.goto(f"{server.url}/train")
    sign_in(page, "trainer@example.org")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()


def test_an_owner_adds_a_member_changes_the_role_and_takes_it_away(server: AppServer, page: Page) -> None:
    page.goto(f"{server.url}/team")
    sign_in(page, "owner@example.org")
    page.get_by_role("textbox", name="New member").fill("ben@example.org")
    page.get_by_role("button", name="Add").click()
    row = page.locator('[class*="st-key-team_row_ben"]')
    expect(row).to_be_visible()
    row.get_by_role("combobox").click()
    page.get_by_role("option", name="Trainer").click()
    with LabelStore.open(server.settings.database_url) as store:
        while role_of(read_members(store), "ben@example.org") != "trainer":
            page.wait_for_timeout(100)
        row.get_by_role("button", name="Remove").click()
        expect(row).to_have_count(0)
        assert role_of(read_members(store), "ben@example.org") is None


def test_the_only_owner_cannot_leave(server: AppServer, page: Page) -> None:
    page.goto(f"{server.url}/team")
    sign_in(page, "owner@example.org")
    row = page.locator('[class*="st-key-team_row_owner"]')
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is the only owner")).to_be_visible()
    expect(row).to_be_visible()


def test_signing_out_closes_the_app(server: AppServer, page: Page) -> None:
    page.goto(server.url)
    sign_in(page, "viewer@example.org")
    page.get_by_role("button", name="viewer@").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="End Session")).to_be_visible()  # the provider's
    page.goto(f"{server.url}/clips")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_what_is_only_there_with_sign_in_has_no_fault_in_either_theme(server: AppServer, page: Page) -> None:
    page.add_init_script(axe_script())
    inspector = Inspector(page, server.url)
    page.goto(f"{server.url}/team")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        inspector.judge(f"Sign in, {theme}")
    sign_in(page, "owner@example.org")
    expect(page.get_by_role("heading", name="Team", exact=True)).to_be_visible()
    inspector.open("team", "Team")
    inspector.inspect("Team")
    page.get_by_role("button", name="owner@").click()
    inspector.inspect("Who is signed in")
    inspector.open("label", "Label")
    assert inspector.errors == []
    assert inspector.found == {}
