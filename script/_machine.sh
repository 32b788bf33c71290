# What the tests need of the machine besides Python: Chromium and database servers.
# shellcheck shell=bash

# Installs Debian packages, if this is a machine and a user for it.
apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return
    say "Installing $*"
    {
        apt-get update --quiet=2 &&
            DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes \
                --no-install-recommends "$@"
    } >/dev/null
}

has_gettext() { command -v msgfmt >/dev/null; }

has_chromium() {
    [ -n "${CHROMIUM:-}" ] ||
        command -v chromium chromium-browser google-chrome >/dev/null
}

# Says whether Django gets a connection to the server of the database at $1.
is_reachable() {
    DATABASE_URL=$1 DJANGO_SETTINGS_MODULE=tests.settings "$venv/bin/python" -c '
import django
django.setup()
from django.db import connection
with connection._nodb_cursor() as cursor:
    cursor.execute("SELECT 1")
' 2>/dev/null
}

# The process id keeps runs at the same time apart.
database_name=hyperkitty_$$

# Sets $url to a PostgreSQL database: the one that is named, a local one, a private one.
find_postgresql() {
    url=${TEST_POSTGRES_URL:-}
    [ -z "$url" ] || return 0
    for url in "postgres://postgres@127.0.0.1:5432/$database_name" \
        "postgres:////var/run/postgresql/$database_name"; do
        if is_reachable "$url"; then return; fi
    done
    start_postgresql || { apt_install postgresql && start_postgresql; }
}

# Starts a PostgreSQL of our own in a new folder; it ends with the calling (sub)shell.
start_postgresql() {
    local initdb as=()
    initdb=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)
    initdb=${initdb:-$(command -v initdb)} || return
    private=$(mktemp -d)
    if [ "$(id -u)" = 0 ]; then # which PostgreSQL refuses to run as
        as=(runuser -u postgres --)
        chown postgres "$private"
    fi
    server=("${as[@]}" "$(dirname "$initdb")/pg_ctl" --pgdata "$private/data")
    trap '"${server[@]}" --silent --mode immediate stop; rm -rf "$private"' EXIT
    "${as[@]}" "$initdb" --pgdata "$private/data" --username postgres --auth trust \
        --encoding UTF8 --no-sync >/dev/null
    "${server[@]}" --silent --wait --log "$private/log" \
        --options "-k $private -c listen_addresses= -c fsync=off" start
    url=postgres://postgres@/$private/$database_name
}

# Sets $url to a MariaDB database, in the same way.
find_mariadb() {
    url=${TEST_MARIADB_URL:-}
    [ -z "$url" ] || return 0
    for url in "mysql://root@127.0.0.1:3306/$database_name" "mysql://root@/$database_name"
    do
        if is_reachable "$url"; then return; fi
    done
    start_mariadb || { apt_install mariadb-server && start_mariadb; }
}

# Starts a MariaDB of our own, in the same way.
start_mariadb() {
    local tries=100 user
    command -v mariadb-install-db mariadbd >/dev/null || return
    private=$(mktemp -d)
    user=$(id -un)
    mariadb-install-db --no-defaults --datadir="$private/data" --user="$user" \
        --auth-root-authentication-method=normal --skip-test-db >/dev/null
    mariadbd --no-defaults --datadir="$private/data" --user="$user" --skip-networking \
        --socket="$private/socket" --innodb-flush-log-at-trx-commit=0 \
        --log-error="$private/log" >/dev/null &
    server=$!
    trap 'kill "$server"; wait "$server"; rm -rf "$private"' EXIT
    url="mysql://root@/$database_name?unix_socket=$private/socket"
    until is_reachable "$url"; do
        ((tries--)) && kill -0 "$server" 2>/dev/null || return
        sleep 0.2
    done
}
