#!/bin/sh
# Checks this bundle with nothing but sha256sum and ssh-keygen (OpenSSH 8.9 or newer); with pictures also sha1sum, which
# is where sha256sum is. See README.txt.
set -u
cd "$(dirname "$0")" || exit 2
LC_ALL=C TZ=UTC
export LC_ALL TZ
tab=$(printf '\t') cr=$(printf '\r') open=$(printf '\356\200\200') close=$(printf '\356\200\201')
bad=0
fail() { printf 'FAILED    %s\n' "$*"; bad=1; }
good() { printf 'ok        %s\n' "$*"; }
sum() { sha256sum < "$1" | cut -c1-64; }
fact() { sed -n "s/^$1$tab//p" facts.tsv; }
# One of these in a canonical statement: quotes inside its texts are escaped, so such patterns match no text.
says() {
    id_=$1; shift
    for fixed; do if grep -q -F -- "$fixed" "events/$id_.json"; then return; fi; done
    fail "event $id_ does not say $1"
}

# 1. Every file is the one that was packed, and there is no other.
if sha256sum -c SHA256SUMS > /dev/null 2>&1; then good "every file has its checksum"; else
    fail "a file is not what it was:"; sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$'; fi
listed=$(cut -c67- SHA256SUMS | sort)
there=$(find . -type f ! -name SHA256SUMS | sort)
[ "$listed" = "$there" ] || fail "there are files that are not listed, or the other way round"
[ -z "$(find . ! -type f ! -type d)" ] || fail "there is something that is no plain file"
[ -z "$(find . -name SHA256SUMS ! -path ./SHA256SUMS)" ] || fail "there is a second list of checksums"
[ "$bad" = 0 ] || { echo; echo "This bundle is not what was packed: nothing in it is worth a look."; exit 1; }

# 2. The content that was approved.
digest=$(fact digest) piece=$(fact piece) workspace=$(fact workspace) made=$(fact made)
if [ "$(sum content.json)" = "$digest" ]; then good "the content has the digest $digest"; else
    fail "content.json has not the digest $digest"; fi
# The text as JSON has it. A quote inside a text is escaped, so a bare one ends it.
said=$(sed -n 's/^{"assets":{.*},"body":"\(.*\)","front":{.*/\1/p' content.json)
lies=$(sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e "s/$tab/\\\\t/g" -e "s/$cr\$//" "$(fact path)" |
    sed -e :a -e '$!{N' -e ba -e '}' -e 's/\n/\\n/g')
case $said in *\\u00* | *\\r* | *\\b* | *\\f*) echo "note      control characters: only content.json shows the text" ;; *)
    case $lies in ---*"\\n---\\n$said") ;; *) case "$lies\\n" in ---*"\\n---\\n$said") ;; *)
        fail "the text in $(fact path) is not the one in content.json" ;; esac ;; esac ;; esac
# What lies beside the text is named there as git names it: by the SHA-1 of "blob", its size, a zero byte, and itself.
beside=
while IFS=$tab read -r blob name path; do
    beside="$beside${beside:+,}\"$name\":\"$blob\""
    size=$(wc -c < "$path")
    named=$( { printf 'blob %d\000' "$((size))"; cat "$path"; } | sha1sum | cut -c1-40)
    if [ "$named" = "$blob" ]; then good "$path belongs to it"; else fail "$path is not what content.json names"; fi
done < pictures.tsv
case $(sed '' content.json) in "{\"assets\":{$beside},\"body\":\""*) ;; *)
    fail "pictures.tsv is not what content.json names" ;; esac
