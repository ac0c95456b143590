#!/bin/sh
# Debian's WordPress, with settings of the tests, and the files of an empty MariaDB, into the folder $1.
set -eu

for program in php mariadb mariadb-install-db /usr/sbin/mariadbd; do
  command -v "$program" > /dev/null || missing=yes
done
if [ -n "${missing:-}" ] || [ ! -e /usr/share/wordpress/wp-load.php ]; then
  echo "WordPress needs Debian's packages: apt-get install --no-install-recommends" \
    "wordpress mariadb-server-core mariadb-client php-cli php-mysql php-gd" >&2
  exit 2
fi

rm -rf "$1/site" "$1/db"
mkdir -p "$1"
cp -rL /usr/share/wordpress "$1/site"

# What differs from one start to the next is in the environment.
cat > "$1/site/wp-config.php" << 'PHP'
<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('WP_DB_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', 'a key of the tests ' . $name);
    define($name . '_SALT', 'a salt of the tests ' . $name);
}
// Application passwords are taken without TLS here only.
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HOME', getenv('WP_ADDRESS'));
define('WP_SITEURL', getenv('WP_ADDRESS'));
define('WP_CONTENT_DIR', getenv('WP_FILES'));
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('FS_METHOD', 'direct');
$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
PHP

# A new site, and a user of each role, whose application passwords are printed.
cat > "$1/site/found.php" << 'PHP'
<?php
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => '127.0.0.1', 'REQUEST_URI' => '/'];
require __DIR__ . '/wp-config.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_true');
wp_install('Acme', 'admin', 'admin@acme.example', true, '', wp_generate_password());
$wp_rewrite->set_permalink_structure('/%postname%/');
flush_rewrite_rules(false);
foreach (['administrator', 'editor', 'author', 'contributor'] as $role) {
    $made = wp_insert_user(['user_login' => $role, 'user_pass' => wp_generate_password(), 'role' => $role]);
    $people[$role] = WP_Application_Passwords::create_new_application_password($made, ['name' => 'expertpost'])[0];
}
echo json_encode($people);
PHP

mariadb-install-db --no-defaults --user="$(id -un)" --auth-root-authentication-method=normal --skip-test-db \
  --datadir="$1/db" --innodb-log-file-size=4M > "$1/log" 2>&1 || { cat "$1/log" >&2; exit 1; }
