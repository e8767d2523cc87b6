"""The queue's broker: django-q2's ORM broker for many clusters, with a queue of its own for each cluster."""

import os
from datetime import timedelta
from time import sleep

from django.db import connections, transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf

from platforms import pulse

CLUSTER_VARIABLE = "PORTAL_CLUSTER"


def private_key(cluster: str) -> str:
    """The queue only the named cluster reads: what a heartbeat is sent through, to prove that this cluster works."""
    return f"{Conf.PREFIX}:{cluster}"


class SkipLockedBroker(ORM):
    """Takes tasks with SKIP LOCKED where the database has it, so that clusters do not fight for the first row."""

    def __init__(self, list_key: str | None = None, *, delay: timedelta = timedelta()) -> None:
        super().__init__(list_key)
        self.delay = delay

    def enqueue(self, task: str) -> int:
        """Nobody takes the task before the delay is over."""
        due_at = timezone.now() + self.delay
        row = self.get_connection().create(key=self.list_key or Conf.CLUSTER_NAME, payload=task, lock=due_at)
        return int(row.pk)

    def set_stat(self, *args: object) -> None:
        """The loop that guards the cluster calls this each time it comes round; nobody reads its statistics."""
        pulse.turn()

    def dequeue(self) -> list[tuple[int, str]] | None:
        tasks = self._claim()
        if not tasks:
            # An empty queue: spare the processor.
            sleep(Conf.POLL)
        return tasks or None

    def _claim(self) -> list[tuple[int, str]]:
        cluster = os.environ.get(CLUSTER_VARIABLE)
        keys = [self.list_key, private_key(cluster)] if cluster else [self.list_key]
        now = timezone.now()
        # The private queue first ("name:cluster" sorts after "name"), so that a backlog does not pass for a hang.
        due = self.get_connection().filter(key__in=keys, lock__lte=now).order_by("-key", "id")
        if not due.exists():
            # Most polls find nothing: no write transaction for those.
            return []
        with transaction.atomic(using=Conf.ORM):
            if connections[Conf.ORM].features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True)
            tasks = list(due[: Conf.BULK])
            leased_until = now + timedelta(seconds=Conf.RETRY)
            self.get_connection().filter(pk__in=[task.pk for task in tasks]).update(lock=leased_until)
        return [(task.pk, task.payload) for task in tasks]