for file in kept/*.json; do
    [ ! -e "$file" ] || [ "kept/$(sum "$file").json" = "$file" ] || fail "$file is not what its name says"
done

# 3. Every event is the statement that its name is the digest of; a signed one is by whom it names.
while IFS=$tab read -r id kind by seen state signer; do
    [ "$(sum "events/$id.json")" = "$id" ] || fail "event $id is not what its name says"
    says "$id" ",\"by\":\"$by\",\"contributors\":[" ",\"by\":\"$by\",\"carrier\":\"" ",\"by\":\"$by\",\"changed\":" \
        ",\"by\":\"$by\",\"channels\":[" ",\"by\":\"$by\",\"claim\":\""
    says "$id" "},\"kind\":\"$kind\",\"line\":"
    [ "$kind" = adopt ] || says "$id" ",\"piece\":\"$piece\",\"posts\":{" ",\"piece\":\"$piece\",\"pieces\":["
    says "$id" ",\"v\":1,\"workspace\":\"" ",\"v\":1,\"verdict\":\""
    grep -q -- ",\"workspace\":\"$workspace\"}\$" "events/$id.json" || fail "event $id is from elsewhere"
    at=$seen; [ "$at" = - ] && at=$made
    case $state in
        signed) [ "$signer" = "$by" ] || fail "$kind $id is by $by, and $signer signed it" ;;
        hosted) says "$id" ",\"carrier\":\"$signer\",\"" ;;
        *) printf '%-9s %s by %s: proves nothing about who wrote it\n' "$state" "$kind" "$by"; continue ;;
    esac
    if ssh-keygen -Y verify -f allowed_signers -I "$signer" -n expertpost-event -O "verify-time=$at" \
        -s "events/$id.sig" < "events/$id.json" > /dev/null 2>&1; then good "$kind by $by, $state by $signer, judged at $at"
    else fail "$kind $id is not signed by $signer with a key that counted at $at"; fi
done < events.tsv

# 4. The approvals that count are among them: each names this content and exactly this post, by nobody who wrote it.
while IFS=$tab read -r channel post id; do
    row=$(grep "^$id${tab}approve$tab" events.tsv) || { fail "approval $id is not in events.tsv"; continue; }
    by=$(printf '%s' "$row" | cut -f3)
    case $(fact signed),$(printf '%s' "$row" | cut -f5) in
        yes,signed | yes,hosted | no,signed | no,hosted | no,unsigned) ;; *) fail "the approval by $by does not count" ;; esac
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
    grep -F -- "\"digest\":\"$post\"" ledger/deliveries.jsonl | grep -F -- "\"channel\":\"$channel\"" |
        grep -q -F -- "\"state\":\"$state\"" || fail "the ledger has no such delivery: $state to $channel, $post"
    if [ "$content" != "$digest" ]; then printf 'other     %s to %s at %s, of another text\n' "$state" "$channel" "$at"
    elif grep -q "^$channel$tab$post$tab" approvals.tsv; then good "$state to $channel at $at $url"
    elif [ -n "$(grep -l -F -- "\"$channel\":\"$post\"" events/*.json)" ]; then
        echo "earlier   $state to $channel at $at $url: approved then, and approved anew since"
    else fail "$channel got $post, which nobody approved"; fi
done < deliveries.tsv

# 6. What was sent is the approved post with nothing but its placeholders filled in, as the runner noted.
while IFS=$tab read -r key channel post path; do
    noted=$(grep -F -- "\"key\":\"$key\"" ledger/deliveries.jsonl)
    case $noted in *"\"digest\":\"$post\""*) ;; *) fail "the ledger has no delivery $key of $post" ;; esac
    [ "$(sum "$path")" = "$post" ] || fail "$path is not the post $post"
    # Whatever is no name and value is left out: nothing but these replacements may reach sed as a program.
    fill=$(grep "^$key$tab" bound.tsv | cut -f2- | sed -n -e 's/[\\&/]/\\&/g' \
        -e "s/^\([a-z_]*\)$tab\(.*\)/s\/$open\1$close\/\2\/g/p")
    if [ "$(sed -e "$fill" "$path")" = "$(cat "sent/$key.json")" ]; then good "sent/$key.json is what $channel got"
    else fail "sent/$key.json is not $path, filled in"; fi
done < sent.tsv
while IFS=$tab read -r key name value; do
    noted=$(grep -F -- "\"key\":\"$key\"" ledger/deliveries.jsonl)
    case $noted in *"\"$name\":\"$value\""*) ;; *) fail "the ledger has another $name for $key" ;; esac
done < bound.tsv

# 7. Whose keys count is what people/ says.
while read -r handle _ _ key; do
    grep -q -F -- "$key" "people/$handle.md" || fail "people/$handle.md does not name a key of allowed_signers"
done < allowed_signers

[ "$(fact signed)" = yes ] || echo "note      in this workspace unsigned approvals count: a name without a key is only what somebody typed"
echo
if [ "$bad" = 0 ]; then echo "Nothing contradicts this bundle. Its own checksum is $(sum SHA256SUMS)"; else echo "This bundle is not what it claims."; fi
exit "$bad"
