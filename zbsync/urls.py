"""The few addresses there are."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from zbsync import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz),
    path("i18n/", include("django.conf.urls.i18n")),
]
