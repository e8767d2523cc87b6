"""The pictures of offers, for whoever has their address."""

from django.urls import re_path

from listings import views

urlpatterns = [
    re_path(r"^pictures/(?P<sha256>[0-9a-f]{64})\.(?P<suffix>jpg|png|gif|webp)$", views.picture, name="picture"),
    re_path(r"^pictures/(?P<sha256>[0-9a-f]{64})/thumbnail$", views.thumbnail, name="picture-thumbnail"),
]
