"""The jobs, in the order `sync` runs them: name, function, every so many minutes the worker sweeps for it."""

JOBS: tuple[tuple[str, str, int], ...] = (
    ("events", "platforms.inbox.fetch", 1),
    ("apply", "platforms.inbox.apply", 1),
    ("handover", "listings.handover.job.hand_over", 1),
    ("reports", "listings.reports.send", 1),
    ("stock", "stock.polling.poll", 1),
    ("sellers", "sellers.settlement.settle", 1),
    ("pictures", "listings.pictures.job.fetch_due", 1),
    ("deliveries", "platforms.webhooks.job.deliver", 1),
    # Looks every hour whether the day's comparison is due.
    ("reconcile", "platforms.reconciliation.reconcile", 60),
)
