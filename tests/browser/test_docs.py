"""The docs page in a real browser without internet."""

from playwright.sync_api import expect


def test_the_docs_page_shows_every_address_without_internet(address, page, tmp_path):
    elsewhere = []
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:")) else elsewhere.append(request.url),
    )
    page.goto(f"{address}/docs")
    spec = page.request.get(f"{address}/openapi.json").json()
    expect(page.locator(".opblock-tag")).to_have_count(len(spec["tags"]))
    page.locator(".opblock-tag", has_text="checkin").click()
    page.wait_for_selector("[data-path='/api/v1/checkins']")
    page.screenshot(path=tmp_path / "docs.png", full_page=True)
    assert {
        tag for methods in spec["paths"].values() for each in methods.values() for tag in each["tags"]
    } == {tag["name"] for tag in spec["tags"]}
    assert elsewhere == []
