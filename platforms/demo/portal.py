"""The portal as the marketplace's own systems and its staff meet it: over HTTP alone."""

from typing import Any

from platforms.demo import pages
from platforms.demo.http import Party


class Portal(Party):
    """The REST API with one key."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, {"Authorization": f"Bearer {api_key}"})

    @property
    def knows_key(self) -> bool:
        return self.request("GET", "/api/v1/channels/").ok

    def listed(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Every result of a list, from all its pages."""
        page = self.call("GET", f"/api/v1/{path}/", params=query)
        results: list[dict[str, Any]] = page["results"]
        while page["next"]:
            page = self.call("GET", page["next"])
            results += page["results"]
        return results

    def nudge(self, channel: str) -> None:
        """Ask the worker to look at the channel now and not within the minute."""
        self.call("POST", f"/api/v1/channels/{channel}/sync/")


def problems(base_url: str) -> str:
    """Why the portal is not ready for work, in words; empty when it is."""
    checks = Party(base_url).request("GET", "/health/ready").json()["checks"]
    failed = (f"{name}: {check.get('detail', 'failed')}" for name, check in checks.items() if not check["ok"])
    return "; ".join(failed)


def staff_can_log_in(base_url: str, username: str, password: str) -> bool:
    browser = Party(base_url)
    page = browser.request("GET", "/admin/login/?next=/admin/")
    answer = pages.send(browser, page, pages.form_with(page, "username"), username=username, password=password)
    return answer.ok and "/login/" not in answer.url
