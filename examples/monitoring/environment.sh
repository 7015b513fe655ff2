#!/bin/sh
# For a Nagios, Icinga, Checkmk or Monit on another machine: posts what the tool put into the environment.
# The notifier: [hooks.nagios] source = "nagios" (or icinga2, checkmk, monit), auth = "bearer".
set -eu
token=$(cat "${NOTIFIER_TOKEN_FILE:-/etc/notifier-token}")
env | grep -v '^NOTIFIER_' |
    curl --silent --show-error --fail --max-time 20 --retry 3 --header "Authorization: Bearer $token" \
        --header 'Content-Type: text/plain' --data-binary @- "${NOTIFIER_URL:-https://notifier.example.org/hooks/nagios}"
