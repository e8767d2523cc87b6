from django.urls import path

from sellers import views

urlpatterns = [
    path("sign-up/<slug:code>/", views.enter, name="sign-up"),
    path("sign-up/<slug:code>/<slug:ref>/", views.fill_in, name="sign-up-form"),
    path("update/<slug:code>/", views.update, name="update"),
    path("brand/<slug:code>.css", views.brand, name="brand"),
]
