"""Reference data for administrators: providers, their rules, their people, their banks; and requests to confirm an account."""

# Importing registers the models when Django looks for `desk.admin`.
from kabinet.desk.admin import deliveries as deliveries
from kabinet.desk.admin import jobs as jobs
from kabinet.desk.admin import links as links
from kabinet.desk.admin import payments as payments
from kabinet.desk.admin import people as people
from kabinet.desk.admin import reference as reference
