from django.urls import path

from sellers import account_views, preview_views, views, views_sign_in, views_sign_up, views_update

urlpatterns = [
    path("sign-up/<slug:code>/", views.enter, {"kind": "sign-up"}, name="sign-up"),
    path("sign-up/<slug:code>/<slug:ref>/", views_sign_up.fill_in, name="sign-up-form"),
    path("sign-up/<slug:code>/<slug:ref>/sign-in/", views_sign_in.begin, name="sign-in"),
    path("sign-up/<slug:code>/<slug:ref>/sign-in/failed/", views_sign_in.failed, name="sign-in-failed"),
    path("signed-in/<slug:code>/", views_sign_in.finish, name="signed-in"),
    path("update/<slug:code>/", views.enter, {"kind": "update"}, name="update"),
    path("update/<slug:code>/<slug:ref>/", views_update.change, name="update-form"),
    path("invitation/<slug:code>/", account_views.invitation, name="invitation"),
    path("lost-code/<slug:code>/", account_views.lost_code, name="lost-code"),
    path("brand/<slug:code>.css", views.brand, name="brand"),
    path("preview/<slug:code>/", preview_views.gallery, name="previews"),
    path("preview/<slug:code>/brand.css", preview_views.brand, name="preview-brand"),
    path("preview/<slug:code>/<slug:name>/", preview_views.page, name="preview"),
]
