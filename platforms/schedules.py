"""The worker's schedules: one sweep a job, written by `migrate` from the jobs table."""

from typing import Any

from django.apps import apps
from django.conf import settings

SWEEP = "platforms.tasks.sweep"


def write(**kwargs: Any) -> None:
    """Make django-q2's schedules those of PORTAL_JOBS: by name, adding, changing and removing."""
    schedule = apps.get_model("django_q", "Schedule")
    wanted = {f"sweep {job}": (job, minutes) for job, _function, minutes in settings.PORTAL_JOBS}
    schedule.objects.filter(func=SWEEP).exclude(name__in=wanted).delete()
    for name, (job, minutes) in wanted.items():
        values = {"func": SWEEP, "args": repr((job,)), "schedule_type": "I", "minutes": minutes, "repeats": -1}
        if not schedule.objects.filter(name=name).update(**values):
            schedule.objects.create(name=name, **values)
