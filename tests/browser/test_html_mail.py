"""HTML mail and attachments in a real browser: shown, still, and asking nobody."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from hyperkitty.models import Email
from tests.mails import bring, mail, make_list

from .conftest import PHONE
from .test_pages import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAD = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=r\n"
DOT = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
BODY = f"""\
--r
Content-Type: multipart/alternative; boundary=a

--a

The text.
--a
Content-Type: text/html

<h1>Laid out</h1><img src="cid:pic@x" alt="dot" onload="alert(1)">
<img src="https://tracker.invalid/dot.gif"><script>parent.document.title='x'</script>
<form action="https://tracker.invalid/"><input name="a"></form>
--a--
--r
Content-Type: image/gif; name="dot.gif"
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

{DOT}
--r
Content-Type: text/x-patch; name="fix.patch"
Content-Disposition: attachment; filename="fix.patch"

--- a/x.py
+++ b/x.py
@@ -1 +1 @@
-import os
+import sys
--r--
"""


@pytest.fixture
def fancy(live_server) -> Email:
    """Return a mail with HTML, a picture and a patch."""
    mlist = make_list(name="fancy@lists.example.org")
    bring(mlist, mail("f@e.com", headers=HEAD, text=BODY))
    return mlist.emails.get()


def test_frame_shows_the_mail_and_asks_nobody(fancy, archive, visit, axe) -> None:
    here = visit()
    page = here.open(f"{fancy.get_absolute_url()}?html")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Laid out")).to_be_visible()
    picture = frame.locator("img[alt=dot]")
    assert picture.evaluate("one => one.complete && one.naturalWidth") == 1
    assert "x" not in page.title().split()
    assert here.complaints == []
    assert faults(axe, page) == []


def test_picture_is_loaded_when_it_is_unfolded(fancy, archive, visit) -> None:
    here = visit(viewport=PHONE)
    asked: list[str] = []
    here.page.on("request", lambda request: asked.append(request.url))
    page = here.open(fancy.get_absolute_url())
    page.wait_for_load_state("networkidle")
    assert not any("dot.gif" in url for url in asked)
    with page.expect_response(lambda answer: "dot.gif" in answer.url) as found:
        page.locator(".picture summary").click()
    assert found.value.status == 200
    assert here.complaints == []


def test_patch_is_shown_below_the_mail(fancy, archive, visit, axe) -> None:
    page = visit(color_scheme="dark").open(fancy.get_absolute_url())
    page.get_by_role("link", name="Show fix.patch").click()
    section = page.get_by_role("region", name="fix.patch")
    expect(section.locator(".gi")).to_contain_text("import sys")
    expect(section).to_be_in_viewport()
    assert faults(axe, page) == []
