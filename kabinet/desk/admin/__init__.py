"""Reference data for administrators: providers, their rules, their people. Daily work has pages of its own."""

from kabinet.desk.admin import (
    reference as reference,  # registers the models when Django looks for `desk.admin`
)
