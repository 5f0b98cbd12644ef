"""The docs page in a real browser without internet."""

from collections import Counter

from playwright.sync_api import expect


def test_the_docs_page_shows_every_address_without_internet(address, page):
    elsewhere = []
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:")) else elsewhere.append(request.url),
    )
    page.goto(f"{address}/docs")
    spec = page.request.get(f"{address}/openapi.json").json()
    operations = [each for methods in spec["paths"].values() for each in methods.values()]
    tags = Counter(tag for operation in operations for tag in operation["tags"])
    expect(page.locator(".opblock-tag")).to_have_count(len(tags))
    for tag, number in tags.items():
        group = page.locator(f".opblock-tag-section:has([data-tag='{tag}'])")
        group.locator(".opblock-tag").click()
        expect(group.locator(".opblock")).to_have_count(number)
        group.locator(".opblock-tag").click()
    assert elsewhere == []
