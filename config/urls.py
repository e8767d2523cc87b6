from django.contrib import admin
from django.urls import include, path

from platforms import health, metrics, overview_admin, views

handler400 = "platforms.rest.problems.bad_request"
handler500 = "platforms.rest.problems.server_error"

urlpatterns = [
    path("", views.status, name="status"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
    # The language switch of the admin; public pages have their own.
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("config.api")),
    path("admin/platforms/overview/", admin.site.admin_view(overview_admin.page), name="overview"),
    path("admin/", admin.site.urls),
    path("", include("listings.urls")),
    path("", include("sellers.urls")),
]
