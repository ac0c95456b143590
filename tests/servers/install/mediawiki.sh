#!/bin/sh
# A new wiki of Debian's MediaWiki on SQLite into the folder $1: its settings and its files.
set -eu

if ! command -v php > /dev/null || [ ! -e /usr/share/mediawiki/api.php ]; then
  echo "MediaWiki needs Debian's packages: apt-get install --no-install-recommends" \
    "mediawiki php-cli php-sqlite3 php-intl php-mbstring php-xml" >&2
  exit 2
fi

rm -rf "$1/data" "$1/LocalSettings.php"
mkdir -p "$1/data"
od -An -N16 -tx1 /dev/urandom | tr -d " \n" > "$1/password"
maintenance=/usr/share/mediawiki/maintenance
{
  php $maintenance/install.php --dbtype sqlite --dbpath "$1/data" --dbname wiki --server http://127.0.0.1 \
    --scriptpath "" --confpath "$1" --pass "an admin of the tests" Acme admin

  # What differs from one start to the next is in the environment; nothing outlives the database.
  sed -i -e "s|^\(.wgSQLiteDataDir\) = .*|\1 = getenv('MW_FILES');|" \
    -e "s|^\(.wgServer\) = .*|\1 = getenv('MW_ADDRESS');|" "$1/LocalSettings.php"
  cat >> "$1/LocalSettings.php" << 'PHP'
$wgUploadDirectory = getenv('MW_FILES') . '/images';
$wgCacheDirectory = getenv('MW_FILES') . '/cache';
$wgGroupPermissions['*']['edit'] = false;
$wgMainCacheType = CACHE_NONE;
$wgSessionCacheType = CACHE_DB;
$wgJobRunRate = 0;
PHP

  MW_FILES="$1/data" MW_ADDRESS=http://127.0.0.1 php $maintenance/createBotPassword.php --conf "$1/LocalSettings.php" \
    --appid news --grants basic,highvolume,editpage,createeditmovepage,delete Admin "$(cat "$1/password")"
} > "$1/log" 2>&1 || { cat "$1/log" >&2; exit 1; }
