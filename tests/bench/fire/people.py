"""The people of a fire, as a program of their own: a hub that keeps telling, and a reviewer who decides all day.

`python -m tests.bench.fire.people FOLDER SEED PORT`, until it is stopped or killed. It imports files, edits, approves
one by one (also in the browser) and in bulk, declines, takes back, sends again and resumes what was paused; what fails
because something died is tried again later, as people do. Two things are never done: approving without looking at the
digest, and burying.
"""

import contextlib
import json
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
import httpx

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import Error, close_old_connections, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.bench.fire.town import HUB, WORD  # noqa: E402
from zbsync.models import Contact, ErpConnection, HubConnection, Proposal, Push  # noqa: E402
from zbsync.pipeline import audit, ingest, review, wiring  # noqa: E402

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PAUSE_S = (0.02, 0.25)


class Reviewer:
    """Hub and reviewer in one."""

    def __init__(self, folder: Path, seed: int, port: int) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.user = User.objects.get(username="fire")
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, follow_redirects=True)
        self.acts: dict[Callable[[], None], int] = {
            self.tell_new: 5, self.tell_again: 3, self.edit: 3, self.approve: 5, self.approve_all: 2, self.browse: 4,
            self.decline: 1, self.take_back: 1, self.send_again: 2, self.resume: 2,
        }  # fmt: skip

    def work(self) -> None:
        """One thing after the other, for ever."""
        while True:
            [act] = self.chance.choices(list(self.acts), list(self.acts.values()))
            try:
                act()
            except (Error, httpx.HTTPError) as error:
                print(f"{time.time():.3f} {act.__name__}: {type(error).__name__}: {error}", flush=True)
                with contextlib.suppress(Error):
                    connection.close()
            close_old_connections()
            time.sleep(self.chance.uniform(*PAUSE_S))

    def _take(self, numbers: list[int]) -> None:
        path = self.folder / f"contacts-{time.time_ns()}.jsonl"
        with path.open("w") as file:
            for number in numbers:
                told = {
                    "source_id": f"f{number}",
                    "name": f"张示例{number}",
                    "phone": f"139{number:08d}",
                    "phone_verified": True,
                    "wechat_id": f"wx_f{number}",
                    "channel": "微信",
                    "score": 90,
                    "summary": f"第{self.chance.randrange(10**6)}次说起，想要报价",
                }
                file.write(json.dumps(told, ensure_ascii=False) + "\n")
        hub = HubConnection.objects.get(name=HUB)
        ingest.import_file(path, hub, audit.Actor.job("import_contacts"), now=timezone.now())
        path.unlink()

    def tell_new(self) -> None:
        """A few contacts that nobody has heard of; no more than can be dealt with."""
        if Push.objects.filter(state="queued").count() < 60:
            known = Contact.objects.count()
            self._take(list(range(known, known + self.chance.randint(1, 8))))

    def tell_again(self) -> None:
        """Contacts that changed: what waits for them is superseded, what was sent gets a follower."""
        if known := Contact.objects.count():
            self._take(sorted({self.chance.randrange(known) for _ in range(self.chance.randint(1, 4))}))

    def _some(self, most: int) -> list[Proposal]:
        ready = list(Proposal.objects.filter(state="ready").order_by("pk")[:40])
        return self.chance.sample(ready, k=min(len(ready), self.chance.randint(1, most)))

    def edit(self) -> None:
        """The reviewer knows better."""
        for row in self._some(2):
            value = f"改于{self.chance.randrange(10**6)}"
            review.edit(row.pk, "intro", value, "heard on the phone", self.user, row.digest)

    def approve(self) -> None:
        """What is on the screen, one or a few; ambiguous ones are created after a look."""
        rows = self._some(6)
        for row in rows:
            if row.match_kind == "ambiguous":
                review.create_anyway([row.pk], self.user, digests={row.pk: row.digest}, reason="another person")
        review.approve([row.pk for row in rows], self.user, digests={row.pk: row.digest for row in rows})

    def approve_all(self) -> None:
        """The whole list, as it was shown."""
        shown = timezone.now()
        time.sleep(self.chance.uniform(0, 0.2))
        review.approve(Proposal.objects.for_review(), self.user, shown_at=shown)

    def browse(self) -> None:
        """The list in the browser, and a decision there."""
        page = self.web.get("/admin/zbsync/proposal/")
        if "/login/" in str(page.url):
            form = {"csrfmiddlewaretoken": TOKEN.findall(page.text)[0], "username": "fire", "password": WORD}
            self.web.post(str(page.url), data=form)
        for row in self._some(2):
            address = f"/admin/zbsync/proposal/{row.pk}/change/"
            if tokens := TOKEN.findall(self.web.get(address).text):
                form = {"csrfmiddlewaretoken": tokens[0], "verb": "approve", "digest": row.digest}
                self.web.post(address, data=form)

    def decline(self) -> None:
        """This one does not go."""
        rows = self._some(1)
        review.reject([row.pk for row in rows], self.user, digests={row.pk: row.digest for row in rows}, reason="no")

    def take_back(self) -> None:
        """An approval that was a mistake."""
        waiting = Push.objects.filter(state="queued").order_by("-pk").values_list("proposal", flat=True)[:3]
        review.undo([pk for pk in waiting if self.chance.random() < 0.3], self.user, reason="a mistake")

    def send_again(self) -> None:
        """What failed: mended in the ERP, says the reviewer."""
        failed = Push.objects.filter(state__in=["rejected", "dead", "drifted"]).values_list("pk", flat=True)
        review.requeue([pk for pk in failed if self.chance.random() < 0.5], self.user, "mended")

    def resume(self) -> None:
        """The captcha was passed, the account is in order."""
        for paused in ErpConnection.objects.filter(paused_at__isnull=False):
            wiring.resume(paused, audit.Actor.of(self.user), timezone.now(), "looked after")


if __name__ == "__main__":
    Reviewer(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])).work()
