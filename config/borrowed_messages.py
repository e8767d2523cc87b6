"""Texts of the theme, the task queue and Django that come without German: named here, they get into our files."""

from django.utils.translation import gettext_noop as _

THEME = (
    _("All applications"),
    _("Apply Filters"),
    _("Cancel"),
    _("Date"),
    _("Expand row"),
    _("False"),
    _("Filters"),
    _("General"),
    _("Go back"),
    _("Dark"),
    _("Light"),
    _("System"),
    _("More actions"),
    _("No results found"),
    _("Reset filters"),
    _("Return to site"),
    _("Run"),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("Submit"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Toggle password visibility"),
    _("True"),
    _("Type to search"),
    _("Welcome back to"),
    _("You have been successfully logged out from the administration"),
    _("After you've created a user, you’ll be able to edit more user options."),
    _(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the "
        'password using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
    ),
)

TASK_QUEUE = (
    _("Arguments"),
    _("Attempt count"),
    _("Cluster key"),
    _("Function"),
    _("Lock until"),
    _("Started at"),
    _("Stopped at"),
    _("Dotted import path to the callable, e.g. myapp.tasks.job."),
    _("How many times execution was attempted."),
    _("Name of the cluster that executed this task."),
    _("Name of the target cluster"),
    _("Optional human-readable name for lookup and display."),
    _("Optional label to identify this schedule in the admin."),
    _("Prevent any cluster from pulling until"),
    _("When the worker finished (success or failure)."),
    _("When the worker started executing the task."),
    _("When this schedule runs next (stored in UTC)."),
    _("e.g. module.tasks.function"),
)

DJANGO = (
    _("Conflicting form data submitted. Please try again."),
    _("Disable password-based authentication"),
    _("Disabled"),
    _("Enable password-based authentication"),
    _("Enable password-based authentication for this user by setting a password."),
    _("Enabled"),
    _("Password-based authentication"),
    _("Password-based authentication was disabled."),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("Reset password"),
    _("Set password: %s"),
    _("This action will <strong>enable</strong> password-based authentication for this user."),
    _(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able "
        "to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
)
