// Looks words up in the index beside this page. Nothing is asked of any other place, and nothing is told to one.
const words = document.getElementById("words");
const found = document.getElementById("found");
const pieces = document.getElementById("pieces");
const index = import("./pagefind/pagefind.js");
let turn = 0;

function text(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent;
}

function item(piece) {
  const link = document.createElement("a");
  link.href = piece.raw_url.replace(/^\/+/, "");
  link.textContent = piece.meta.title;
  const head = document.createElement("h2");
  head.className = "card";
  head.append(link);
  const says = document.createElement("p");
  says.textContent = text(piece.excerpt);
  const row = document.createElement("li");
  row.append(head, says);
  return row;
}

async function look() {
  const mine = ++turn;
  const asked = words.value.trim();
  history.replaceState(null, "", asked ? `#${encodeURIComponent(asked)}` : location.pathname);
  const answer = asked ? await (await index).search(asked) : { results: [] };
  const shown = await Promise.all(answer.results.slice(0, 20).map((one) => one.data()));
  if (mine !== turn) return;
  const count = answer.results.length;
  found.textContent = asked ? `${count} piece${count === 1 ? "" : "s"}` : "";
  pieces.replaceChildren(...shown.map(item));
}

words.addEventListener("input", look);
words.value = decodeURIComponent(location.hash.slice(1));
words.focus();
if (words.value) look();
