#!/bin/sh
# Checks this bundle with nothing but sha256sum and ssh-keygen (OpenSSH 8.9 or newer). See README.txt.
set -u
cd "$(dirname "$0")" || exit 2
LC_ALL=C TZ=UTC
export LC_ALL TZ
tab=$(printf '\t')
bad=0
fail() { printf 'FAILED    %s\n' "$*"; bad=1; }
good() { printf 'ok        %s\n' "$*"; }
sum() { sha256sum < "$1" | cut -c1-64; }
fact() { sed -n "s/^$1$tab//p" facts.tsv; }
# A name in a canonical statement: quotes inside its texts are escaped, so these patterns match no text.
says() { grep -q -F -- "$2" "events/$1.json" || fail "event $1 does not say $2"; }

# 1. Every file is the one that was packed, and there is no other.
if sha256sum -c SHA256SUMS > /dev/null 2>&1; then good "every file has its checksum"; else
    fail "a file is not what it was:"; sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$'; fi
listed=$(cut -c67- SHA256SUMS | sort)
there=$(find . -type f ! -name SHA256SUMS | sort)
[ "$listed" = "$there" ] || fail "there are files that are not listed, or the other way round"
[ -z "$(find . ! -type f ! -type d)" ] || fail "there is something that is no plain file"
[ -z "$(find . -name SHA256SUMS ! -path ./SHA256SUMS)" ] || fail "there is a second list of checksums"

# 2. The content that was approved.
digest=$(fact digest) piece=$(fact piece) workspace=$(fact workspace) made=$(fact made)
if [ "$(sum content.json)" = "$digest" ]; then good "the content has the digest $digest"; else
    fail "content.json has not the digest $digest"; fi

# 3. Every event is the statement that its name is the digest of; a signed one is by whom it names.
while IFS=$tab read -r id kind by seen state; do
    [ "$(sum "events/$id.json")" = "$id" ] || fail "event $id is not what its name says"
    says "$id" "],\"by\":\"$by\",\"contributors\":["
    says "$id" "},\"kind\":\"$kind\",\"line\":"
    [ "$kind" = adopt ] || says "$id" ",\"piece\":\"$piece\",\"posts\":{"
    grep -q -- ",\"v\":1,\"workspace\":\"$workspace\"}\$" "events/$id.json" || fail "event $id is from elsewhere"
    at=$seen; [ "$at" = - ] && at=$made
    if [ "$state" != signed ]; then printf '%-9s %s by %s: proves nothing about who wrote it\n' "$state" "$kind" "$by"
    elif ssh-keygen -Y verify -f allowed_signers -I "$by" -n expertpost-event -O "verify-time=$at" \
        -s "events/$id.sig" < "events/$id.json" > /dev/null 2>&1; then good "$kind signed by $by, judged at $at"
    else fail "$kind $id is not signed by $by with a key that counted at $at"; fi
done < events.tsv

# 4. The approvals that count are among them: each names this content and exactly this post, by nobody who wrote it.
while IFS=$tab read -r channel post id; do
    row=$(grep "^$id${tab}approve$tab" events.tsv) || { fail "approval $id is not in events.tsv"; continue; }
    by=$(printf '%s' "$row" | cut -f3)
    says "$id" "],\"digest\":\"$digest\",\"editions\":{"
    [ "$post" = - ] || says "$id" "\"$channel\":\"$post\""
    if [ "$post" != - ] && [ -e "posts/$channel.json" ]; then
        [ "$(sum "posts/$channel.json")" = "$post" ] || fail "posts/$channel.json is not what $by approved"
    fi
    wrote=$(sed -n 's/.*"contributors":\[\(.*\)\],"digest":"[0-9a-f]*","editions":.*/\1/p' "events/$id.json")
    case $(fact alone),$wrote in no,*"\"$by\""*) fail "$by approved what $by wrote" ;; esac
done < approvals.tsv
while IFS=$tab read -r channel needed; do
    have=$(grep "^$channel$tab" approvals.tsv | cut -f3 | sort -u | wc -l)
    if [ "$have" -ge "$needed" ]; then good "$channel: $((have)) of $needed approvals"; else
        printf 'missing   %s: %s of %s approvals\n' "$channel" "$((have))" "$needed"; fi
done < rules.tsv

# 5. What the runner noted of it. These notes are not signed: they stand in the ledger commit that README.txt names.
while IFS=$tab read -r state channel content post at url; do
    grep -q -F -- "\"digest\":\"$post\"" ledger/deliveries.jsonl || fail "the ledger has no such delivery: $post"
    if [ "$content" != "$digest" ]; then printf 'other     %s to %s at %s, of another text\n' "$state" "$channel" "$at"
    elif grep -q "^$channel$tab$post$tab" approvals.tsv; then good "$state to $channel at $at $url"
    else fail "$channel got $post, which nobody approved"; fi
done < deliveries.tsv

[ "$(fact signed)" = yes ] || echo "note      in this workspace unsigned approvals count: a name without a key is only what somebody typed"
echo
if [ "$bad" = 0 ]; then echo "Nothing contradicts this bundle. Its own checksum is $(sum SHA256SUMS)"; else echo "This bundle is not what it claims."; fi
exit "$bad"
